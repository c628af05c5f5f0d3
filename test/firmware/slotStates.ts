/** The states that a board's slots, records and settings can be in, each brought about on a simulated board that is running. */
import { RECORD_SECTOR, SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_SECTOR } from '../../firmware/layout.ts';
import type { Update } from '../../scripts/update/file.ts';
import type { Kitchen } from './kitchen.ts';
import { offerTo, programOf, signedProgram, smallProgram, type Offering } from './updates.ts';

/** Versions have five characters; each of a kitchen's updates needs another one. */
let count = 0;

function nextUpdate(kitchen: Kitchen): Update {
  count += 1;
  const version = `1.${Math.floor(count / 10)}.${count % 10}`;
  const made = Math.floor(Date.now() / 1000) + 60 * count;
  return signedProgram(programOf(kitchen, version), { version, made, rollback: true });
}

/** Installs an update, and stops where the board has restarted into it. */
async function install(kitchen: Kitchen, update: Update): Promise<Offering> {
  const offering = offerTo(kitchen, update);
  const from = kitchen.board.serial.length;
  const begun = /firmware \S+ on trial; last reset: update/;
  await offering.finish(300, () => begun.test(kitchen.board.serial.slice(from)));
  return offering;
}

async function confirmed(kitchen: Kitchen): Promise<void> {
  const offer = await offerTo(kitchen, nextUpdate(kitchen)).finish();
  if (offer.state !== 'done') throw new Error(offer.detail);
}

function damage({ board }: Kitchen, sector: number, sectors = 1): void {
  const { area } = board.flash;
  for (let at = sector * SECTOR; at < (sector + sectors) * SECTOR; at++) area[at] = Math.floor(Math.random() * 256);
}

export const SLOT_STATES: [what: string, bring: (kitchen: Kitchen) => Promise<void>][] = [
  ['never updated', () => Promise.resolve()],
  ['slot 1 in use', confirmed],
  ['slot 0 in use, after two updates', async (kitchen) => (await confirmed(kitchen), confirmed(kitchen))],
  ['on trial', async (kitchen) => void (await install(kitchen, nextUpdate(kitchen)))],
  [
    'a trial that waits for the network',
    async (kitchen) => {
      await install(kitchen, nextUpdate(kitchen));
      kitchen.board.faults.accessPointIsPresent = false;
      await kitchen.board.runUntil(/last reset: failed update/, { limitSeconds: 700 });
      kitchen.board.faults.accessPointIsPresent = true;
    },
  ],
  [
    'gone back from a program that throws',
    async (kitchen) => {
      const offer = await offerTo(kitchen, signedProgram(smallProgram("throw new Error('no');"))).finish();
      if (!/threw an exception/.test(offer.detail)) throw new Error(`it did not go back: ${offer.detail}`);
    },
  ],
  [
    'an update half received',
    async (kitchen) => {
      const offering = offerTo(kitchen, nextUpdate(kitchen));
      await offering.finish(300, () => offering.offer.received > 30_000);
    },
  ],
  ['both records damaged', async (kitchen) => (await confirmed(kitchen), damage(kitchen, RECORD_SECTOR, 2))],
  ['the newer record damaged', async (kitchen) => (await confirmed(kitchen), damage(kitchen, RECORD_SECTOR))],
  [
    'both copies of the settings damaged',
    async (kitchen) => (await confirmed(kitchen), damage(kitchen, SETTINGS_SECTOR, 2 * SETTINGS_SECTORS)),
  ],
  ['the bootstrap damaged', (kitchen) => Promise.resolve(damage(kitchen, 0))],
  ['slot 0 damaged', (kitchen) => Promise.resolve(damage(kitchen, SLOT_SECTOR))],
];
