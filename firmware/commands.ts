/** Commands from the broker, JSON such as `{"command":"interval","seconds":30}`, and the replies to them. */
import { decodeUtf8 } from '../src/bytes/utf8.ts';
import { hasManyBrackets } from './nesting.ts';

/** Longest command that is parsed, in bytes. */
const MAXIMUM_LENGTH = 256;

export interface CommandTargets {
  /** @param seconds between readings, 1 to 86400 */
  setInterval(seconds: number): void;
  /** Takes a reading as soon as possible. */
  measureNow(): void;
  /** Starts to receive an update that was offered. @param id eight hexadecimal digits */
  update(id: string): void;
}

/**
 * Executes a command.
 * @returns the reply, JSON: `{"command":"read","ok":true}`, or `{…,"ok":false,"error":"…"}`, with the command's `id`
 */
export function obey(payload: Uint8Array, targets: CommandTargets): string {
  const { command, id, seconds } = parseObject(payload, MAXIMUM_LENGTH);
  let error: string | undefined;
  if (command === 'interval') {
    const expected = takeInterval(seconds, targets);
    if (expected !== undefined) error = `expected "seconds", ${expected}`;
  } else if (command === 'read') {
    targets.measureNow();
  } else if (command === 'update') {
    if (typeof id === 'string' && /^[0-9a-f]{8}$/.test(id)) targets.update(id);
    else error = 'expected "id", eight hexadecimal digits';
  } else {
    error = 'expected JSON with "command": "interval", "read" or "update"';
  }
  return JSON.stringify({ command: brief(command), id: brief(id), ok: error === undefined, error });
}

/** @returns what was expected instead of these seconds; undefined if they are the new interval */
export function takeInterval(seconds: unknown, targets: CommandTargets): string | undefined {
  if (!Number.isInteger(seconds) || (seconds as number) < 1 || (seconds as number) > 86_400) {
    return 'a whole number from 1 to 86400';
  }
  targets.setInterval(seconds as number);
  return undefined;
}

/** @returns the JSON object; an empty one if the payload is too long, nested too deeply, or not an object */
export function parseObject(payload: Uint8Array, maximumLength: number): Record<string, unknown> {
  if (payload.length > maximumLength) return {};
  try {
    const text = decodeUtf8(payload);
    if (hasManyBrackets(text)) return {};
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Returns the value if it is short enough to be repeated in a reply. */
function brief(value: unknown): unknown {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= 64) ? value : undefined;
}
