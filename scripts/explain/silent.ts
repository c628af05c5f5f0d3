/** The bytes that may change without anybody noticing, each with the reason why that does no harm. */
import { observe } from './observe.ts';
import type { Tape } from './tape.ts';
import type { Direction } from '../../src/trace.ts';

/** Why nobody needs to notice a change of this byte; null for a byte that somebody must notice. */
export function silentReason(tape: Tape, direction: Direction, at: number): string | null {
  const records = observe(tape).records.filter((record) => record.direction === direction);
  const [first] = records;
  // The minor version of the first record, before a version is agreed.
  if (first !== undefined && at === 2) {
    return direction === 'out'
      ? 'The version of a ClientHello’s record says nothing: no version is agreed yet, so servers must take any (RFC 5246, appendix E.1). The version that counts is in the message, which is hashed.'
      : 'No version is agreed before the ServerHello is read, so the version of its record says nothing (RFC 5246, appendix E.1). The version that counts is in the message, which is hashed.';
  }
  const start = records.slice(0, -1).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const last = records[records.length - 1] as (typeof records)[number] | undefined;
  if (direction === 'in' && last?.isSealed && last.bytes[0] === 21 && at >= start && at < start + last.bytes.length) {
    return 'The server’s good-bye: the board has said its own before, and looks at nothing that comes behind it (RFC 5246, section 7.2.1).';
  }
  return null;
}
