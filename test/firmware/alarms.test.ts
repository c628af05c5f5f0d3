import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlarms, type Alarms } from '../../firmware/alarms.ts';
import type { AlarmSettings } from '../../firmware/settings.ts';
import { alarmsOf } from '../../scripts/config/alarms.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import example from '../../board/config.example.json' with { type: 'json' };
import { keptLog, MemoryFiles } from './fakes.ts';

const NAMES = ['fridge', 'freezer'];
const START = Date.UTC(2026, 10, 30, 8);

function settingsOf(alarms: object[]): AlarmSettings[] {
  const sensors = [
    { name: 'fridge', type: 'tmp117' },
    { name: 'freezer', type: 'sht4x' },
  ];
  return alarmsOf(checkBoardConfig({ ...example, sensor: undefined, sensors, alarms }, 'f'));
}

interface SetUp {
  alarms: Alarms;
  lines: string[];
  /** Takes and acknowledges all events that are due. @returns what was published */
  drain: () => Record<string, unknown>[];
}

function setUp(
  alarms: object[],
  files = new MemoryFiles(),
  timeAt = (moment: number): number | null => START + moment,
): SetUp {
  const { log, lines } = keptLog();
  const created = createAlarms({ settings: settingsOf(alarms), names: NAMES, device: 'k', files, log, timeAt });
  const drain = (): Record<string, unknown>[] => {
    const sent: Record<string, unknown>[] = [];
    for (let next = created.next(); next !== null; next = created.next()) {
      sent.push(JSON.parse(next.payload) as Record<string, unknown>);
      created.acknowledged();
    }
    return sent;
  };
  return { alarms: created, lines, drain };
}

const FREEZER = { sensor: 'freezer', above: -12, forSeconds: 1200 };

test('an alarm is raised when readings stay beyond the limit for long enough, and cleared beyond the hysteresis', () => {
  const { alarms, drain, lines } = setUp([{ ...FREEZER, hysteresis: 1 }]);
  const measure = (minute: number, celsius: number): void => alarms.measured(1, celsius, minute * 60_000);
  measure(0, -18);
  measure(1, -11);
  measure(20, -11);
  alarms.measured(0, 5, 21 * 60_000);
  assert.deepEqual(drain(), [], 'not yet, and another sensor does not count');
  measure(21, -10.5);
  assert.deepEqual(drain(), [
    {
      device: 'k',
      alarm: 'freezer above -12',
      sensor: 'freezer',
      condition: 'above',
      limit: -12,
      state: 'raised',
      celsius: -10.5,
      time: '2026-11-30T08:21:00Z',
      uptime_s: 1260,
      active: ['freezer above -12'],
    },
  ]);
  measure(22, -12.5);
  measure(23, -9);
  assert.deepEqual(drain(), [], 'within the hysteresis nothing changes');
  measure(24, -13);
  const [{ state, celsius, active }] = drain();
  assert.deepEqual([state, celsius, active], ['cleared', -13, []]);
  assert.deepEqual(lines, [
    'WARN sensor alarm freezer above -12 raised by -10.5 C',
    'WARN sensor alarm freezer above -12 cleared by -13 C',
  ]);
});

test('a reading within the limit restarts the time after which an alarm is raised', () => {
  const { alarms, drain } = setUp([FREEZER]);
  for (let minute = 0; minute < 60; minute++) alarms.measured(1, minute % 15 === 14 ? -12 : -5, minute * 60_000);
  assert.deepEqual(drain(), []);
});

test('an alarm is raised for readings below a limit, and for a sensor that has fallen silent', () => {
  const { alarms, drain } = setUp([
    { sensor: 'fridge', below: 1 },
    { sensor: 'fridge', silentForSeconds: 300 },
  ]);
  alarms.measured(0, 1, 0);
  assert.deepEqual(drain(), []);
  alarms.measured(0, 0.5, 10_000);
  alarms.tick(309_000);
  assert.deepEqual(
    drain().map(({ alarm, state }) => [alarm, state]),
    [['fridge below 1', 'raised']],
  );
  alarms.tick(310_000);
  alarms.tick(400_000);
  const [silent] = drain();
  assert.deepEqual([silent.alarm, silent.state, silent.celsius], ['fridge silent 300', 'raised', null]);
  assert.deepEqual(silent.active, ['fridge below 1', 'fridge silent 300']);
  alarms.measured(0, 4, 500_000);
  assert.deepEqual(
    drain().map(({ alarm, state }) => [alarm, state]),
    [
      ['fridge below 1', 'cleared'],
      ['fridge silent 300', 'cleared'],
    ],
  );
});

test('alarms survive outages and power cuts in their order, and are sent again until the broker acknowledges them', () => {
  const files = new MemoryFiles();
  const now = [{ sensor: 'freezer', above: -12 }];
  const first = setUp(now, files);
  first.alarms.measured(1, -5, 0);
  first.alarms.measured(1, -20, 60_000);
  assert.equal(first.alarms.next()?.dup, false);
  assert.equal(first.alarms.next(), null, 'one is on its way');
  first.alarms.connectionLost();
  assert.equal(first.alarms.next()?.dup, true);
  assert.equal(first.alarms.isAwaiting(), true);
  assert.equal(first.alarms.acknowledged(), 'freezer above -12');
  first.alarms.measured(1, -4, 120_000);

  const second = setUp(now, files);
  second.alarms.measured(1, -4, 0);
  assert.deepEqual(
    second.drain().map(({ state, time }) => [state, time]),
    [
      ['cleared', '2026-11-30T08:01:00Z'],
      ['raised', '2026-11-30T08:02:00Z'],
    ],
    'still raised, and not raised again',
  );
  second.alarms.measured(1, -20, 60_000);
  assert.equal(setUp(now, files).drain().length, 1);
});

test('an alarm of a time that was not known gets its time later within the same boot', () => {
  const files = new MemoryFiles();
  let known = false;
  const timeAt = (moment: number): number | null => (known ? START + moment : null);
  const first = setUp([{ sensor: 'freezer', above: -12 }], files, timeAt);
  first.alarms.measured(1, -5, 30_000);
  known = true;
  const second = setUp([{ sensor: 'freezer', above: -12 }], files, timeAt);
  assert.equal(second.drain()[0].time, null);
  assert.equal(first.drain()[0].time, '2026-11-30T08:00:30Z');
});

test('an alarm that the config no longer has is cleared', () => {
  const files = new MemoryFiles();
  const first = setUp([{ sensor: 'freezer', above: -12 }], files);
  first.alarms.measured(1, -5, 0);
  const second = setUp([{ sensor: 'freezer', above: -10 }], files);
  assert.deepEqual(
    second.drain().map(({ alarm, state, active }) => [alarm, state, active]),
    [
      ['freezer above -12', 'raised', ['freezer above -12']],
      ['freezer above -12', 'cleared', []],
    ],
  );
});

test('the oldest alarms are dropped if there are too many, and an unreadable file counts as none', () => {
  const files = new MemoryFiles();
  const { alarms, drain } = setUp([{ sensor: 'freezer', above: -12 }], files);
  for (let i = 0; i < 50; i++) alarms.measured(1, i % 2 === 0 ? -5 : -20, i * 1000);
  const sent = drain();
  assert.equal(sent.length, 16);
  assert.deepEqual(sent.at(-1)?.active, []);
  files.write('/alarms', new TextEncoder().encode('{"raised":["x"'));
  assert.deepEqual(setUp([{ sensor: 'freezer', above: -12 }], files).drain(), []);
});
