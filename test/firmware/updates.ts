/** The common parts of tests of updates: a signing key, good and bad programs, and a client that offers them. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { HEADER_LENGTH, SECTOR, SETTINGS_SECTOR, SLOT_SECTOR } from '../../firmware/layout.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { HEADER, type Manifest } from '../../firmware/update/manifest.ts';
import { makeUpdate, type Update, type UpdateFacts } from '../../scripts/update/file.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { Offer } from '../../scripts/update/offer.ts';
import { SeededRandom } from '../support/random.ts';
import { Kitchen, type KitchenOptions } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';

export const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

export function openUpdatable(options: KitchenOptions = {}): Promise<Kitchen> {
  return Kitchen.open({ ...options, updateKeys: [publicKeyHex(signingKey)] });
}

/** The program that a kitchen's board was flashed with, as another version; all versions have five characters. */
export function programOf({ program }: { program: string }, version: string): string {
  return program
    .slice(SLOT_SECTOR * SECTOR)
    .replace(/\0$/, '')
    .replaceAll('1.2.3', version);
}

/** A program that consists of some statements. */
export function smallProgram(statements: string): string {
  return withHeader(JSON.stringify([PROGRAM_START, statements.length, 1]), statements);
}

/** Where a program's code begins that has nothing else. */
const PROGRAM_START = 2 + HEADER_LENGTH + '\n*/'.length;

/** A text as a program, whatever its header says about it. */
function withHeader(header: string, text: string): string {
  return `/*${header.padEnd(HEADER_LENGTH)}\n*/${text}`;
}

/** Printable characters that make no sense. */
function nonsense(length: number): string {
  const random = new SeededRandom(5);
  return Array.from({ length }, () => String.fromCharCode(32 + random.below(95))).join('');
}

export function signedProgram(payload: string, facts: Partial<UpdateFacts> = {}): Update {
  const made = Math.floor(Date.now() / 1000) + 60;
  const all: UpdateFacts = { kind: 'program', version: '1.3.0', made, sensors: ['rp2040'], bootstrap: 1, ...facts };
  return makeUpdate(all, Buffer.from(payload, 'latin1'), signingKey);
}

/** An update whose manifest says something else, signed all the same. */
export function resigned({ manifest, file }: Update, changes: Partial<Manifest>): Update {
  const changed = { ...manifest, ...changes };
  const text = JSON.stringify(changed);
  const signature = sign('sha256', Buffer.from(text), signingKey).toString('hex');
  const header = `${text}\n${publicKeyHex(signingKey)} ${signature}\n`.padEnd(HEADER);
  return { manifest: changed, file: Buffer.concat([Buffer.from(header, 'latin1'), file.subarray(HEADER)]) };
}

/** The settings that a kitchen's board was flashed with. */
export function settingsOf({ program }: { program: string }): BoardSettings {
  return JSON.parse(program.slice(SETTINGS_SECTOR * SECTOR + 12).split('\0')[0]) as BoardSettings;
}

/** Settings as they travel: those of the board, changed, without its key. */
export function signedSettings(
  kitchen: { program: string },
  change: (settings: BoardSettings) => void,
  facts: Partial<UpdateFacts> = {},
  key = signingKey,
): Update {
  const settings = settingsOf(kitchen);
  settings.made += 60;
  if (settings.identity !== null) settings.identity.key = { type: 'ec', privateKey: '' };
  change(settings);
  const { thing, made } = settings;
  return makeUpdate(
    { kind: 'settings', version: '1.2.3', made, sensors: [], bootstrap: 1, thing, ...facts },
    Buffer.from(JSON.stringify(settings)),
    key,
  );
}

export interface Offering {
  offer: Offer;
  /** Health as the board published it, the newest last. */
  health: Record<string, unknown>[];
  /** Runs the board until the offer is over, or something else holds. */
  finish(limitSeconds?: number, isEnough?: () => boolean): Promise<Offer>;
}

/**
 * Programs that must not stay: their text, the reason that the board gives for replacing them, and within how many seconds it
 * does.
 */
