/**
 * Receives an update, a block at a time, into the slot that is not in use, checks what it reads back from flash, and puts
 * the update on trial. It asks for one block after the other, and need not trust the sender: the manifest is signed and
 * holds the payload's hash.
 *
 * What was received survives a power cut: the slot's last sector keeps the header, and a mark for each complete sector.
 */
import { fromBinaryString, fromHex, toBinaryString, toHex } from '../../src/bytes/encoding.ts';
import { Sha256, type Steps, verifyEcdsa } from '../../src/index.ts';
import { eraseFlash, readFlash, writeFlash } from '../kaluma/flash.ts';
import type { Boot } from '../kaluma/typings.ts';
import { PAGE, SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_SECTOR, SLOT_SECTORS } from '../layout.ts';
import type { Log } from '../log.ts';
import type { BoardSettings } from '../settings.ts';
import { loadSettings, settingsCopy } from '../storedSettings.ts';
import type { UpdaterSays } from './channel.ts';
import { HEADER, objection, parseHeader, type Manifest, type Recipient } from './manifest.ts';
import { putOnTrial, slotOf } from './trial.ts';

/** Bytes hashed in a turn: 90 ms. */
const SLICE = 512;
/** ms after which a block that has not come is asked for again, and how often that happens. */
const PATIENCE = 10_000;
const MOST_REQUESTS = 6;
/** Where the marks of complete sectors begin in the header's sector. */
const MARKS = HEADER;

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
   * @param most bytes of a block
   * @returns the message for the client that offers the update; null if there is none now
   */
  tick(now: number, most: number): UpdaterSays | null;
  /** Takes a block; one that was not asked for does nothing. @param offset its place in the file */
  take(offset: number, bytes: Uint8Array): void;
  /** Whether it has ended: installed, refused, or nobody answers. */
  isOver(): boolean;
}

