/** Each probe prints the same on the simulated board, and on the real image where it is available, as it printed before. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import { Tmp117 } from '../../scripts/simulator/devices/sensors.ts';
import { rigMissing, runOnRig } from '../../scripts/lib/rig.ts';
import { DEVICES_PROBES } from './probes/devices.ts';
import { ENGINE_PROBES } from './probes/engine.ts';
import { NETWORK_PROBES } from './probes/network.ts';
import type { Probe } from './probes/probe.ts';

const PROBES = [...ENGINE_PROBES, ...DEVICES_PROBES, ...NETWORK_PROBES];
const SECONDS = 5;

let echo: Server;
let port: number;

before(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('hello');
    socket.on('data', (bytes) => (String(bytes) === 'bye' ? socket.end() : socket.write(bytes)));
  });
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done));
  ({ port } = echo.address() as AddressInfo);
});
after(() => void echo.close());

void describe('on the simulated board', () => {
  for (const probe of PROBES) {
    test(probe.name, async () => {
      const board = new SimulatedBoard({
        program: probe.program,
        clock: 'virtual',
        dial: (_host, dialled) => (dialled === 7 ? { port } : null),
        accessPoint: { ssid: 'x', password: probe.wifi === 'badauth' ? 'another one' : '12345678' },
      });
      board.faults.dns = probe.dns ?? 'ok';
      if (probe.tmp117) board.i2c.attach(0, 0x48, new Tmp117(board.environment));
      try {
        await board.runUntil('DONE', { limitSeconds: (probe.seconds ?? SECONDS) + SECONDS });
      } finally {
        board.close();
      }
      assert.deepEqual(printed(board.serial.split('\n')), probe.printed);
      assert.deepEqual(board.violations, []);
    });
  }
});

void describe('on the real image', { skip: rigMissing() ?? false }, () => {
  for (const probe of PROBES) {
    test(probe.name, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'probe-'));
      const program = join(folder, 'program.js');
      writeFileSync(program, probe.program);
      try {
        const { lines } = await runOnRig({
          program,
          until: 'DONE',
          seconds: probe.seconds ?? SECONDS,
          ports: { 7: port },
          flags: flags(probe),
        });
        assert.deepEqual(printed(lines.map(({ text }) => text)), probe.printed);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

function flags({ wifi, dns, tmp117 }: Probe): string[] {
  return [
    ...(wifi === undefined ? [] : ['--wifi', wifi]),
    ...(dns === undefined ? [] : ['--dns', dns]),
    ...(tmp117 === true ? ['--i2c', '0:0x48:0=0ac0,15=0117'] : []),
  ];
}

/** Without the trailing spaces of BigInts, which print nothing, and the lines of the engine's stack traces. */
function printed(lines: string[]): string[] {
  const end = lines.indexOf('DONE');
  return (end < 0 ? lines : lines.slice(0, end)).map((line) => line.trimEnd()).filter((line) => !/^ {2}at /.test(line));
}
