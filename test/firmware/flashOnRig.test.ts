/**
 * USB stays the way home, on the real image: whatever state the slots are in, and whatever the board does at the moment,
 * `npm run flash`, @kaluma/cli and the UF2 end with the program just flashed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { programUf2 } from '../../scripts/image/uf2.ts';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { commandLine } from '../support/command.ts';
import { needsSocat } from '../support/serialCable.ts';
import type { Kitchen } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import { RigBoard } from './rig/rigBoard.ts';
import { UsbPort, type CommandResult } from './rig/usbPort.ts';
import { SLOT_STATES } from './slotStates.ts';
import { offerTo, openUpdatable, programOf, signedProgram, type Offering } from './updates.ts';

const CLI = process.env.KALUMA_CLI ?? '';
const skip = rigMissing() ?? (CLI === '' ? 'KALUMA_CLI is not set' : needsSocat.skip);
/** All states and moments take half an hour on a rig that keeps up with a board, and two hours on one at a quarter of its pace. */
const CHOSEN = new RegExp(process.env.FLASH_ON_RIG ?? '^on trial|^the bootstrap|handshake|into slot 0');
const TIMEOUT = 4 * 3_600_000;
/** The board's seconds that a command may take, and those from its end until the program has taken a reading. */
const LIMIT = 200;
const START = 10;
/** ... for which the program must then go on. */
const GOES_ON = 5;

