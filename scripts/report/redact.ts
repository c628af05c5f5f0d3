/**
 * Removes from a text what others should not read: values of a board's config, and what identifies a person or a
 * network.
 */
import { homedir, hostname, userInfo } from 'node:os';
import type { BoardConfig } from '../config/config.ts';
import { topicsOf } from '../config/topics.ts';

/** A value, and the label that replaces it. */
export type Secret = readonly [value: string, label: string];

/** Values of a config that may appear in logs and messages. */
export function secretsOf(config: BoardConfig): Secret[] {
  const { thing, wifi, endpoint, tls, time } = config;
  const files = [...tls.anchors.filter((name) => name !== 'aws'), tls.certificate ?? '', tls.key ?? ''];
  return [
    [wifi.password, '<Wi-Fi password>'],
    [wifi.ssid, '<network>'],
    [endpoint.password ?? '', '<broker password>'],
    [endpoint.username ?? '', '<user name>'],
    [endpoint.host, '<endpoint>'],
    ...Object.values(topicsOf(config)).map((topic): Secret => [topic ?? '', '<topic>']),
    [thing, '<thing>'],
    ...files.map((file): Secret => [file, '<file>']),
    ...time.servers.filter((server) => !PUBLIC_TIME.test(server)).map((server): Secret => [server, '<time server>']),
  ];
}

const PUBLIC_TIME = /^(pool\.ntp\.org|time\.(cloudflare|google|aws)\.com)$/;

/** Names that identify this PC and its owner. */
export function secretsOfPc(): Secret[] {
  return [
    [homedir(), '~'],
    [hostname(), '<this PC>'],
    [userInfo().username, '<user>'],
  ];
}

/** Patterns of secrets, and of what identifies people and networks. */
const PATTERNS: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]+-----[^]*?(-----END [A-Z ]+-----|$)/g, '<PEM>'],
  [/\b[\w-]+([.-]ats)?\.iot(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\b/gi, '<endpoint>'],
  [/\barn:aws[^\s,;"']*/g, '<ARN>'],
  [/\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b/g, '<e-mail address>'],
  [/\b([0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, '<MAC address>'],
  [/\b\d{1,3}(\.\d{1,3}){3}\b/g, '<address>'],
  [/\b[0-9a-f]{24,}\b/gi, '<hexadecimal>'],
  [/[A-Za-z0-9+/]{60,}={0,2}/g, '<base64>'],
];

/** @param secrets replaced in upper or lower case, the longest first */
export function redact(text: string, secrets: readonly Secret[]): string {
  let result = text;
  for (const [value, label] of [...secrets].sort(([a], [b]) => b.length - a.length)) {
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
      if (form === '') continue;
      const escaped = form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      // A value of one to three characters is replaced only as a whole word, because many words contain it.
      const pattern = form.length < 4 ? `(?<![\\w-])${escaped}(?![\\w-])` : escaped;
      result = result.replace(new RegExp(pattern, 'giu'), label);
    }
  }
  for (const [pattern, label] of PATTERNS) result = result.replace(pattern, label);
  return result;
}
