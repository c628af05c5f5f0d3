import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShadow, type ShadowState } from '../../firmware/shadow.ts';
import type { Reading } from '../../firmware/reading.ts';
import { keptLog } from './fakes.ts';
import { Kitchen } from './kitchen.ts';

const READING: Reading = { celsius: 4.5, seq: 7, uptime: 61, time: Date.UTC(2026, 10, 30) };
const UPDATE = '$aws/things/kitchen-1/shadow/update';

function setUp() {
  let interval = 60;
  const { log, lines } = keptLog();
  const state: ShadowState = { reportedAt: -Infinity, interval, invalid: null };
  const set: number[] = [];
  const connect = () => createShadow({ state, firmware: '1.2.3', log, interval: () => interval, alarms: () => ['a'] });
  let shadow = connect();
  const setInterval = (seconds: unknown): string | undefined => {
    if (typeof seconds !== 'number') return 'a number';
    set.push((interval = seconds));
    return undefined;
  };
  return {
    lines,
    set,
    reconnect: () => void (shadow = connect()),
    command: (seconds: number) => {
      interval = seconds;
      shadow.changed();
    },
    sent: (reading: Reading, sensor?: string | null) => shadow.sent(reading, sensor),
    wish: (wishes: unknown) => shadow.take({ version: 1, state: wishes }, setInterval),
    garbage: () => shadow.take({}, setInterval),
    report: (now: number) => {
      const report = shadow.report(now);
      return report === null ? null : (JSON.parse(report) as { state: Record<string, Record<string, unknown>> }).state;
    },
  };
}

test('the board reports to the shadow at once, and then, once a minute at most, what is new', () => {
  const { report, sent, reconnect } = setUp();
  assert.deepEqual(report(5000), {
    reported: { firmware: '1.2.3', intervalSeconds: 60, alarms: ['a'], readings: {}, invalid: null },
  });
  sent(READING, 'fridge');
  sent({ ...READING, celsius: 4, seq: 8, time: null, humidity: 40 }, 'fridge');
  sent({ ...READING, seq: 9 }, 'room');
  sent(READING, null);
  assert.equal(report(64_999), null);
  reconnect();
  sent({ ...READING, celsius: 4, seq: 8, time: null, humidity: 40 }, 'fridge');
  assert.equal(report(64_999), null, 'another connection does not begin a minute');
  assert.deepEqual(report(65_000)?.['reported']?.['readings'], {
    fridge: { celsius: 4, humidity_percent: 40, time: null, seq: 8 },
  });
  assert.equal(report(200_000), null, 'nothing is new');
});

test('a sensor without a name is reported to the shadow as `sensor`', () => {
  const { report, sent } = setUp();
  sent(READING);
  assert.deepEqual(report(0)?.['reported']?.['readings'], {
    sensor: { celsius: 4.5, time: '2026-11-30T00:00:00Z', seq: 7 },
  });
});

test('the board takes the interval that the shadow wishes, once', () => {
  const { report, wish, set, lines } = setUp();
  report(0);
  wish({ intervalSeconds: 30 });
  wish({ intervalSeconds: 30 });
  assert.deepEqual(set, [30]);
  assert.deepEqual(report(60_000)?.['reported']?.['intervalSeconds'], 30);
  assert.deepEqual(lines, ['INFO mqtt shadow wishes: interval 30 s']);
});

test('the board reports that a wish is invalid as long as it is wished', () => {
  const { report, wish, garbage, set, sent, lines } = setUp();
  report(0);
  wish({ intervalSeconds: '30' });
  assert.equal(report(60_000)?.['reported']?.['invalid'], 'intervalSeconds: expected a number');
  wish({ intervalSeconds: '30' });
  assert.equal(report(120_000), null, 'it was said');
  sent(READING);
  assert.equal(report(120_000)?.['reported']?.['invalid'], 'intervalSeconds: expected a number');
  wish({ ['colour'.repeat(20)]: 1 });
  assert.match(String(report(180_000)?.['reported']?.['invalid']), /^(colour){5}co: expected only intervalSeconds$/);
  garbage();
  assert.match(String(report(240_000)?.['reported']?.['invalid']), /^too much at once/);
  sent(READING);
  assert.equal(report(300_000)?.['reported']?.['invalid'], null, 'the shadow repeated nothing');
  assert.deepEqual(set, []);
  assert.equal(lines.length, 3);
});

test("a command that sets the interval withdraws the shadow's wish, also over connections", () => {
  const { report, wish, set, command, reconnect } = setUp();
  report(0);
  wish({ intervalSeconds: 30 });
  assert.equal(report(60_000)?.['desired'], undefined);
  command(20);
  wish({ intervalSeconds: 30 });
  reconnect();
  wish({ intervalSeconds: 30 });
  const state = report(120_000);
  assert.deepEqual([state?.['desired'], state?.['reported']?.['intervalSeconds']], [{ intervalSeconds: null }, 20]);
  assert.deepEqual(set, [30]);
  command(10);
  assert.deepEqual(report(180_000)?.['desired'], { intervalSeconds: null });
});

test('the flashed program reports to the shadow, and does what is desired there', async () => {
  const kitchen = await Kitchen.open({
    intervalSeconds: 20,
    alarms: [{ above: 20 }],
    configure: ({ telemetry }) => (telemetry.shadow = true),
  });
  try {
    const { board, endpoint, messages } = kitchen;
    const reports = (): { at: number; state: Record<string, Record<string, unknown>> }[] =>
      messages.flatMap(({ topic, payload }, at) =>
        topic === UPDATE
          ? [{ at, ...(JSON.parse(payload) as { state: Record<string, Record<string, unknown>> }) }]
          : [],
      );
    const desire = (intervalSeconds: unknown): void =>
      endpoint.publish(UPDATE, JSON.stringify({ state: { desired: { intervalSeconds } } }));
    desire(5);
    await board.runUntil(/shadow wishes: interval 5 s/, { limitSeconds: 60 });
    const [first] = reports();
    const { firmware, intervalSeconds, readings } = first?.state['reported'] ?? {};
    assert.deepEqual([firmware, intervalSeconds], ['1.2.3', 20]);
    assert.equal((readings as { sensor: { celsius: number } }).sensor.celsius, kitchen.readings[0]?.celsius);
    await board.runUntil(() => reports().length === 2, { limitSeconds: 70 });
    const second = reports()[1]?.state['reported'];
    assert.deepEqual([second?.['intervalSeconds'], second?.['alarms']], [5, ['above 20']]);
    desire(0);
    await board.runUntil(/shadow wishes: intervalSeconds: expected a whole number/, { limitSeconds: 10 });
    await board.runUntil(() => reports().length === 3, { limitSeconds: 70 });
    assert.match(
      String(reports()[2]?.state['reported']?.['invalid']),
      /^intervalSeconds: expected a whole number from 1/,
    );
    endpoint.publish('kitchen/kitchen-1/command', '{"command":"interval","seconds":15}');
    await board.runUntil(() => reports().length === 4, { limitSeconds: 70 });
    assert.deepEqual(reports()[3]?.state['desired'], { intervalSeconds: null });
    assert.equal(reports()[3]?.state['reported']?.['intervalSeconds'], 15);
    assert.deepEqual([board.violations, board.exceptions, kitchen.refusals], [[], [], []]);
  } finally {
    await kitchen.close();
  }
});
