/**
 * Keeps readings, oldest first, until the broker has acknowledged them, through reconnects and power cuts. The newest
 * ones are in memory and in the journal. When there are too many, a batch goes to the spool, and comes back from the
 * spool's front later. Readings that come every 5 s or slower are stored in the journal before they are sent, so a
 * power cut loses none. One reading is sent at a time, because lwIP keeps 1.5 KB until it is acknowledged, and twice
 * that for a second one.
 */
import { loadJournal, newJournal, storeJournal, type Journal } from './journal.ts';
import type { Files } from './kaluma/files.ts';
import type { Log } from './log.ts';
import type { Reading } from './reading.ts';
import type { Measurement } from './sensors/sensor.ts';
import { BATCH, openSpool, type Spool } from './spool.ts';

/** Most readings in memory when the flash fails. */
const MAXIMUM_IN_MEMORY = 48;
/**
 * Limits the writes of the journal. A write costs one credit, and CREDIT_TIME ms bring one; the last RESERVED are for new
 * readings, which come almost at once from up to four sensors. So readings every 10 s are stored when taken and when
 * acknowledged, those every 5 s when taken, and more frequent ones in groups; of these, a power cut can make the board
 * use the last numbers again. A block of the flash is erased nine times a day at most, and endures 100,000 erases.
 */
const CREDIT = 20;
const CREDIT_TIME = 5000;
const RESERVED = 4;
/** Number of message ids for readings. The client takes ids for other messages from MQTT's last one, 65,535, downwards. */
const MESSAGE_IDS = 65_000;

/** The next reading to send. */
export interface Outgoing {
  reading: Reading;
  messageId: number;
  /** Whether it was already sent since boot. */
  dup: boolean;
}

export interface ReadingQueue {
  readonly journal: Journal;
  /** Writes the journal. */
  store(): void;
  /** The caller has changed the journal: it is written when there is credit. */
  journalChanged(): void;
  /** Writes what had to wait for credit. @param now ms since boot */
  tick(now: number): void;
  /** Number of readings that are not acknowledged. */
  length(): number;
  /** Adds a reading. @param moment when it was measured, ms since boot @param sensor index of its sensor */
  add(measurement: Measurement, moment: number, sensor?: number): Reading;
  /** The next reading to send; null if there is none, or one is waiting for its acknowledgement. */
  next(): Outgoing | null;
  /** The caller has sent what `next()` returned. */
  sent(): void;
  /** Whether a reading was sent and is not acknowledged. */
  isAwaiting(): boolean;
  /** The broker acknowledged a message. @returns the reading's number; null if the id is not that of the reading sent */
  acknowledge(messageId: number): number | null;
  /** The unacknowledged reading must be sent again. */
  connectionLost(): void;
}

