/** The records of a board in flash (`firmware/bootRecord.ts`), over Kaluma's prompt. */
import {
  countMarks,
  ENDED,
  markPage,
  MOST_STARTS,
  readRecord,
  STARTS,
  stateOf,
  whyRejected,
  type BootRecord,
  type RecordState,
} from '../../firmware/bootRecord.ts';
import { PAGE, RECORD_SECTOR, SECTOR } from '../../firmware/layout.ts';
import type { Prompt } from '../serial/prompt.ts';
import type { Passed } from './walk.ts';

const STATES: Record<RecordState, string> = {
  trial: 'on trial',
  confirmed: 'confirmed',
  rejected: 'rejected',
  waiting: 'waiting for another trial',
};

/** @returns the state of the newest update, null if there is none since the board was flashed */
export function describeRecords(records: readonly BootRecord[]): Passed<RecordState | null> {
  const used = records.find((record) => stateOf(record) === 'confirmed');
  const slot = `slot ${used?.slot ?? 0}, settings ${used?.settings ?? 0}`;
  const [newest] = records;
  if (newest === undefined) return { value: null, detail: `${slot}; no update since it was flashed` };
  const state = stateOf(newest);
  const why = state === 'rejected' ? `: ${whyRejected(newest)}` : '';
  return { value: state, detail: `${slot}; update ${newest.id} is ${STATES[state]}${why}` };
}

/**
 * Notes that a person ended this start of a program on trial. Otherwise the board, which the watchdog resets once its program is
 * stopped, would take the program for one that hangs, and go back to the older one for good.
 */
export async function goOnWithTrial(prompt: Prompt, [newest]: readonly (BootRecord | undefined)[]): Promise<void> {
  if (newest === undefined || stateOf(newest) !== 'trial') return;
  const starts = countMarks(newest, STARTS, MOST_STARTS);
  if (starts > 0) await prompt.writePage(newest.sector * SECTOR + PAGE, markPage(ENDED + starts - 1));
}

/** @returns the intact ones, the newest first */
export async function readRecords(prompt: Prompt): Promise<BootRecord[]> {
  const read = new Map<number, Buffer>();
  for (const sector of [RECORD_SECTOR, RECORD_SECTOR + 1]) {
    read.set(sector, await prompt.readArea(sector * SECTOR, 2 * PAGE));
  }
  return [...read.keys()]
    .map((sector) => readRecord(sector, (at, offset, length) => bytesOf(read.get(at), offset, length)))
    .filter((record) => record !== null)
    .sort((a, b) => b.sequence - a.sequence);
}

/** Bytes that were not read count as erased. */
function bytesOf(bytes: Buffer = Buffer.alloc(0), offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[offset + i] ?? 0xff);
}