/** @param id of the update that was offered */
export function createUpdater(id: string, { boot, recipient, log, onPhase, restart }: UpdaterOptions): Updater {
  const slot = 1 - slotOf(boot);
  const first = SLOT_SECTOR + slot * SLOT_SECTORS;
  const last = first + SLOT_SECTORS - 1;
  const hash = new Sha256();
  let manifest: Manifest | null = null;
  /** How many bytes of the payload are in flash, and how many of them are hashed. */
  let received = 0;
  let hashed = 0;
  /** The bytes that were asked for: their place in the file, -1 if none were, and their number. */
  let awaited = -1;
  let awaitedLength = 0;
  let askedAt = 0;
  let requests = 0;
  let work: Steps<void> | null = null;
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

  /** Checks a header, and continues after what was received before. @throws Error that says why the update is refused */
  function* begin(header: string, isNew: boolean): Steps<void> {
    const signed = parseHeader(header);
    const why = signed.manifest.id === id ? objection(signed, recipient) : 'another update came';
    if (why !== '') throw new Error(why);
    const digest = new Sha256().update(fromBinaryString(signed.text)).digest();
    yield;
    onPhase('verifying update');
    const genuine = yield* verifyEcdsa('P-256', fromHex(signed.key), digest, fromHex(signed.signature));
    onPhase('update verified');
    if (!genuine) throw new Error('the signature is wrong');
    if (isNew) {
      eraseFlash(last);
      writeFlash(last, 0, fromBinaryString(header));
      if (toBinaryString(readFlash(last, 0, HEADER)) !== header) throw new Error('flash does not keep the header');
    }
    manifest = signed.manifest;
    const { kind, version, size } = manifest;
    const marks = readFlash(last, MARKS, SLOT_SECTORS);
    while (marks[received / SECTOR] !== 0xff && received + SECTOR <= size) received += SECTOR;
    log('INFO', 'update', `${id}: ${kind} ${version}, ${size} B, ${received} B received`);
  }

  /** Continues an update. If a power cut has left its header incomplete, begins anew. */
  function* resume(header: string): Steps<void> {
    try {
      yield* begin(header, false);
    } catch {
      received = 0;
    }
  }

  const install = (): void => {
    const { kind, size } = manifest as Manifest;
    let settings = boot.settings;
    if (kind === 'settings') {
      settings = 1 - settings;
      const json = toBinaryString(readFlash(first, 0, size));
      writeSettings(settings, withKey(json, loadSettings(boot.settings)));
    }
    putOnTrial(boot, { id, settings, slot: kind === 'settings' ? 1 - slot : slot });
    log('INFO', 'update', `${id} complete; on trial after a restart`);
    end({ what: 'installed' });
  };

  /** Hashes a slice of what is in flash. After the last one the update is installed or refused. */
  const hashSlice = (): void => {
    const { size, sha256 } = manifest as Manifest;
    const length = Math.min(SLICE, received - hashed);
    hash.update(readFlash(first, hashed, length));
    hashed += length;
    if (hashed < size) return;
    if (toHex(hash.digest()) === sha256) return install();
    // With the header erased, the next offer begins anew.
    eraseFlash(last);
    refuse('hash differs from that of the manifest');
  };

  /** Writes a block. The hash is computed over the bytes read back from flash, so it reveals bytes that flash did not keep. */
  const store = (bytes: Uint8Array): void => {
    const { size } = manifest as Manifest;
    const sector = first + Math.floor(received / SECTOR);
    if (received % SECTOR === 0) eraseFlash(sector);
    writeFlash(sector, received % SECTOR, bytes);
    received += bytes.length;
    if (received % SECTOR !== 0 && received < size) return;
    const mark = new Uint8Array(PAGE).fill(0xff);
    mark[Math.floor((received - 1) / SECTOR)] = 0;
    writeFlash(last, MARKS, mark);
  };

  /** The header is a variable of this function only: those of createUpdater() live as long as the updater. */
  const look = (): void => {
    const kept = toBinaryString(readFlash(last, 0, HEADER));
    if (boot.trial || boot.waiting) refuse('another update is on trial');
    else if (kept.indexOf(`"id":"${id}"`) >= 0) work = resume(kept);
  };
  look();

  const request = (now: number, most: number): UpdaterSays | null => {
    const wanted = manifest === null ? 0 : HEADER + received;
    if (awaited === wanted && now - askedAt < PATIENCE) return null;
    requests = awaited === wanted ? requests + 1 : 0;
    if (requests > MOST_REQUESTS) {
      log('WARN', 'update', `${id}: nobody answers`);
      over = true;
      return { what: 'no answer' };
    }
    awaited = wanted;
    awaitedLength = manifest === null ? HEADER : Math.min(most, manifest.size - received);
    askedAt = now;
    return { what: 'request', offset: wanted, length: awaitedLength };
  };

  return {
    id,
    isOver: () => over && said.length === 0,
    tick(now, most) {
      let next: UpdaterSays | null | undefined = said.shift();
      try {
        if (over) {
          if (next === undefined) return null;
        } else if (work !== null) {
          if (work.next().done === true) work = null;
        } else if (hashed < received) {
          hashSlice();
        }
        const isWanted = work === null && (manifest === null || received < manifest.size);
        if (next === undefined) next = !over && isWanted ? request(now, most) : null;
      } catch (error) {
        refuse((error as Error).message);
        next = null;
      }
      if (next !== null && next.what === 'installed') restart();
      return next;
    },
    take(offset, bytes) {
      if (over || work !== null || offset !== awaited || bytes.length !== awaitedLength) return;
      awaited = -1;
      try {
        if (manifest === null) work = begin(toBinaryString(bytes), true);
        else store(bytes);
      } catch (error) {
        refuse((error as Error).message);
      }
    },
  };
}

/** Adds the board's own private key: settings that come through the air have none. */
function withKey(json: string, own: BoardSettings): BoardSettings {
  const settings = JSON.parse(json) as BoardSettings;
  if (settings.identity !== null && own.identity !== null) settings.identity.key = own.identity.key;
  return settings;
}

/** @throws Error for settings that do not fit, or if reading them back gives something else */
function writeSettings(copy: number, settings: BoardSettings): void {
  const text = settingsCopy(settings);
  const first = SETTINGS_SECTOR + copy * SETTINGS_SECTORS;
  if (text.length > SETTINGS_SECTORS * SECTOR) throw new Error(`settings of ${text.length} B do not fit`);
  for (let at = 0; at < text.length; at += SECTOR) {
    eraseFlash(first + at / SECTOR);
    for (let page = at; page < Math.min(at + SECTOR, text.length); page += PAGE) {
      const bytes = fromBinaryString(text.slice(page, page + PAGE));
      writeFlash(first + at / SECTOR, page - at, bytes);
      if (toBinaryString(readFlash(first, page, bytes.length)) !== toBinaryString(bytes)) {
        throw new Error('flash does not keep the settings');
      }
    }
  }
}
