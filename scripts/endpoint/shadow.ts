/**
 * AWS's Device Shadow service, as far as a thermometer and its owner meet it: the classic shadow of each thing, with
 * update, get and delete (AWS's developer guide, "Device Shadow MQTT topics" and "Device Shadow service documents").
 */
import { isObject, parseObject } from '../lib/json.ts';

type Json = Record<string, unknown>;

/** A message of the service's. */
export interface ShadowAnswer {
  topic: string;
  payload: string;
}

interface Document {
  desired: Json;
  reported: Json;
  version: number;
}

/** AWS's limit for the state of a document, in bytes. */
const LARGEST_STATE = 8192;

export class ShadowService {
  private readonly documents = new Map<string, Document>();

  /** Takes a message. @returns what the service publishes; nothing for a topic that is none of its own */
  take(topic: string, payload: Uint8Array, now: number): ShadowAnswer[] {
    const [, prefix, thing, action] = /^(\$aws\/things\/([^/]+)\/shadow\/(update|get|delete))$/.exec(topic) ?? [];
    if (thing === undefined) return [];
    const answer = (kind: string, body: object): ShadowAnswer => ({
      topic: `${prefix}/${kind}`,
      payload: JSON.stringify(body),
    });
    const timestamp = Math.floor(now / 1000);
    const reject = (code: number, message: string): ShadowAnswer[] => [
      answer('rejected', { code, message, timestamp }),
    ];
    const document = this.documents.get(thing);
    if (action === 'update') {
      const request = parseObject(payload);
      const state = request?.['state'];
      if (request === null) return reject(400, 'Payload contains invalid json');
      if (!isObject(state)) return reject(400, 'Missing required node: state');
      for (const section of ['desired', 'reported'] as const) {
        if (!isObject(state[section] ?? {})) return reject(400, `State contains an invalid node: '${section}'`);
      }
      const { version = document?.version } = request;
      if (version !== document?.version) return reject(409, 'Version conflict');
      const next = {
        desired: merged(document?.desired ?? {}, (state['desired'] ?? {}) as Json),
        reported: merged(document?.reported ?? {}, (state['reported'] ?? {}) as Json),
        version: (document?.version ?? 0) + 1,
      };
      if (JSON.stringify([next.desired, next.reported]).length > LARGEST_STATE) {
        return reject(413, 'The payload exceeds the maximum size allowed');
      }
      this.documents.set(thing, next);
      const answers = [answer('accepted', { state, version: next.version, timestamp })];
      const delta = difference(next.desired, next.reported);
      if (delta !== undefined) answers.push(answer('delta', { version: next.version, timestamp, state: delta }));
      return answers;
    }
    if (document === undefined) return reject(404, `No shadow exists with name: '${thing}'`);
    if (action === 'delete') {
      this.documents.delete(thing);
      return [answer('accepted', { version: document.version, timestamp })];
    }
    const { desired, reported, version } = document;
    const delta = difference(desired, reported);
    const state = { desired, reported, ...(delta !== undefined && { delta }) };
    return [answer('accepted', { state, version, timestamp })];
  }
}

/** The section after an update: objects are merged, and null removes. */
function merged(old: Json, update: Json): Json {
  const result = { ...old };
  for (const [name, value] of Object.entries(update)) {
    const before = result[name];
    if (value === null) delete result[name];
    else if (isObject(value)) result[name] = merged(isObject(before) ? before : {}, value);
    else result[name] = value;
  }
  return result;
}

/** The desired values that differ from the reported ones; undefined if none do. */
function difference(desired: Json, reported: Json): Json | undefined {
  const differing = Object.entries(desired).flatMap(([name, wish]): [string, unknown][] => {
    const value = reported[name];
    if (isObject(wish) && isObject(value)) {
      const inner = difference(wish, value);
      return inner === undefined ? [] : [[name, inner]];
    }
    return JSON.stringify(wish) === JSON.stringify(value) ? [] : [[name, wish]];
  });
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
}
