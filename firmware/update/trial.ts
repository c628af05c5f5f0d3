/** Reads and writes the records and marks in flash: the state of the newest update, and what this program adds to it. */
import {
  AGAIN,
  CONFIRMED,
  countMarks,
  encodeRecord,
  ENDED,
  EXPIRED,
  markPage,
  MOST_STARTS,
  MOST_TRIALS,
  NOT_CONNECTED,
  readRecord,
  STARTS,
  stateOf,
  whyRejected,
  type BootRecord,
  type RecordState,
} from '../bootRecord.ts';
import { copyText, isWhole } from '../storedSettings.ts';
import { eraseFlash, readFlash, writeFlash } from '../kaluma/flash.ts';
import type { Boot } from '../kaluma/typings.ts';
import type { Log } from '../log.ts';
import { AREA_SECTOR, PAGE, RECORD_SECTOR, SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_SECTOR } from '../layout.ts';

/**
 * ms since boot within which a program gets a reading acknowledged if the network works. If the older program needs longer, the
 * network was to blame for a trial without a connection.
 */
const PROMPT = 120_000;
/** A program on trial may restart itself as long as it was not started more often; after that, its trial has expired. */
const OWN_RESTARTS = 2;

export interface UpdateState {
  /** The slot of the program that runs. */
  slot: number;
  /** The newest update and its state; absent if the board was not updated since it was flashed. */
  update?: string;
  state?: RecordState;
  /** Why it was rejected. */
  why?: string;
}

/** The state of the update, for health. @param before as it was; the log says what has changed */
export function updateState(boot: Boot, before: UpdateState, log: Log): UpdateState {
  const slot = slotOf(boot);
  const record = newest(boot);
  if (record === null) return { slot };
  const { id } = record;
  const state = stateOf(record);
  const isRejected = state === 'rejected';
  const why = whyRejected(record);
  if (state !== before.state) log('INFO', 'update', `${id}: ${state}${isRejected ? `, ${why}` : ''}`);
  return { slot, update: id, state, ...(isRejected && { why }) };
}

/**
 * Called when a reading of the running program was acknowledged: confirms the program on trial. If this is the older program,
 * and a trial of the newer one expired, it decides whether the network was to blame.
 * @param hadFailure whether an attempt to connect has failed since boot
 * @param uptime ms since boot
 * @returns whether to restart for another trial
 */
export function delivered(boot: Boot, hadFailure: boolean, uptime: number): boolean {
  const record = newest(boot);
  if (record === null) return false;
  if (boot.trial) {
    setMark(record, CONFIRMED);
    boot.trial = false;
    boot.record = record.sector;
  } else if (boot.waiting) {
    boot.waiting = false;
    if (hadFailure || uptime > PROMPT) {
      setMark(record, AGAIN + countMarks(record, AGAIN, MOST_TRIALS - 1));
      return true;
    }
    setMark(record, NOT_CONNECTED);
  }
  mirrorSettings(boot.settings);
  return false;
}

/**
 * The program on trial restarts itself, as it does when connections fall silent. That may be the network's fault, so the trial
 * goes on with the next start; not for ever, because a bad program can be the reason as well.
 */
export function leaveTrial(boot: Boot): void {
  const record = newest(boot);
  if (record === null) return;
  const starts = countMarks(record, STARTS, MOST_STARTS);
  // Without the first mark, the bootstrap would take the restart for a program that hangs.
  setMark(record, starts <= OWN_RESTARTS ? ENDED + starts - 1 : EXPIRED + countMarks(record, EXPIRED, MOST_TRIALS));
}

/**
 * Writes the record that puts an update on trial at the next boot.
 * @throws Error if it cannot be read back
 */
export function putOnTrial(boot: Boot, update: { slot: number; settings: number; id: string }): void {
  const sequences = [RECORD_SECTOR, RECORD_SECTOR + 1].map((at) => {
    const record = readRecord(at, readFlash);
    return record === null ? 0 : record.sequence;
  });
  // The record in force is never overwritten.
  const sector = boot.record === RECORD_SECTOR ? RECORD_SECTOR + 1 : RECORD_SECTOR;
  eraseFlash(sector);
  writeFlash(sector, 0, encodeRecord({ ...update, sequence: Math.max(sequences[0], sequences[1]) + 1 }));
  if (readRecord(sector, readFlash) === null) throw new Error('flash does not keep the record');
}

/** The slot of the running program, 0 or 1. */
export function slotOf({ sector }: Boot): number {
  return sector > AREA_SECTOR + SLOT_SECTOR ? 1 : 0;
}

/** Makes both copies of the settings equal: copies the preferred one over the other, or the other way round if it is damaged. */
function mirrorSettings(preferred: number): void {
  const texts = [copyText(0), copyText(1)];
  if (texts[0] === texts[1]) return;
  const from = isWhole(texts[preferred]) ? preferred : 1 - preferred;
  if (!isWhole(texts[from])) return;
  for (let i = 0; i * SECTOR < texts[from].length; i++) {
    const [source, target] = [from, 1 - from].map((copy) => SETTINGS_SECTOR + copy * SETTINGS_SECTORS + i);
    eraseFlash(target);
    for (let offset = 0; offset < SECTOR; offset += PAGE) writeFlash(target, offset, readFlash(source, offset, PAGE));
  }
}

function newest(boot: Boot): BootRecord | null {
  return boot.newest === 0 ? null : readRecord(boot.newest, readFlash);
}

function setMark(record: BootRecord, mark: number): void {
  writeFlash(record.sector, PAGE, markPage(mark));
}
