/**
 * Receives an update, a block at a time, into the slot that is not in use, and puts it on trial. It asks for one block after
 * the other, and need not trust the sender: the manifest is signed and holds the payload's hash. An update whose header is
 * in flash already goes on where a power cut ended it.
 */
import { fromBinaryString, toBinaryString } from '../../src/bytes/encoding.ts';
import type { Steps } from '../../src/index.ts';
import { eraseFlash, flashHolds, readFlash, writeFlash } from '../kaluma/flash.ts';
import type { Boot } from '../kaluma/typings.ts';
import { SLOT_SECTOR, SLOT_SECTORS } from '../layout.ts';
import type { Log } from '../log.ts';
import { admit } from './admission.ts';
import type { UpdaterSays } from './channel.ts';
import { install } from './install.ts';
import { HEADER, type Manifest, type Recipient } from './manifest.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { slotOf } from './trial.ts';

/** ms after which a block that has not come is asked for again. */
const PATIENCE = 10_000;
/** Number of times that a block is asked for again before the update ends. */
const MOST_REQUESTS = 6;
/** Bytes of a record or of a header that are looked for in flash before each step: enough to tell them from what flashing leaves. */
const SIGN = 16;

export interface UpdaterOptions {
  boot: Boot;
  recipient: Recipient;
  log: Log;
  /** Called before and after verifying a signature, during which memory is scarce. */
  onPhase: (phase: 'verifying update' | 'update verified') => void;
  /** Restarts the board with the update on trial. */
  restart: () => void;
}

export interface Updater {
  readonly id: string;
  /**
   * Computes a slice.
   * @param now null if no message can be sent now
   * @returns the message for the client that offers the update; null if there is none
   */
  tick(now: number | null): UpdaterSays | null;
  /** Takes a block; one that was not asked for does nothing. @param offset its place in the file */
  take(offset: number, bytes: Uint8Array): void;
  /** Whether the update has ended: it was installed or refused, or nobody answers. */
  isOver(): boolean;
}

/** @param id of the update that was offered */
export function createUpdater(id: string, { boot, recipient, log, onPhase, restart }: UpdaterOptions): Updater {
  const slot = 1 - slotOf(boot);
  const first = SLOT_SECTOR + slot * SLOT_SECTORS;
  const last = first + SLOT_SECTORS - 1;
  let manifest: Manifest | null = null;
  let receiver: Receiver | null = null;
  /** The sector whose first bytes an update does not change, but flashing does: the record's in force, or else the header's. */
  const witness = boot.record > 0 ? boot.record : last;
  let sign = boot.record > 0 ? readFlash(witness, 0, SIGN) : null;
  /** A header that is being checked, and whether it lay in flash. */
  let work: Steps<Manifest> | null = null;
  let wasKept = false;
  /** The bytes that were asked for: their place in the file, -1 if none were, and their number. */
  let awaited = -1;
  let awaitedLength = 0;
  let askedAt = 0;
  let requests = 0;
  let over = false;
  /** A message to be sent once. */
  const said: UpdaterSays[] = [];

  const end = (last: UpdaterSays): void => {
    over = true;
    said.push(last);
  };
  const refuse = (why: string): void => {
    log('WARN', 'update', `${id} refused: ${why}`);
    end({ what: 'refused', why });
  };
  /** Erases the header in flash, so that the update begins anew. */
  const forget = (): void => {
    eraseFlash(last);
    [manifest, receiver, awaited] = [null, null, -1];
    if (witness === last) sign = null;
  };

  /** Checks a header, and puts a new one into flash. */
  function* check(header: string, isNew: boolean): Steps<Manifest> {
    const admitted = yield* admit(id, header, recipient, onPhase);
    if (isNew) {
      eraseFlash(last);
      const bytes = fromBinaryString(header);
      writeFlash(last, 0, bytes);
      if (!flashHolds(last, 0, bytes)) throw new Error('flash does not keep the header');
    }
    return admitted;
  }

  /** The header is a variable of this function only: those of createUpdater() live as long as the updater. */
  const look = (): void => {
    const kept = toBinaryString(readFlash(last, 0, HEADER));
    if (boot.trial || boot.waiting) refuse('another update is on trial');
    else if (kept.indexOf(`"id":"${id}"`) >= 0) {
      work = check(kept, false);
      wasKept = true;
    }
  };
  look();

  const begin = (admitted: Manifest): void => {
    const { kind, version, size } = admitted;
    manifest = admitted;
    receiver = createReceiver(admitted, first);
    sign ??= readFlash(witness, 0, SIGN);
    log('INFO', 'update', `${id}: ${kind} ${version}, ${size} B, ${receiver.resumed} B received`);
  };
  const receive = ({ resumed }: Receiver, state: ReturnType<Receiver['tick']>): void => {
    if (state === 'whole') {
      install(manifest as Manifest, slot, boot);
      log('INFO', 'update', `${id} complete; on trial after a restart`);
      end({ what: 'installed' });
    } else if (state === 'wrong') {
      forget();
      // Flashing over USB may have overwritten the part that was received before.
      if (resumed > 0) log('WARN', 'update', `${id}: what was received before is damaged; once more`);
      else refuse('hash differs from that of the manifest');
    }
  };
  /** Computes for a turn. @throws Error that says why the update is refused */
  const compute = (): void => {
    if (work !== null) {
      try {
        const step = work.next();
        if (step.done !== true) return;
        work = null;
        begin(step.value);
      } catch (error) {
        work = null;
        // A power cut has left the header incomplete, or it is not acceptable any more.
        if (!wasKept) throw error;
      }
      wasKept = false;
    } else if (receiver !== null) {
      try {
        receive(receiver, receiver.tick());
      } catch (error) {
        forget();
        throw error;
      }
    }
  };

  const request = (now: number): UpdaterSays | null => {
    const { offset, length } = receiver === null ? { offset: -HEADER, length: HEADER } : receiver.next();
    const wanted = HEADER + offset;
    if (length === 0 || (awaited === wanted && now - askedAt < PATIENCE)) return null;
    requests = awaited === wanted ? requests + 1 : 0;
    if (requests > MOST_REQUESTS) {
      log('WARN', 'update', `${id}: nobody answers`);
      over = true;
      return { what: 'no answer' };
    }
    [awaited, awaitedLength, askedAt] = [wanted, length, now];
    return { what: 'request', offset: wanted, length };
  };

  return {
    id,
    isOver: () => over && said.length === 0,
    tick(now) {
      // @kaluma/cli erases and writes the flash while this program goes on, which must write nothing over what it wrote. Nor can
      // it say anything any more: its texts lay there.
      if (sign !== null && !flashHolds(witness, 0, sign)) {
        over = true;
        said.length = 0;
        return null;
      }
      let next = (now === null ? undefined : said.shift()) ?? null;
      try {
        if (!over) compute();
        if (now !== null && next === null && !over && work === null) next = request(now);
      } catch (error) {
        refuse((error as Error).message);
      }
      if (next !== null && next.what === 'installed') restart();
      return next;
    },
    take(offset, bytes) {
      if (over || work !== null || offset !== awaited || bytes.length !== awaitedLength) return;
      awaited = -1;
      if (receiver === null) work = check(toBinaryString(bytes), true);
      else receiver.take(bytes);
    },
  };
}
