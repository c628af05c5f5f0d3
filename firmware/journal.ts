/**
 * What must outlive a power cut, in one small file that is replaced as a whole: where the count of readings stands, and
 * the newest readings themselves. Up to 256 bytes lie in the directory block and cost a block erase every dozen writes.
 */
import type { Files } from './kaluma/files.ts';
import type { Reading } from './reading.ts';
import { decodeRecords, encodeRecords, RECORD_LENGTH } from './record.ts';

const PATH = '/pico-kitchen';
const VERSION = 1;
const HEADER_LENGTH = 24;
/** More than the queue ever leaves here. */
const MAXIMUM_LENGTH = HEADER_LENGTH + 64 * RECORD_LENGTH;

/** Why the board last restarted itself; without a reason, the power or the watchdog was it. */
export const RESTART_REASONS = ['power or watchdog', 'offline for an hour'];

export interface JournalState {
  /** The number that the next reading gets. */
  nextSeq: number;
  /** Readings below are acknowledged. */
  firstUnacknowledged: number;
  /** Readings given up, ever. */
  dropped: number;
  /** Seconds between readings that a command set; 0 for the config's. */
  interval: number;
  /** Index into RESTART_REASONS. */
  restartReason: number;
  /** When the board restarted itself, ms since 1970; 0 if it did not, or did not know. */
  restartTime: number;
  /** Those not in the spool. */
  readings: Reading[];
}

/** What was stored, or the beginning of all if nothing usable is there. */
export function loadJournal(files: Files): JournalState {
  const bytes = files.read(PATH, 0, MAXIMUM_LENGTH);
  if (bytes === null || bytes.length < HEADER_LENGTH || bytes[0] !== VERSION) {
    return {
      nextSeq: 1,
      firstUnacknowledged: 1,
      dropped: 0,
      interval: 0,
      restartReason: 0,
      restartTime: 0,
      readings: [],
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    restartReason: bytes[1],
    nextSeq: view.getUint32(4),
    firstUnacknowledged: view.getUint32(8),
    dropped: view.getUint32(12),
    interval: view.getUint32(16),
    restartTime: view.getUint32(20) * 1000,
    readings: decodeRecords(bytes.subarray(HEADER_LENGTH)),
  };
}

/** @throws SystemError of Kaluma's when the flash cannot be written */
export function storeJournal(files: Files, state: JournalState): void {
  const records = encodeRecords(state.readings);
  const bytes = new Uint8Array(HEADER_LENGTH + records.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = state.restartReason;
  view.setUint32(4, state.nextSeq);
  view.setUint32(8, state.firstUnacknowledged);
  view.setUint32(12, state.dropped);
  view.setUint32(16, state.interval);
  view.setUint32(20, Math.floor(state.restartTime / 1000));
  bytes.set(records, HEADER_LENGTH);
  files.write(PATH, bytes);
}