/** @param timeAt converts a moment of this boot, in ms, to ms since 1970; null while the time is not known */
export function openQueue(files: Files, log: Log, timeAt: (moment: number) => number | null): ReadingQueue {
  let journal = newJournal();
  let failing = false;
  let credit = CREDIT;
  let creditedAt = 0;
  /** Whether the journal has changed since it was written, and whether a new reading is among the changes. */
  let changed = false;
  let hasNew = false;
  let spool: Spool | null = null;
  /** Readings loaded from the front of the spool; older than those of the journal. */
  let head: Reading[] = [];
  /** Whether the head is still in the spool as well, and must be removed there. */
  let headSpooled = true;
  /** Whether the foremost reading was sent on this connection. */
  let isSent = false;
  /** The highest number sent since boot. */
  let lastSent = 0;

  /** Runs an action on the flash. If it fails, the queue goes on with memory alone. */
  const guarded = (action: () => void): void => {
    try {
      action();
      failing = false;
    } catch (error) {
      if (!failing) log('ERROR', 'queue', `flash: ${(error as Error).message}; readings are in memory only`);
      failing = true;
    }
  };
  const store = (): void => {
    changed = hasNew = false;
    credit = Math.max(0, credit - 1);
    guarded(() => {
      storeJournal(files, journal);
    });
  };
  const drop = (count: number): void => {
    journal.dropped += count;
    log('WARN', 'queue', `full: the ${count} oldest readings dropped, ${journal.dropped} so far`);
  };
  const spooled = (): number => (spool === null ? 0 : spool.length());
  /** Loads the head, without readings that were acknowledged before a power cut. */
  const loadHead = (): void => {
    headSpooled = true;
    while (spool !== null && head.length === 0 && spool.length() > 0) {
      const readings = spool.peek();
      head = readings.filter(({ seq }) => seq >= journal.firstUnacknowledged);
      // Readings that cannot be read are lost.
      spool.remove(readings.length === 0 ? BATCH : readings.length - head.length);
    }
  };
  /** Moves a batch from the journal to the spool. */
  const spill = (): void => {
    guarded(() => {
      if (spool === null) return;
      const dropped = spool.append(journal.readings.slice(0, BATCH));
      journal.readings.splice(0, BATCH);
      if (dropped > 0) {
        // The dropped file's readings that are loaded are still sent.
        drop(dropped - (headSpooled ? head.length : 0));
        headSpooled = head.length === 0;
      }
      if (head.length === 0) loadHead();
    });
  };
  const foremost = (): Reading | undefined => (head.length > 0 ? head : journal.readings)[0];
  /** Takes the foremost reading away. */
  const remove = (): void => {
    if (head.length === 0) {
      journal.readings.shift();
      return;
    }
    head.shift();
    if (spool !== null && headSpooled) spool.remove(1);
    if (head.length === 0) loadHead();
  };

  guarded(() => {
    journal = loadJournal(files) ?? journal;
    spool = openSpool(files);
    // A power cut between two writes leaves the same readings in both.
    const last = spool.lastSeq();
    journal.readings = journal.readings.filter(({ seq }) => seq > last);
    if (journal.nextSeq <= last) journal.nextSeq = last + 1;
    loadHead();
  });
  const bootSeq = journal.nextSeq;

  return {
    journal,
    store,
    journalChanged() {
      changed = true;
    },
    tick(now) {
      credit = Math.min(CREDIT, credit + (now - creditedAt) / CREDIT_TIME);
      creditedAt = now;
      if ((hasNew && credit >= 1) || (changed && credit >= RESERVED + 1)) store();
      // The flash could not deliver the head when it was due.
      if (head.length === 0 && spooled() > 0 && !isSent && credit >= 1) {
        credit -= 1;
        guarded(loadHead);
      }
    },
    length: () => spooled() + (headSpooled ? 0 : head.length) + journal.readings.length,
    add(measurement, moment, sensor = 0) {
      const { readings, nextSeq } = journal;
      const uptime = Math.floor(moment / 1000);
      const reading = {
        ...measurement,
        ...(sensor > 0 && { sensor }),
        seq: nextSeq,
        uptime,
        time: timeAt(moment),
      };
      journal.nextSeq += 1;
      readings.push(reading);
      // The first of these readings may await its acknowledgement; `spill()` then makes it the first of the head.
      if (readings.length >= BATCH) spill();
      if (readings.length > MAXIMUM_IN_MEMORY) {
        readings.shift();
        if (head.length === 0) isSent = false;
        drop(1);
      }
      changed = hasNew = true;
      return reading;
    },
    next() {
      const reading = foremost();
      // Readings in the spool come before those of the journal, even while the flash cannot deliver them.
      if (reading === undefined || isSent || (head.length === 0 && spooled() > 0)) return null;
      const { seq, time, uptime } = reading;
      // A reading of an earlier boot that never knew the time stays without one.
      if (time === null && seq >= bootSeq) reading.time = timeAt(uptime * 1000);
      return { reading, messageId: messageId(seq), dup: seq <= lastSent };
    },
    sent() {
      lastSent = Math.max(lastSent, foremost()?.seq ?? 0);
      isSent = true;
    },
    isAwaiting: () => isSent,
    acknowledge(id) {
      const seq = foremost()?.seq ?? 0;
      if (!isSent || messageId(seq) !== id) return null;
      isSent = false;
      journal.firstUnacknowledged = seq + 1;
      guarded(remove);
      changed = true;
      return seq;
    },
    connectionLost() {
      isSent = false;
    },
  };
}

function messageId(seq: number): number {
  return 1 + (seq % MESSAGE_IDS);
}
