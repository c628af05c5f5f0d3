/**
 * Readings on their way: oldest first, each until the broker acknowledged it, over reconnects and power cuts. The newest
 * are in memory and in the journal; what becomes too many goes to the spool, some at a time, and comes back from its
 * front. A reading counts as taken when the journal has it, so none is lost without being counted.
 */
import { loadJournal, storeJournal, type JournalState } from './journal.ts';
import type { Files } from './kaluma/files.ts';
import type { Log } from './log.ts';
import type { Reading } from './reading.ts';
import { decodeRecords, encodeRecords, RECORD_LENGTH } from './record.ts';
import type { Measurement } from './sensors/sensor.ts';
import { Spool } from './spool.ts';

/** Readings that move to the spool and back together. */
const BATCH = 8;
/** Readings in memory when the flash fails, or while none may move. */
const MAXIMUM_IN_MEMORY = 48;
/** Readings on their way at the same time: a bound for the C heap, which holds what is not acknowledged. */
const WINDOW = 4;
/** MQTT's message ids are 16 bits; 0 is none, 1 is left to the client for its SUBSCRIBE. */
const MESSAGE_IDS = 65_534;

/** What goes out next. */
export interface Outgoing {
  reading: Reading;
  messageId: number;
  /** Whether it was sent before. */
  dup: boolean;
}

export class ReadingQueue {
  readonly state: JournalState;
  private readonly files: Files;
  private readonly log: Log;
  private readonly timeAt: (uptime: number) => number | null;
  private spool: Spool | null = null;
  /** The oldest readings if there is a spool: its front, loaded. */
  private head: Reading[] = [];
  /** Whether `head` is still at the spool's front, to be removed there. */
  private headSpooled = true;
  /** How many of head and journal, taken together, are sent on this connection; and which of them are acknowledged. */
  private sent = 0;
  private readonly acknowledged: number[] = [];
  /** The highest number that was sent since boot. */
  private lastSent = 0;
  /** The first reading of this boot. */
  private readonly bootSeq: number;
  private failing = false;

  /** @param timeAt the time of day, ms since 1970, at a moment of this boot in ms, as far as it is known */
  constructor(files: Files, log: Log, timeAt: (uptime: number) => number | null) {
    this.files = files;
    this.log = log;
    this.timeAt = timeAt;
    this.state = loadJournal(files);
    try {
      this.spool = new Spool(files, 'readings.', RECORD_LENGTH);
      this.reconcile();
      this.loadHead();
    } catch (error) {
      this.report(error);
    }
    this.bootSeq = this.state.nextSeq;
  }

  /** Readings not yet acknowledged. */
  get length(): number {
    const spooled = this.spool === null ? 0 : this.spool.length;
    return spooled + (this.headSpooled ? 0 : this.head.length) + this.state.readings.length - this.acknowledged.length;
  }

  /** Whether a reading is sent and not acknowledged. */
  get isAwaiting(): boolean {
    return this.sent > 0;
  }

  /** Takes a reading in. @param moment of this boot at which it was measured, ms */
  add(measurement: Measurement, moment: number): Reading {
    const { state } = this;
    const uptime = Math.floor(moment / 1000);
    const reading: Reading = { ...measurement, seq: state.nextSeq, uptime, time: this.timeAt(moment) };
    state.nextSeq += 1;
    state.readings.push(reading);
    if (state.readings.length >= BATCH && this.sent <= this.head.length) this.spill();
    if (state.readings.length > MAXIMUM_IN_MEMORY) {
      state.readings.shift();
      if (this.sent > this.head.length) this.sent -= 1;
      this.drop(1);
    }
    this.store();
    return reading;
  }

  /** The next reading to send, or null if there is none, or if enough are on their way. */
  next(): Outgoing | null {
    if (this.sent - this.acknowledged.length >= WINDOW) return null;
    const { head } = this;
    const inJournal = this.sent - head.length;
    const reading = inJournal < 0 ? head[this.sent] : this.state.readings[inJournal];
    // Behind the head comes the rest of the spool, before the journal.
    if (reading === undefined || (inJournal >= 0 && this.behindHead > 0)) return null;
    // One of an earlier boot, which never knew the time, stays without.
    if (reading.time === null && reading.seq >= this.bootSeq) reading.time = this.timeAt(reading.uptime * 1000);
    return { reading, messageId: messageId(reading.seq), dup: reading.seq <= this.lastSent };
  }

