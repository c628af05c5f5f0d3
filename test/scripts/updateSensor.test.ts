/** The order in which a simulated board gets another sensor and an alarm through the air, as docs/UPDATE.md gives it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { alarmsOf } from '../../scripts/config/alarms.ts';
import { sensorsOf } from '../../scripts/config/sensors.ts';
import { buildImage, type SensorType } from '../../scripts/image/program.ts';
import { sensorSettings } from '../../scripts/image/sensors.ts';
import type { Update } from '../../scripts/update/file.ts';
import { plugIn } from '../firmware/plugIn.ts';
import { offerTo, openUpdatable, signedProgram, signedSettings } from '../firmware/updates.ts';

test('a program with the code of both sensors, then settings, then the program without the old one', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 30 });
  try {
    await kitchen.acknowledged(1);
    const { board, config } = kitchen;
    const next = checkBoardConfig({ ...config, sensor: { type: 'tmp117' }, alarms: [{ above: 60 }] }, 'f');
    plugIn(board, sensorsOf(next));
    let later = 0;
    const program = async (version: string, sensors: SensorType[]): Promise<Update> => {
      const { text } = await buildImage({ sensors, extras: ['alarms'], version, now: Date.now() + ++later * 60_000 });
      return signedProgram(text, { version, sensors: [...sensors, 'alarms'] });
    };
    const settings = (): Update =>
      signedSettings(
        kitchen,
        (changed) => {
          changed.sensors = sensorsOf(next).map(({ name, sensor }) => sensorSettings(sensor, name));
          changed.alarms = alarmsOf(next);
        },
        { sensors: ['tmp117', 'alarms'] },
      );
    const outcome = async (update: Update): Promise<string> => {
      const { state, detail } = await offerTo(kitchen, update).finish(300);
      return `${state}: ${detail}`;
    };
    const alone = await program('1.4.0', ['tmp117']);
    assert.equal(await outcome(alone), 'failed: no code for rp2040 in it');
    assert.equal(await outcome(settings()), 'failed: needs code for tmp117: update the program first');
    assert.equal(await outcome(await program('1.3.0', ['rp2040', 'tmp117'])), 'done: runs 1.3.0 from slot 1');
    assert.match(await outcome(settings()), /^done: runs 1\.3\.0 from slot \d$/);
    assert.match(await outcome(alone), /^done: runs 1\.4\.0 from slot \d$/);
    await kitchen.acknowledged(2, 90);
    assert.match(board.serial.slice(-3000), /TMP117/);
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});
