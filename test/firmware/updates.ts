/** The common parts of tests of updates: a signing key, good and bad programs, and a client that offers them. */
import { generateKeyPairSync } from 'node:crypto';
import { HEADER_LENGTH, SECTOR, SETTINGS_SECTOR, SLOT_SECTOR } from '../../firmware/layout.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { makeUpdate, type Update, type UpdateFacts } from '../../scripts/update/file.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { Offer } from '../../scripts/update/offer.ts';
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
  const start = 2 + HEADER_LENGTH + '\n*/'.length;
  return `/*${JSON.stringify([start, statements.length, 1]).padEnd(HEADER_LENGTH)}\n*/${statements}`;
}

export function signedProgram(payload: string, facts: Partial<UpdateFacts> = {}): Update {
  const made = Math.floor(Date.now() / 1000) + 60;
  const all: UpdateFacts = { kind: 'program', version: '1.3.0', made, sensors: ['rp2040'], bootstrap: 1, ...facts };
  return makeUpdate(all, Buffer.from(payload, 'latin1'), signingKey);
}

/** Settings as they travel: those of the board, changed, without its key. */
export function signedSettings(
  { program }: { program: string },
  change: (settings: BoardSettings) => void,
  facts: Partial<UpdateFacts> = {},
): Update {
  const settings = JSON.parse(program.slice(SETTINGS_SECTOR * SECTOR + 12).split('\0')[0]) as BoardSettings;
  settings.made += 60;
  if (settings.identity !== null) settings.identity.key = { type: 'ec', privateKey: '' };
  change(settings);
  const { thing, made } = settings;
  return makeUpdate(
    { kind: 'settings', version: '1.2.3', made, sensors: [], bootstrap: 1, thing, ...facts },
    Buffer.from(JSON.stringify(settings)),
    signingKey,
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
 * Programs that must not stay: their code, the reason that the board gives for replacing them, and within how many seconds it
 * does.
 */
export const BAD_PROGRAMS: [what: string, statements: string, why: RegExp, limitSeconds: number][] = [
  ['throws', "throw new Error('no');", /threw an exception/, 10],
  ['does not parse', 'let let = ;', /threw an exception/, 10],
  ['hangs when it starts', 'delay(60000);', /watchdog ended it/, 20],
  ['hangs later', 'setTimeout(() => delay(60000), 3000);', /watchdog ended it/, 20],
  ['does nothing', "console.log('idle');", /watchdog ended it/, 20],
];

/** Programs whose faults only the real engine can show. */
export const DEADLY_PROGRAMS: typeof BAD_PROGRAMS = [
  ['exhausts the heap when it starts', 'for(let a=[];;)a.push([])', /watchdog ended it/, 20],
  ['exhausts the heap later', 'setTimeout(()=>{for(let a=[];;)a.push([])},3000)', /watchdog ended it/, 20],
];

export const NEVER_CONNECTS: (typeof BAD_PROGRAMS)[0] = [
  'feeds the watchdog and never connects',
  "const w = new (require('wdt').WDT)(8000); setInterval(() => w.feed(), 1000);",
  /did not connect, and the program before it did/,
  602,
];

/** @param change returns the bytes to send in place of a block; null to send nothing */
export function offerTo(
  kitchen: Kitchen<KitchenBoard>,
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