export const BAD_PROGRAMS: [what: string, payload: string, why: RegExp, limitSeconds: number][] = [
  ['throws', smallProgram("throw new Error('no');"), /threw an exception/, 10],
  ['does not parse', smallProgram('let let = ;'), /threw an exception/, 10],
  ['hangs when it starts', smallProgram('delay(60000);'), /watchdog ended it/, 20],
  ['hangs later', smallProgram('setTimeout(() => delay(60000), 3000);'), /watchdog ended it/, 20],
  ['does nothing', smallProgram("console.log('idle');"), /watchdog ended it/, 20],
  ['is signed nonsense', smallProgram(nonsense(5000)), /threw an exception/, 10],
  ['is signed nonsense from its header on', nonsense(5000), /threw an exception/, 10],
  ['says that its code begins nowhere', withHeader('["x",100,1]', "console.log('idle');"), /threw an exception/, 10],
  ['says that its code has no length', withHeader(`[${PROGRAM_START},-5,1]`, 'idle();'), /watchdog ended it/, 20],
  ['says that its code is longer', withHeader(`[${PROGRAM_START},9000,1]`, "console.log('idle');"), /threw an/, 10],
];

/** Programs whose faults only the real engine can show. */
export const DEADLY_PROGRAMS: typeof BAD_PROGRAMS = [
  ['exhausts the heap when it starts', smallProgram('for(let a=[];;)a.push([])'), /watchdog ended it/, 20],
  [
    'exhausts the heap later',
    smallProgram('setTimeout(()=>{for(let a=[];;)a.push([])},3000)'),
    /watchdog ended it/,
    20,
  ],
  [
    'says that its code is longer than the heap',
    withHeader(`[${PROGRAM_START},400000,1]`, "console.log('idle');"),
    /watchdog ended it/,
    20,
  ],
  [
    'says that its code has more lines than the heap',
    withHeader(`[${PROGRAM_START},20,400000]`, "console.log('idle');"),
    /watchdog ended it/,
    20,
  ],
];

export const NEVER_CONNECTS: (typeof BAD_PROGRAMS)[0] = [
  'feeds the watchdog and never connects',
  smallProgram("const w = new (require('wdt').WDT)(8000); setInterval(() => w.feed(), 1000);"),
  /did not connect, and the program before it did/,
  602,
];

/** @param change returns the bytes to send in place of a block; null to send nothing */
export function offerTo(
  kitchen: Pick<Kitchen<KitchenBoard>, 'board' | 'endpoint'>,
  update: Update,
  change: (block: Buffer, count: number) => Buffer | null = (block) => block,
): Offering {
  const offer = new Offer('kitchen-1', update);
  const health: Record<string, unknown>[] = [];
  const now = (): number => kitchen.board.seconds * 1000;
  const command = 'kitchen/kitchen-1/command';
  const publish = (payload: string | Buffer): void => {
    kitchen.endpoint.publish(command, payload);
    kitchen.board.awaitPeers?.();
  };
  let blocks = 0;
  // Answered at once: the simulated board's time stands still as long as messages are on their way.
  const hear: Parameters<typeof kitchen.endpoint.on<'message'>>[1] = ({ topic, payload }) => {
    if (offer.isOver()) return void kitchen.endpoint.off('message', hear);
    if (!/\/(health|reply)$/.test(topic)) return;
    const fields = JSON.parse(payload.toString()) as Record<string, unknown>;
    if (topic.endsWith('/health')) {
      health.push(fields);
      offer.health(fields);
      return;
    }
    const block = offer.reply(fields, now());
    const sent = block === null ? null : change(block, ++blocks);
    if (sent !== null) publish(sent);
  };
  kitchen.endpoint.on('message', hear);
  const work = (): boolean => {
    const next = offer.tick(now());
    if (next !== null) publish(next);
    return offer.isOver();
  };
  return {
    offer,
    health,
    async finish(limitSeconds = 300, isEnough = () => false) {
      await kitchen.board.runUntil(() => work() || isEnough(), { limitSeconds });
      return offer;
    },
  };
}
