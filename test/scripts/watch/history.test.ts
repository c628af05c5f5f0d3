import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Boards } from '../../../scripts/watch/watchedBoards.ts';
import { History } from '../../../scripts/watch/history.ts';
import { HistoryLine } from '../../../scripts/watch/historyLine.ts';
import type { ReadingMessage } from '../../../scripts/watch/messages.ts';
import { pageCurve } from '../../../scripts/page/pageBoards.ts';

const root = mkdtempSync(join(tmpdir(), 'history-'));
after(() => rmSync(root, { recursive: true }));

const NOW = Date.UTC(2026, 10, 30, 8, 0, 0);
const MINUTE = 60_000;
const DAY = 86_400_000;

function reading(time: number | null, extra: Partial<ReadingMessage> = {}): ReadingMessage {
  return { device: 'kitchen-1', sensor: '', celsius: 21.5, time, seq: 7, uptime_s: 1, ...extra };
}

test('appended readings are there after a restart, in a file a day, readable by the owner only', () => {
  const folder = join(root, 'new', 'history');
  const history = new History(folder);
  history.append('kitchen-1', reading(NOW - DAY, { humidity: 45.5 }), NOW - DAY);
  history.append('kitchen-1', reading(NOW - MINUTE), NOW - MINUTE);
  // The board kept the reading through an outage: it stands in the place where it arrived.
  history.append('kitchen:2', reading(NOW - 2 * DAY, { sensor: 'fridge', pressure: 1013.2 }), NOW);
  history.append('kitchen-1', reading(null), NOW);
  history.close();
  assert.equal(
    readFileSync(join(folder, '2026-11-30.csv'), 'utf8'),
    [
      'time,board,sensor,celsius,humidity_percent,pressure_hpa,seq,received',
      '2026-11-30T07:59:00Z,kitchen-1,,21.5,,,7,2026-11-30T07:59:00Z',
      '2026-11-28T08:00:00Z,kitchen:2,fridge,21.5,,1013.2,7,2026-11-30T08:00:00Z',
      ',kitchen-1,,21.5,,,7,2026-11-30T08:00:00Z',
      '',
    ].join('\n'),
  );
  if (process.platform !== 'win32') assert.equal(statSync(join(folder, '2026-11-30.csv')).mode & 0o777, 0o600);

  const boards = new Boards(60);
  assert.equal(new History(folder).load(boards, NOW), 3);
  const curve = (name: string): unknown =>
    pageCurve(boards, name, 'week', NOW)?.sensors.map(({ name: sensor, celsius, humidity, pressure }) => [
      sensor,
      celsius[0],
      humidity?.[1],
      pressure?.[1],
    ]);
  assert.deepEqual(curve('kitchen-1'), [['', [(NOW - DAY) / 1000, (NOW - MINUTE) / 1000], [45.5], undefined]]);
  assert.deepEqual(curve('kitchen:2'), [['fridge', [(NOW - 2 * DAY) / 1000], undefined, [1013.2]]]);
  assert.equal(boards.all.get('kitchen-1')?.sensors.get('')?.last.time, NOW - MINUTE);
});

test('a board is late by the interval of its readings in the history, not by that of the config', () => {
  const folder = join(root, 'interval');
  const history = new History(folder);
  for (const minutes of [50, 40, 30, 20, 10]) {
    const time = NOW - minutes * MINUTE;
    history.append('kitchen-1', reading(time), time);
    // A sensor that the board no longer has.
    history.append('kitchen-1', reading(time - 5 * DAY + minutes, { sensor: 'old' }), time);
  }
  history.append('kitchen-2', reading(NOW - MINUTE), NOW);
  history.close();
  const boards = new Boards(60);
  new History(folder).load(boards, NOW);
  assert.equal(boards.all.get('kitchen-1')?.interval, 600);
  assert.equal(boards.all.get('kitchen-2')?.interval, 60);
});

