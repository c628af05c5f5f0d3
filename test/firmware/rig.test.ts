/**
 * The flashed program on the real engine, Kaluma's own image on an emulated RP2040, through the faults that its network
 * can make: from boot to acknowledged readings, and back to them by itself each time.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rigMissing, runOnRig } from '../../scripts/lib/rig.ts';
import { Kitchen } from './kitchen.ts';

/** Of the JavaScript heap, bytes. */
const HEAP = 184_312;

test('real engine: reset, lost Wi-Fi, black hole, power cut', { skip: rigMissing() ?? false }, async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 5 });
  try {
    const program = join(kitchen.folder, 'rig.js');
    writeFileSync(program, kitchen.program);
    const { lines, code, log } = await runOnRig({
      program,
      seconds: 130,
      ports: { [kitchen.endpoint.port]: kitchen.endpoint.port },
      flags: '--reset-tcp-at 15 --drop-wifi-at 27 --reset-tcp-at 40 --blackhole-at 52 --power-cycle-at 95'.split(' '),
    });
    assert.equal(code, 2, log);
    const text = lines.map((line) => line.text);
    const seqs = (pattern: RegExp): number[] => text.flatMap((line) => pattern.exec(line)?.[1] ?? []).map(Number);
    const acknowledged = seqs(/ reading (\d+) acknowledged$/);
    const taken = seqs(/ sensor reading (\d+): /);
    const received = new Set(kitchen.readings.map(({ seq }) => seq));
    // The last may be on its way when time is up.
    const settled = taken.filter((seq) => seq <= Math.max(...acknowledged));
    assert.ok(settled.length >= 15, text.join('\n'));
    assert.deepEqual(
      settled.filter((seq) => !received.has(seq)),
      [],
    );
    const handshakes = text.filter((line) => line.includes(' tls handshake complete in '));
    assert.ok(handshakes.length >= 6, text.join('\n'));
    const peaks = handshakes.map((line) => Number(/heap peak (\d+) B/.exec(line)?.[1]));
    assert.ok(peaks.every((peak) => peak > 0 && peak < HEAP));
    assert.ok(
      text.every((line) => line === '' || /^\d+\.\d (INFO|WARN|ERROR) \w+ /.test(line)),
      text.join('\n'),
    );
  } finally {
    await kitchen.close();
  }
});

test(
  'real engine: no access point; the watchdog is fed while Kaluma looks for it',
  { skip: rigMissing() ?? false },
  async () => {
    const kitchen = await Kitchen.open({ intervalSeconds: 5 });
    try {
      const program = join(kitchen.folder, 'rig.js');
      writeFileSync(program, kitchen.program);
      const { lines, log } = await runOnRig({ program, seconds: 160, flags: ['--wifi', 'nonet'] });
      // Armed after 30 s; each attempt from then on blocks four times as long as it waits.
      assert.ok(lines.filter(({ text }) => text.includes(' WARN wifi cannot join ')).length >= 4);
      assert.doesNotMatch(log, /\[reset\] watchdog/);
    } finally {
      await kitchen.close();
    }
  },
);
