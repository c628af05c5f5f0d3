/** `npm run doctor -- --serial` and the real engine, if it is there: its prompt, its program, and a sensor on I2C. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkBoard } from '../../scripts/doctor/overSerial.ts';
import { Walk } from '../../scripts/doctor/walk.ts';
import { rigCommand, rigMissing } from '../../scripts/lib/rig.ts';
import type { SerialLine } from '../../scripts/serial/line.ts';
import { sensorProgram } from '../support/sensorProgram.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-rig-'));
after(() => rmSync(folder, { recursive: true }));

/** The serial port of a board whose program measures with a TMP117. */
async function plugIn(): Promise<SerialLine> {
  const program = await sensorProgram(folder, 'tmp117');
  const flags = ['--program', program, '--i2c', '0:0x48:0=0ac0,1=0220,15=0117'];
  const [node, ...argv] = rigCommand([...flags, '--seconds', '200', '--stdin', '--raw', '--quiet']);
  const rig = spawn(node, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
  after(() => rig.kill());
  // The rig needs some seconds of its own until it reads what is typed.
  await new Promise((done) => rig.stdout.once('data', done));
  return {
    path: 'the rig',
    write: (bytes) => new Promise((done) => rig.stdin.write(bytes, () => done())),
    onData: (listener) => void rig.stdout.on('data', listener),
    onClose: (listener) => void rig.once('exit', listener),
    close: () => Promise.resolve(),
  };
}

test('real engine: doctor uses its prompt, and lists the sensor', { skip: rigMissing() ?? false }, async () => {
  const line = await plugIn();
  const open = (): Promise<SerialLine> => Promise.resolve(line);
  const walk = new Walk(() => undefined);
  await walk.run((self) => checkBoard(self, { find: () => Promise.resolve(line.path), open, reopen: open }));
  const [, , ...hops] = walk.findings.map(({ hop, state, detail }) => [hop, state, detail].join(': '));
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
