/** Commands from the broker, JSON such as `{"command":"interval","seconds":30}`, and the answers to them. */
import { decodeUtf8 } from '../src/bytes/utf8.ts';

/** Bytes; more is not read. */
const MAXIMUM_LENGTH = 256;
/** Brackets that open; each nested one takes 40 B of the engine's stack, whose end it does not check. */
const MAXIMUM_BRACKETS = 8;

export interface CommandTargets {
  /** @param seconds between readings, 1 to 86400 */
  setInterval(seconds: number): void;
  /** Takes a reading as soon as possible. */
  measureNow(): void;
  /** Begins to ask for an update that is offered. @param id eight hexadecimal digits */
  update(id: string): void;
}

/**
 * Does what a message says.
 * @returns the answer, JSON: `{"command":"read","ok":true}`, or `{…,"ok":false,"error":"…"}`; with the command's `id`
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

/** @returns what the seconds should have been; undefined if they are the new interval */
export function takeInterval(seconds: unknown, targets: CommandTargets): string | undefined {
  if (!Number.isInteger(seconds) || (seconds as number) < 1 || (seconds as number) > 86_400) {
    return 'a whole number from 1 to 86400';
  }
  targets.setInterval(seconds as number);
  return undefined;
}

/** @returns the JSON object; an empty one for what is too long, too deep or none */
export function parseObject(payload: Uint8Array, maximumLength: number): Record<string, unknown> {
  if (payload.length > maximumLength) return {};
  try {
    const text = decodeUtf8(payload);
    if (text.split(/[[{]/).length > MAXIMUM_BRACKETS + 1) return {};
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What may stand in an answer. */
function brief(value: unknown): unknown {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= 64) ? value : undefined;
}
