/** `npm run doctor -- --serial` and the real engine, if it is there: its prompt, its program, and a sensor on I2C. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ENDED, encodeRecord, STARTS } from '../../firmware/bootRecord.ts';
import { PAGE, RECORD_SECTOR, SECTOR } from '../../firmware/layout.ts';
import { checkBoard } from '../../scripts/doctor/overSerial.ts';
import { Walk } from '../../scripts/doctor/walk.ts';
import { rigCommand, rigMissing } from '../../scripts/lib/rig.ts';
import type { SerialLine } from '../../scripts/serial/line.ts';
import { Prompt } from '../../scripts/serial/prompt.ts';
import { sensorProgram } from '../support/sensorProgram.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-rig-'));
after(() => rmSync(folder, { recursive: true }));

/** The serial port of a board whose program measures with a TMP117. @param change what is flashed */
async function plugIn(
  change: (area: string) => string = (area) => area,
): Promise<{ line: SerialLine; said: () => string }> {
  const program = await sensorProgram(folder, 'tmp117');
  writeFileSync(program, change(readFileSync(program, 'latin1')), 'latin1');
  const flags = ['--program', program, '--i2c', '0:0x48:0=0ac0,1=0220,15=0117'];
  const [node, ...argv] = rigCommand([...flags, '--seconds', '200', '--stdin', '--raw', '--quiet']);
  const rig = spawn(node, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
  after(() => rig.kill());
  let said = '';
  rig.stdout.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  // The rig needs some seconds of its own until it reads what is typed.
  await new Promise((done) => rig.stdout.once('data', done));
  const line: SerialLine = {
    path: 'the rig',
    write: (bytes) => new Promise((done) => rig.stdin.write(bytes, () => done())),
    onData: (listener) => void rig.stdout.on('data', listener),
    onClose: (listener) => void rig.once('exit', listener),
    close: () => Promise.resolve(),
  };
  return { line, said: () => said };
}

async function check(line: SerialLine): Promise<string[][]> {
  const open = (): Promise<SerialLine> => Promise.resolve(line);
  const walk = new Walk(() => undefined);
  await walk.run((self) => checkBoard(self, { find: () => Promise.resolve(line.path), open, reopen: open }));
  return walk.findings.map(({ hop, state, detail }) => [hop, state, detail]);
}

test('real engine: doctor uses its prompt, and lists the sensor', { skip: rigMissing() ?? false }, async () => {
  const { line } = await plugIn();
  const [, , ...hops] = (await check(line)).map((parts) => parts.join(': '));
  const flash = hops.splice(3, 1);
  assert.match(flash.join(), /^flash: ok: a program of \d+ bytes, \d+ of 524288 bytes free$/);
  assert.deepEqual(hops, [
    'Kaluma: ok: 1.2.1',
    'board: ok: pico-w',
    'radio: ok: the CYW43439 answers',
    'update: ok: slot 0, settings 0; no update since it was flashed',
    'sensors: ok: TMP117',
  ]);
});

test('real engine: doctor does not end the trial of an update', { skip: rigMissing() ?? false }, async () => {
  const record = encodeRecord({ sequence: 1, slot: 0, settings: 0, id: '01234567' });
  const [begin, end] = [RECORD_SECTOR * SECTOR, RECORD_SECTOR * SECTOR + 2 * PAGE];
  const pages = Buffer.from(record)
    .toString('latin1')
    .padEnd(2 * PAGE, '\xff');
  const { line, said } = await plugIn((area) => area.slice(0, begin) + pages + area.slice(end));
  const boots = (): string[] => said().match(/firmware .* readings kept/g) ?? [];
  while (boots().length < 1) await setTimeout(100);
  const hops = await check(line);
  assert.deepEqual(hops[6], ['update', 'ok', 'slot 0, settings 0; update 01234567 is on trial']);
  while (boots().length < 2) await setTimeout(100);
  for (const boot of boots()) assert.match(boot, /on trial/);
  // The emulator forgets that its watchdog has reset it, so what the bootstrap would look at is read.
  const prompt = new Prompt(line);
  await prompt.stopProgram();
  const marks = (await prompt.readArea(begin, 2 * PAGE)).subarray(PAGE);
  assert.deepEqual([marks[STARTS], marks[STARTS + 1], marks[ENDED], marks[ENDED + 1]], [0, 0, 0, 0xff]);
});