test('lines that a power cut or a person spoilt are left out, and the next one begins anew', () => {
  const folder = join(root, 'spoilt');
  const first = new History(folder);
  first.append('kitchen-1', reading(NOW - 3 * MINUTE), NOW);
  first.close();
  const file = join(folder, '2026-11-30.csv');
  appendFileSync(
    file,
    `\u0000\u0000\nno,line\n${'x'.repeat(100_000)}\n2026-11-30T07:58:00Z,kitchen-1,,warm,,,1,x\n2026-11-3`,
  );
  writeFileSync(join(folder, 'notes.txt'), '2026-11-30T07:58:00Z,kitchen-1,,21.5,,,1,x\n');
  const second = new History(folder);
  second.append('kitchen-1', reading(NOW - 2 * MINUTE), NOW);
  second.append('kitchen-1', reading(NOW - 2 * MINUTE), NOW);
  second.close();
  const boards = new Boards(60);
  new History(folder).load(boards, NOW);
  assert.equal(boards.all.size, 1);
  assert.equal(boards.all.get('kitchen-1')?.sensors.get('')?.series.length, 2);
});

test('a line is read from its bytes, and a line that is not ours is ignored', () => {
  const line = new HistoryLine();
  const read = (text: string): boolean => line.read(Buffer.from(`xx${text}\n`), 2, 2 + Buffer.byteLength(text));
  assert.ok(read('2026-11-30T07:59:03Z,kitchen:2,fridge,-18.25,45.5,1013,4294967295,2026-11-30T08:00:00Z'));
  assert.deepEqual(
    [line.time, line.board, line.sensor, line.celsius, line.humidity, line.pressure, line.seq],
    [Date.UTC(2026, 10, 30, 7, 59, 3), 'kitchen:2', 'fridge', -18.25, 45.5, 1013, 4_294_967_295],
  );
  assert.ok(read('2026-11-30T07:59:04Z,kitchen-1,,0.07,,,1,'));
  assert.deepEqual(
    [line.board, line.sensor, line.celsius, line.humidity, line.pressure],
    ['kitchen-1', '', 0.07, undefined, undefined],
  );
  for (let hundredths = -8500; hundredths <= 18_000; hundredths += 7) {
    read(`2026-11-30T07:59:04Z,k,,${hundredths / 100},,,1,`);
    assert.equal(line.celsius, hundredths / 100);
  }
  // Names whose bytes have one hash.
  for (const name of ['Aa', 'BB', 'Aa', '']) {
    assert.equal(read(`2026-11-30T07:59:04Z,k,${name},1,,,1,`), true);
    assert.equal(line.sensor, name);
  }
  for (const text of [
    '',
    'time,board,sensor,celsius,humidity_percent,pressure_hpa,seq,received',
    ',kitchen-1,,21.5,,,7,2026-11-30T08:00:00Z',
    '2026-11-30T07:59:0xZ,k,,1,,,1,',
    '2026-11-30,k,,1,,,1,',
    '2026-11-30T07:59:04Z,,,1,,,1,',
    '2026-11-30T07:59:04Z,k,,,,,1,',
    '2026-11-30T07:59:04Z,k,,1,,,,',
    '2026-11-30T07:59:04Z,k,,1e5,,,1,',
    '2026-11-30T07:59:04Z,k,,1.2.3,,,1,',
    '2026-11-30T07:59:04Z,k,,-,,,1,',
    '2026-11-30T07:59:04Z,k,,1,x,,1,',
    '2026-11-30T07:59:04Z,k,,1,,,12345678901234567890,',
    '2026-11-30T07:59:04Z,k,,1,,,1',
    '2026-11-30T07:59:04Z,k,,1,,,1,,',
  ]) {
    assert.equal(read(text), false, text);
  }
});

test('only the last week is read', () => {
  const folder = join(root, 'old');
  const history = new History(folder);
  for (const days of [9, 8, 6.9, 0]) history.append('kitchen-1', reading(NOW - days * DAY), NOW - days * DAY);
  history.close();
  assert.equal(new History(folder).load(new Boards(60), NOW), 2);
});

test('a folder that cannot be used gives an error of one line', () => {
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => new History(join(root, 'file')), { name: 'UserError', message: /^--history .*file: / });
});