const folder = mkdtempSync(join(tmpdir(), 'flash-on-rig-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'program.js');

type Drive = (isEnough: () => boolean) => Promise<unknown>;
/** Throws if the command does not say that all went well. @returns how often it was run */
type Way = (bench: Bench, text: string, drive: Drive) => Promise<number>;

const flash: Way = async ({ port }, _, drive) => {
  const command = [process.execPath, ...commandLine('flash', '--port', port.path, '--program', file)];
  const { status, stdout, stderr } = await port.during(command, drive, LIMIT);
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /\(\d+ bytes, read back and equal\); it restarts\n$/);
  return 1;
};

const write: Way = async ({ board, port }, _, drive) => {
  // By its own first line: its serialport was built for one version of Node, which need not be this one.
  const run = (): Promise<CommandResult> => port.during([CLI, 'write', file, '-p', port.path], drive, LIMIT / 4);
  if (/^Done\. /m.test((await run()).stdout)) return 1;
  // It takes a C in the log of a board that starts for the board's request, sends before the board listens, and waits until
  // the watchdog ends that. A person runs it again some seconds later.
  await board.run(5);
  const { stdout, stderr } = await run();
  assert.match(stdout, /^Done\. /m, stderr);
  return 2;
};

const drop: Way = ({ board }, text) => (board.dropUf2(programUf2(text)), Promise.resolve(1));

const WAYS: [name: string, way: Way][] = [
  ['`npm run flash`', flash],
  ['`@kaluma/cli write`', write],
  ['the UF2', drop],
];

type Reach = (board: RigBoard, offering: Offering) => Promise<unknown>;

const handshake: Reach = async (board) => {
  board.powerCycle();
  await board.runUntil(/tcp dialling/, { limitSeconds: 30 });
  await board.run(1);
};
const blocks: Reach = (_, offering) => offering.finish(120, () => offering.offer.received > 30_000);
const signature: Reach = async (board, offering) => {
  await offering.finish(60, () => offering.offer.state === 'receiving');
  await board.run(0.5);
};
const restart: Reach = ({ resets: { length }, resets }, offering) => offering.finish(200, () => resets.length > length);

/** Each with the state of the slots before. */
const MOMENTS: [what: string, state: string, reach: Reach][] = [
  ['in the handshake', 'never updated', handshake],
  ["while an update's signature is verified", 'never updated', signature],
  ["while an update's blocks come into slot 1", 'never updated', blocks],
  ["while an update's blocks come into slot 0", 'slot 1 in use', blocks],
  ['at the restart into an update', 'never updated', restart],
];

/** A simulated kitchen, whose board makes the states; the rig's board, which talks with the same endpoint; and its port. */
type Bench = { kitchen: Kitchen; board: RigBoard; port: UsbPort };

async function openBench(): Promise<Bench> {
  const kitchen = await openUpdatable({ intervalSeconds: 30 });
  after(() => kitchen.close());
  await kitchen.acknowledged(1);
  const { program, endpoint, config } = kitchen;
  const { password } = config.wifi;
  const ports = { dialled: endpoint.port, port: endpoint.port };
  const board = await RigBoard.boot({ program, password, ...ports, pauseMillis: 1, watchMalloc: false });
  const port = await UsbPort.plugIn(board, join(folder, 'tty'));
  after(() => (board.close(), port.unplug()));
  return { kitchen, board, port };
}

/** The program area in a state, which a simulated board was brought into. */
async function areaIn({ kitchen }: Bench, state: string): Promise<Uint8Array> {
  const { board, program } = kitchen;
  await SLOT_STATES.find(([name]) => name === state)?.[1](kitchen);
  const area = board.flash.area.slice();
  board.flashProgram(program);
  board.powerCycle();
  await kitchen.acknowledged(1, 120);
  return area;
}

/** Flashes another version, and sees that it runs. @returns the board's seconds until then, for the table */
async function flashed(bench: Bench, way: Way, drive: Drive): Promise<string> {
  const { kitchen, board } = bench;
  const text = kitchen.program.replaceAll('1.2.3', '0.9.9');
  writeFileSync(file, text);
  const [from, begun] = [board.serial.length, board.seconds];
  const times = await way(bench, text, drive);
  // After `npm run flash` the board resets within some ms.
  await board.run(1);
  const lastBoot = (): string =>
    board.serial.slice(Math.max(from, board.serial.lastIndexOf(' INFO board kitchen-1, ')));
  const runs = (): boolean => /^ INFO board kitchen-1, firmware 0\.9\.9; [^]* reading \d+: /.test(lastBoot());
  await board.runUntil(runs, { limitSeconds: START });
  const cell = `${times > 1 ? `${times} times, ` : ''}${Math.ceil(board.seconds - begun)} s`;
  await board.run(GOES_ON);
  assert.ok(runs(), lastBoot());
  assert.doesNotMatch(lastBoot(), /on trial|update|ERROR/);
  const { area } = board;
  assert.equal(
    Buffer.from(`${text}\0`).findIndex((byte, i) => byte !== area[i]),
    -1,
    'the byte at which flash differs',
  );
  return cell;
}

const rows: string[][] = [['State or moment', ...WAYS.map(([name]) => name)]];

test('real engine: flashing ends with the program just flashed', { skip, timeout: TIMEOUT }, async (t) => {
  const bench = await openBench();
  const { kitchen, board } = bench;
  /** Begins with this state each time, and lets `reach` bring the board to where it is flashed. */
  const inAllWays = async (
    what: string,
    state: string,
    ways: typeof WAYS,
    reach: () => Promise<Drive>,
  ): Promise<void> => {
    const area = await areaIn(bench, state);
    const row = [what];
    for (const [name, way] of ways) {
      await t.test(`${what}, ${name}`, async () => {
        board.area = area;
        row.push(await flashed(bench, way, await reach()));
      });
    }
    if (row.length === 1 + ways.length) rows.push([...row, ...Array<string>(WAYS.length - ways.length).fill('')]);
  };

  for (const [state] of SLOT_STATES.filter(([state]) => CHOSEN.test(state))) {
    await inAllWays(state, state, WAYS, async () => {
      const [from, since] = [board.serial.length, board.seconds];
      const isUp = (): boolean => board.serial.includes('sensor reading', from) || board.seconds > since + START;
      await board.runUntil(isUp, { limitSeconds: 2 * START });
      return (isEnough) => board.runUntil(isEnough, { limitSeconds: 2 * LIMIT });
    });
  }

  for (const [what, state, reach] of MOMENTS.filter(([what]) => CHOSEN.test(what))) {
    // Dropping the UF2 begins with a power cut, at this moment as at any.
    await inAllWays(what, state, WAYS.slice(0, 2), async () => {
      await board.runUntil(/ acknowledged\n/, { limitSeconds: 60 });
      const update = signedProgram(programOf(kitchen, '1.3.0'), { rollback: true });
      const offering = offerTo({ board, endpoint: kitchen.endpoint }, update);
      await reach(board, offering);
      return async (isEnough) => {
        await offering.finish(2 * LIMIT, isEnough);
        await board.runUntil(isEnough, { limitSeconds: 2 * LIMIT });
      };
    });
  }
});

after(() => {
  if (!isWriting || rows.length !== 1 + SLOT_STATES.length + MOMENTS.length) return;
  writeSection(
    'Flashing over USB, on the real image',
    `From the beginning until the program just flashed has taken a reading, by the board's clock. Where it says 2 times, the command had to be run again:\n\n${table(rows)}`,
  );
});
