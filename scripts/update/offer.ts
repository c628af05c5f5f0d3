/**
 * One board that an update is offered to, without I/O. The caller passes in the board's messages and publishes the
 * results to its command topic. The board asks for one block after the other. The offer is repeated until it does, so
 * a board that is off, or a broken connection, only costs time.
 */
import { HEADER } from '../../firmware/update/manifest.ts';
import type { Update } from './file.ts';

/** ms between two offers to a board that does not answer. */
const OFFER_INTERVAL = 5_000;

/** A message about an update on the board's reply topic. */
interface Answer {
  command?: unknown;
  id?: unknown;
  ok?: unknown;
  error?: unknown;
  offset?: unknown;
  length?: unknown;
  /** `installed`. */
  state?: unknown;
}

/** The fields of a health message that say how an update went. */
interface Health {
  firmware?: unknown;
  slot?: unknown;
  update?: unknown;
  state?: unknown;
  why?: unknown;
}

export type OfferState = 'waiting' | 'receiving' | 'restarting' | 'on trial' | 'done' | 'failed';

export class Offer {
  readonly board: string;
  /** How many bytes of the file the board has asked for. */
  received = 0;
  state: OfferState = 'waiting';
  /** Why it failed, or what the board runs. */
  detail = '';
  /** The program that the board runs, as its last health said; empty if none was heard. */
  running = '';
  /** Whether the board has said anything since the offer began. */
  isHeard = false;
  private readonly update: Update;
  /** Whether the board has put the update on trial since the offer began: an earlier verdict on it counts no more. */
  private isInstalled = false;
  private heardAt = -Infinity;
  private offeredAt = -Infinity;

  constructor(board: string, update: Update) {
    this.board = board;
    this.update = update;
  }

  get size(): number {
    return this.update.file.length;
  }

  isOver(): boolean {
    return this.state === 'done' || this.state === 'failed';
  }

  /** @param now ms @returns the offer to publish on the board's command topic; null if none is due */
  tick(now: number): string | null {
    if (this.isOver() || this.state === 'restarting' || this.state === 'on trial') return null;
    if (now - Math.max(this.heardAt, this.offeredAt) < OFFER_INTERVAL) return null;
    this.offeredAt = now;
    return JSON.stringify({ command: 'update', id: this.update.manifest.id });
  }

  /** Handles a message on the board's reply topic. @returns the block that it asks for; null if it asks for none */
  reply(fields: Answer, now: number): Buffer | null {
    const { manifest, file } = this.update;
    if (fields.command !== 'update' || fields.id !== manifest.id || this.isOver()) return null;
    this.isHeard = true;
    if (fields.ok === false) {
      this.fail(typeof fields.error === 'string' ? fields.error : 'the board refuses it');
      return null;
    }
    const { offset, length } = fields;
    if (offset === undefined) {
      if (fields.state !== undefined) {
        this.state = 'restarting';
        this.isInstalled = true;
      }
      return null;
    }
    if (!isWhole(offset) || !isWhole(length) || length > HEADER || offset >= file.length) return null;
    this.heardAt = now;
    this.state = 'receiving';
    this.received = offset;
    const head = Buffer.alloc(13);
    head.write(manifest.id, 1, 'latin1');
    head.writeUInt32BE(offset, 9);
    return Buffer.concat([head, file.subarray(offset, offset + length)]);
  }

  /** Handles a health message of the board, which gives the state of its last update. */
  health(fields: Health): void {
    const { firmware, slot } = fields;
    this.isHeard = true;
    if (typeof firmware === 'string') this.running = firmware + (typeof slot === 'number' ? ` in slot ${slot}` : '');
    if (this.isOver()) return;
    if (fields.update !== this.update.manifest.id) {
      // A power cut came before the record was written.
      if (this.state === 'restarting') this.state = 'waiting';
      return;
    }
    // The same update was rejected earlier, and the board receives it again. If it did install it, and only its answer
    // was lost, the next offer takes it through the trial once more, from what lies in its flash.
    if (fields.state === 'rejected' && !this.isInstalled) return;
    this.received = this.size;
    if (fields.state === 'confirmed') {
      this.state = 'done';
      this.detail = `runs ${String(fields.firmware)} from slot ${String(fields.slot)}`;
    } else if (fields.state === 'rejected') {
      this.fail(`went back: ${String(fields.why)}`);
    } else {
      this.state = 'on trial';
      this.isInstalled = true;
    }
  }

  fail(why: string): void {
    this.state = 'failed';
    this.detail = why;
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