  /** What `next()` gave was sent. */
  markSent(reading: Reading): void {
    this.sent += 1;
    if (reading.seq > this.lastSent) this.lastSent = reading.seq;
  }

  /** The broker has a reading. @returns its number, or null if no such reading is on its way */
  acknowledge(id: number): number | null {
    const { head, state, acknowledged } = this;
    const all = [...head, ...state.readings];
    const reading = all.slice(0, this.sent).find(({ seq }) => messageId(seq) === id);
    if (reading === undefined || acknowledged.includes(reading.seq)) return null;
    acknowledged.push(reading.seq);
    // Brokers acknowledge in order, [MQTT-4.6.0-2]; for one that does not, those in front are waited for.
    while (this.sent > 0 && this.takeFront()) this.sent -= 1;
    this.store();
    return reading.seq;
  }

  /** All that were on their way are to be sent again. */
  connectionLost(): void {
    this.sent = 0;
    this.acknowledged.length = 0;
  }

  /** Writes the journal. */
  store(): void {
    try {
      storeJournal(this.files, this.state);
      this.failing = false;
    } catch (error) {
      this.report(error);
    }
  }

  /** Records of the spool that are not loaded. */
  private get behindHead(): number {
    return this.spool === null ? 0 : this.spool.length - (this.headSpooled ? this.head.length : 0);
  }

  /** Removes the foremost reading if it is acknowledged. */
  private takeFront(): boolean {
    const { head, state, acknowledged } = this;
    const fromHead = head.length > 0;
    const { seq } = fromHead ? head[0] : state.readings[0];
    const at = acknowledged.indexOf(seq);
    if (at < 0) return false;
    acknowledged.splice(at, 1);
    state.firstUnacknowledged = seq + 1;
    if (!fromHead) {
      state.readings.shift();
      return true;
    }
    head.shift();
    if (this.spool !== null && this.headSpooled) this.spool.remove(1);
    if (head.length === 0) this.loadHead();
    return true;
  }

  /** Moves the journal's readings to the spool. */
  private spill(): void {
    const { spool, state } = this;
    if (spool === null) return;
    try {
      const dropped = spool.append(encodeRecords(state.readings));
      if (dropped > 0) {
        // What is loaded of the file that went stays in memory and is still sent.
        this.drop(dropped - (this.headSpooled ? this.head.length : 0));
        this.headSpooled = false;
      }
      state.readings = [];
      if (this.head.length === 0) this.loadHead();
    } catch (error) {
      this.report(error);
    }
  }

  /** Mends what a power cut between two writes left: readings that are in the spool and in the journal as well. */
  private reconcile(): void {
    const { spool, state } = this;
    const [last] = spool === null ? [] : decodeRecords(spool.last());
    if (last === undefined) return;
    state.readings = state.readings.filter(({ seq }) => seq > last.seq);
    if (state.nextSeq <= last.seq) state.nextSeq = last.seq + 1;
  }

  /** Loads the spool's front, without what was acknowledged before a power cut. */
  private loadHead(): void {
    const { spool, state } = this;
    this.headSpooled = true;
    while (spool !== null && this.head.length === 0 && spool.length > 0) {
      const readings = decodeRecords(spool.peek(BATCH));
      this.head = readings.filter(({ seq }) => seq >= state.firstUnacknowledged);
      spool.remove(readings.length - this.head.length);
      if (readings.length === 0) break;
    }
  }

  private drop(count: number): void {
    this.state.dropped += count;
    this.log('WARN', 'queue', `full: ${count} oldest readings dropped, ${this.state.dropped} in all`);
  }

  private report(error: unknown): void {
    if (!this.failing)
      this.log('ERROR', 'queue', `flash: ${(error as Error).message}; readings are kept in memory only`);
    this.failing = true;
  }
}

function messageId(seq: number): number {
  return 2 + (seq % MESSAGE_IDS);
}
