/**
 * Readings on their way: oldest first, each until the broker acknowledged it, over reconnects and power cuts. The newest
 * are in memory and in the journal; what becomes too many goes to the spool, a batch at a time, and comes back from its
 * front. Readings that come every 5 s or slower are in the journal before they are sent, so a power cut loses none.
 * One is sent at a time: lwIP keeps 1.5 KB for what is not acknowledged, and twice that if more follows.
 */
import { loadJournal, newJournal, storeJournal, type Journal } from './journal.ts';
import type { Files } from './kaluma/files.ts';
import type { Log } from './log.ts';
import type { Reading } from './reading.ts';
import type { Measurement } from './sensors/sensor.ts';
import { BATCH, openSpool, type Spool } from './spool.ts';

/** Readings in memory when the flash fails. */
const MAXIMUM_IN_MEMORY = 48;
/**
 * Writes of the journal: each change is written at once as long as there is credit, of which every 5 s bring one; the last
 * is kept for a new reading. So readings every 10 s are stored when taken and when acknowledged, those every 5 s when
 * taken, and more frequent ones in groups: a block of the flash is erased nine times a day at most, and lasts 100,000.
 */
const CREDIT = 20;
const CREDIT_TIME = 5000;
/** Of MQTT's 65,535 the client takes those from the top. */
const MESSAGE_IDS = 65_000;

/** What goes out next. */
export interface Outgoing {
  reading: Reading;
  messageId: number;
  /** Whether it was sent before, since boot. */
  dup: boolean;
}

export interface ReadingQueue {
  readonly journal: Journal;
  /** Writes the journal. */
  store(): void;
  /** The journal was changed from outside: it is written when there is credit. */
  journalChanged(): void;
  /** Writes what had to wait. @param now ms since boot */
  tick(now: number): void;
  /** Readings not yet acknowledged. */
  length(): number;
  /** Takes a reading in. @param moment at which it was measured, ms since boot @param sensor index of its sensor */
  add(measurement: Measurement, moment: number, sensor?: number): Reading;
  /** The next to send; null if there is none, or one is on its way. */
  next(): Outgoing | null;
  /** What `next()` gave was sent. */
  sent(): void;
  /** Whether one is sent and not acknowledged. */
  isAwaiting(): boolean;
  /** The broker has one. @returns its number; null if no such is on its way */
  acknowledge(messageId: number): number | null;
  /** What was on its way is to be sent again. */
  connectionLost(): void;
}

/** @param timeAt the time of day, ms since 1970, at a moment of this boot in ms; null if it is not known */
export function openQueue(files: Files, log: Log, timeAt: (moment: number) => number | null): ReadingQueue {
  let journal = newJournal();
  let failing = false;
  let credit = CREDIT;
  let creditedAt = 0;
  /** Whether the journal has changed since it was written, and whether by a new reading. */
  let changed = false;
  let hasNew = false;
  let spool: Spool | null = null;
  /** The front of the spool, loaded: older than the journal's. */
  let head: Reading[] = [];
  /** Whether the head still lies in the spool, to be removed there. */
  let headSpooled = true;
  /** Whether the foremost of head and journal is sent on this connection. */
  let isSent = false;
  /** The highest number sent since boot. */
  let lastSent = 0;

  /** Does something with the flash; if that fails, memory alone must do. */
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
  /** Loads the head, without what was acknowledged before a power cut. */
  const loadHead = (): void => {
    headSpooled = true;
    while (spool !== null && head.length === 0 && spool.length() > 0) {
      const readings = spool.peek();
      head = readings.filter(({ seq }) => seq >= journal.firstUnacknowledged);
      // Of those that cannot be read, nothing is left to be had.
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
        // What is loaded of the file that went is still sent.
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
    // A power cut between two writes leaves readings in both.
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
      if ((hasNew && credit >= 1) || (changed && credit >= 2)) store();
      // The flash did not give them when they were due.
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
      // Also when the first of them is on its way: it is then the first of the head.
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
      // Before the journal comes what is in the spool, even while the flash does not give it.
      if (reading === undefined || isSent || (head.length === 0 && spooled() > 0)) return null;
      const { seq, time, uptime } = reading;
      // One of an earlier boot that never knew the time stays without.
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
