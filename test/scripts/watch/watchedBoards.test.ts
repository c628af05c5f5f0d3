import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Boards, type BoardEvent } from '../../../scripts/watch/watchedBoards.ts';
import { eventJson, eventLine } from '../../../scripts/watch/lines.ts';
import { watchedTopics } from '../../../scripts/watch/topics.ts';

const NOW = Date.UTC(2026, 10, 30, 8, 0, 0);
const topics = watchedTopics({
  telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
});

interface Watched {
  boards: Boards;
  events: BoardEvent[];
  publish: (topic: string, message: object | string, now?: number) => void;
}

function watch(): Watched {
  const boards = new Boards(60);
  const events: BoardEvent[] = [];
  boards.on('event', (event) => events.push(event));
  return {
    boards,
    events,
    publish(topic, message, now = NOW) {
      const found = topics.match(topic);
      assert.ok(found !== null, topic);
      const payload = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
      boards.take(found.use, found.board, topic, payload, now);
    },
  };
}

const reading = (seq: number, extra: object = {}): object => ({
  device: 'kitchen-1',
  celsius: 21.5,
  time: new Date(NOW - 60_000 * (100 - seq)).toISOString(),
  seq,
  uptime_s: seq,
  ...extra,
});
const health = {
  device: 'kitchen-1',
  firmware: '0.1.0',
  uptime_s: 90_000,
  heap_free: 50_000,
  heap_free_low: 30_000,
  reconnects: 1,
  queued: 2,
  dropped: 3,
  last_reset: 'power',
};

void describe('the topics of all boards', () => {
  test('stand beside the readings where the topic names the thing', () => {
    assert.deepEqual(topics.filters, [
      'kitchen/+/temperature',
      'kitchen/+/status',
      'kitchen/+/health',
      'kitchen/+/reply',
      'kitchen/+/alarm',
    ]);
    assert.equal(topics.commandFilter, 'kitchen/+/command');
    assert.equal(topics.command('kitchen-2'), 'kitchen/kitchen-2/command');
    assert.deepEqual(topics.match('kitchen/kitchen-2/temperature'), { use: 'telemetry', board: 'kitchen-2' });
    assert.deepEqual(topics.match('kitchen/kitchen-2/health'), { use: 'health', board: 'kitchen-2' });
    assert.equal(topics.match('kitchen/kitchen-2/command'), null);
    assert.equal(topics.match('kitchen/a/b/temperature'), null);
    const telemetry = { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60, shadow: true };
    assert.deepEqual(watchedTopics({ telemetry }).filters, topics.filters, 'no shadow of others');
  });

  test('are found where it does not, stands in a part of a level, or twice', () => {
    const of = (topic: string): ReturnType<typeof watchedTopics> =>
      watchedTopics({ telemetry: { topic, intervalSeconds: 60 } });
    const shared = of('kitchen/temperature');
    assert.deepEqual(shared.filters.slice(0, 2), ['kitchen/temperature', '+/status']);
    assert.deepEqual(shared.match('kitchen/temperature'), { use: 'telemetry', board: null });
    assert.deepEqual(shared.match('kitchen-1/status'), { use: 'status', board: 'kitchen-1' });
    const part = of('kitchen/board-{thing}.x/temperature');
    assert.equal(part.filters[0], 'kitchen/+/temperature');
    assert.deepEqual(part.match('kitchen/board-7.x/temperature'), { use: 'telemetry', board: '7' });
    assert.equal(part.match('kitchen/board-7-x/temperature'), null);
    const sensors = of('kitchen/{thing}/{sensor}/temperature');
    assert.equal(sensors.filters[0], 'kitchen/+/+/temperature');
    assert.deepEqual(sensors.match('kitchen/a/fridge/temperature'), { use: 'telemetry', board: 'a' });
    assert.deepEqual(sensors.match('kitchen/a/status'), { use: 'status', board: 'a' });
    const twice = of('{thing}/{thing}/t');
    assert.deepEqual(twice.match('a/a/t'), { use: 'telemetry', board: 'a' });
    assert.equal(twice.match('a/b/t'), null);
  });
});

void describe('the list of boards', () => {
  test('keeps readings, also repeated and late ones, and those without a time', () => {
    const { boards, events, publish } = watch();
    publish('kitchen/kitchen-1/temperature', reading(98));
    publish('kitchen/kitchen-1/temperature', reading(99, { celsius: 22, humidity_percent: 45.5 }));
    publish('kitchen/kitchen-1/temperature', reading(98));
    publish('kitchen/kitchen-1/temperature', reading(50, { celsius: 5 }));
    publish('kitchen/kitchen-1/temperature', reading(51, { celsius: 6, time: null }));
    assert.deepEqual(
      events.map((event) => event.type === 'reading' && [event.reading.seq, event.again]),
      [
        [98, false],
        [99, false],
        [98, true],
        [50, false],
        [51, false],
      ],
    );
    const sensor = boards.all.get('kitchen-1')?.sensors.get('');
    assert.deepEqual([sensor?.last.celsius, sensor?.last.humidity, sensor?.series.length], [22, 45.5, 3]);
  });

  test("takes a reading's board from the topic, or from the reading if the topic has no name", () => {
    const { boards } = watch();
    boards.take('telemetry', 'kitchen-2', '', Buffer.from(JSON.stringify(reading(1))), NOW);
    boards.take('telemetry', null, '', Buffer.from(JSON.stringify(reading(1, { device: 'kitchen-3' }))), NOW);
    assert.deepEqual([...boards.all.keys()], ['kitchen-2', 'kitchen-3']);
  });

  test('keeps a series for each of several sensors', () => {
    const { boards, publish } = watch();
    for (const sensor of ['fridge', 'freezer', null]) {
      publish('kitchen/kitchen-1/temperature', reading(99, { sensor }));
    }
    assert.deepEqual([...(boards.all.get('kitchen-1')?.sensors.keys() ?? [])], ['fridge', 'freezer', 'former']);
  });

  test("puts no reading into the future because of a board's fast clock", () => {
    const { boards, publish } = watch();
    publish('kitchen/kitchen-1/temperature', reading(1, { time: '2030-01-01T00:00:00Z' }));
    assert.equal(boards.all.get('kitchen-1')?.sensors.get('')?.last.time, NOW);
  });

  test('keeps state, health and alarms', () => {
    const { boards, events, publish } = watch();
    publish('kitchen/kitchen-1/status', { state: 'online' });
    publish('kitchen/kitchen-1/status', { state: 'online' });
    publish('kitchen/kitchen-1/status', { state: 'offline' }, NOW + 5000);
    publish('kitchen/kitchen-1/health', health);
    const state = boards.all.get('kitchen-1');
    assert.deepEqual([state?.online, state?.onlineSince, state?.health?.queued], [false, NOW + 5000, 2]);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['state', 'state', 'health'],
    );
  });

  test('raises an alarm, reports it once however often the broker repeats it, and clears it', () => {
    const { boards, events, publish } = watch();
    const alarm = (state: string, ...active: string[]): void =>
      boards.take(
        'alarm',
        'kitchen-1',
        '',
        Buffer.from(JSON.stringify({ device: 'kitchen-1', alarm: 'freezer above -12', state, active })),
        NOW,
      );
    alarm('raised', 'fridge above 8', 'freezer above -12');
    alarm('raised', 'fridge above 8', 'freezer above -12');
    assert.deepEqual(boards.all.get('kitchen-1')?.alarms, ['fridge above 8', 'freezer above -12']);
    alarm('cleared', 'fridge above 8');
    assert.deepEqual(boards.all.get('kitchen-1')?.alarms, ['fridge above 8']);
    assert.deepEqual(
      events.map((event) => eventLine(event, NOW).text),
      ['ALARM: freezer above -12', 'alarm over: freezer above -12'],
    );
    publish('kitchen/kitchen-1/status', { state: 'online' });
    for (const wrong of [{}, { alarm: 'x', state: 'on', active: [] }, { alarm: 'x', state: 'raised', active: [1] }]) {
      boards.take('alarm', 'kitchen-1', '', Buffer.from(JSON.stringify(wrong)), NOW);
    }
    assert.equal(events.filter(({ type }) => type === 'odd').length, 3);
  });

  test('reports messages that no board publishes, and ignores them', () => {
    const { boards, events, publish } = watch();
    publish('kitchen/kitchen-1/temperature', 'no JSON');
    publish('kitchen/kitchen-1/temperature', { celsius: 'warm' });
    publish('kitchen/kitchen-1/temperature', reading(1, { time: 'yesterday' }));
    publish('kitchen/kitchen-1/temperature', { ...reading(1), celsius: null });
    publish('kitchen/kitchen-1/status', { state: 'asleep' });
    publish('kitchen/kitchen-1/health', { ...health, queued: 'many' });
    publish('kitchen/%3Cscript%3E/status', { state: 'online' });
    assert.deepEqual(
      events.map(({ type }) => type),
      Array(7).fill('odd'),
    );
    // The doctor's trial messages, and the empty message that deletes a retained one, are no news.
    publish('kitchen/kitchen-1/temperature', { device: 'kitchen-1', note: 'npm run doctor', time: 'now' });
    publish('kitchen/kitchen-1/status', '');
    assert.equal(events.length, 7);
    assert.equal(boards.all.get('kitchen-1')?.sensors.size, 0);
  });

  test('keeps no more than a limit, whatever strangers send', () => {
    const { boards, events } = watch();
    const status = Buffer.from('{"state":"online"}');
    for (let i = 0; i < 1100; i++) boards.take('status', `board-${i}`, '', status, NOW);
    assert.equal(boards.all.size, 1000);
    for (let i = 0; i < 20; i++) {
      boards.take('telemetry', 'board-1', '', Buffer.from(JSON.stringify(reading(1, { sensor: `s${i}` }))), NOW);
    }
    assert.equal(boards.all.get('board-1')?.sensors.size, 8);
    assert.equal(events.filter(({ type }) => type === 'odd').length, 112);
  });

  test('reports a board without a reading for two intervals as silent, once', () => {
    const { boards, events, publish } = watch();
    publish('kitchen/kitchen-1/temperature', reading(100));
    boards.tick(NOW + 119_000);
    assert.equal(events.length, 1);
    boards.tick(NOW + 121_000);
    boards.tick(NOW + 500_000);
    assert.deepEqual(events.slice(1), [{ type: 'silent', board: 'kitchen-1', since: NOW, interval: 60 }]);
    publish('kitchen/kitchen-1/temperature', reading(109), NOW + 540_000);
    boards.tick(NOW + 541_000);
    boards.tick(NOW + 900_000);
    assert.equal(events.filter(({ type }) => type === 'silent').length, 2);
  });

  test('follows a command: on its way, at the broker, answered, done', () => {
    const { boards, publish } = watch();
    publish('kitchen/kitchen-1/status', { state: 'online' });
    const command = (): unknown => {
      const { wish, outcome, state } = boards.all.get('kitchen-1')?.command ?? {};
      return [wish, outcome, state];
    };
    const sent = JSON.parse(boards.order('kitchen-1', { command: 'read' }, 'a reading now', NOW)) as { id: string };
    assert.deepEqual(sent, { command: 'read', id: 'watch-1' });
    assert.deepEqual(command(), ['a reading now', 'on its way to the broker', 'waiting']);
    boards.orderSent('kitchen-1', null, NOW);
    assert.deepEqual(command(), ['a reading now', 'the broker has it; the board has not answered yet', 'waiting']);
    // Another's answer.
    publish('kitchen/kitchen-1/reply', { command: 'read', id: 'x', ok: true });
    assert.match(String((command() as string[])[2]), /waiting/);
    publish('kitchen/kitchen-1/reply', { command: 'read', id: sent.id, ok: true });
    assert.deepEqual(command(), ['a reading now', 'the board has done it', 'done']);
    publish('kitchen/kitchen-1/temperature', reading(100));
    assert.deepEqual(command(), ['a reading now', 'the board has done it; reading 100 came', 'done']);
    boards.tick(NOW + 60_000);
    assert.equal((command() as string[])[2], 'done');
  });

  test('expects readings at a new interval as soon as the board has taken it', () => {
    const { boards, publish } = watch();
    const at = (seconds: number): void =>
      publish(
        'kitchen/kitchen-1/temperature',
        reading(1, { time: new Date(NOW + seconds * 1000).toISOString() }),
        NOW + seconds * 1000,
      );
    const interval = (): number | undefined => boards.all.get('kitchen-1')?.interval;
    for (let seconds = 0; seconds <= 600; seconds += 60) at(seconds);
    boards.order('kitchen-1', { command: 'interval', seconds: 3600 }, 'a reading every hour', NOW + 610_000);
    publish('kitchen/kitchen-1/reply', { command: 'interval', id: 'watch-1', ok: true }, NOW + 611_000);
    assert.equal(interval(), 3600);
    at(4200);
    at(7800);
    assert.equal(interval(), 3600);
    // Somebody else has changed it since.
    for (let seconds = 7810; seconds <= 7900; seconds += 10) at(seconds);
    assert.equal(interval(), 10);
    boards.order('kitchen-1', { command: 'interval', seconds: 5 }, 'a reading every 5 s', NOW + 7_900_000);
    publish('kitchen/kitchen-1/reply', { command: 'interval', id: 'watch-2', ok: false }, NOW + 7_901_000);
    assert.equal(interval(), 10);
  });

  test('follows a command that is refused, does not get to the broker, or is not answered', () => {
    const { boards, publish } = watch();
    const outcome = (): unknown => [
      boards.all.get('kitchen-1')?.command?.outcome,
      boards.all.get('kitchen-1')?.command?.state,
    ];
    publish('kitchen/kitchen-1/status', { state: 'online' });
    boards.order('kitchen-1', { command: 'interval', seconds: 0 }, 'a reading every 0 s', NOW);
    publish('kitchen/kitchen-1/reply', { command: 'interval', id: 'watch-1', ok: false, error: 'expected "seconds"' });
    assert.deepEqual(outcome(), ['the board refuses: expected "seconds"', 'failed']);
    boards.order('kitchen-1', { command: 'read' }, 'a reading now', NOW);
    boards.orderSent('kitchen-1', 'the broker is not connected', NOW);
    assert.deepEqual(outcome(), ['the broker is not connected', 'failed']);
    boards.order('kitchen-1', { command: 'read' }, 'a reading now', NOW);
    boards.orderSent('kitchen-1', null, NOW);
    boards.tick(NOW + 15_000);
    assert.deepEqual(outcome(), ['no answer for 15 s', 'failed']);
    publish('kitchen/kitchen-1/status', { state: 'offline' });
    boards.order('kitchen-1', { command: 'read' }, 'a reading now', NOW);
    boards.tick(NOW + 15_000);
    assert.deepEqual(outcome(), ['the board is offline', 'failed']);
  });
});

void describe('the lines of watch', () => {
  test('say what happens in words and as JSON', () => {
    const { boards, events, publish } = watch();
    publish('kitchen/kitchen-1/temperature', reading(100, { sensor: 'fridge', humidity_percent: 45.25 }));
    publish('kitchen/kitchen-1/temperature', reading(40, { time: null }));
    publish('kitchen/kitchen-1/temperature', reading(97));
    publish('kitchen/kitchen-1/status', { state: 'offline' });
    publish('kitchen/kitchen-1/health', health);
    const judged = { slot: 0, update: '0a0b0c0d', state: 'rejected', why: 'Error: no sensor' };
    publish('kitchen/kitchen-1/health', { ...health, ...judged });
    publish('kitchen/kitchen-1/health', { ...health, slot: 1, update: '0a0b0c0e', state: 'trial' });
    publish('kitchen/kitchen-1/status', { state: '\u001b[2J' });
    boards.tick(NOW + 300_000);
    assert.deepEqual(
      events.map((event) => {
        const { who, text } = eventLine(event, event.type === 'silent' ? NOW + 300_000 : NOW);
        return `${who}: ${text}`;
      }),
      [
        'kitchen-1/fridge: 21.50 °C  45.3 %  reading 100',
        'kitchen-1: 21.50 °C  reading 40, taken at a time that the board did not know',
        'kitchen-1: 21.50 °C  reading 97, taken 3 min ago',
        'kitchen-1: offline',
        'kitchen-1: health: firmware 0.1.0, up 25 h, last reset: power, heap free 50000 B (30000 B at the lowest), 1 reconnects, 2 readings queued, 3 dropped',
        'kitchen-1: health: firmware 0.1.0 in slot 0, update 0a0b0c0d rejected (Error: no sensor), up 25 h, last reset: power, heap free 50000 B (30000 B at the lowest), 1 reconnects, 2 readings queued, 3 dropped',
        'kitchen-1: health: firmware 0.1.0 in slot 1, update 0a0b0c0e trial, up 25 h, last reset: power, heap free 50000 B (30000 B at the lowest), 1 reconnects, 2 readings queued, 3 dropped',
        'ignored: kitchen/kitchen-1/status: expected "state": "online" or "offline"',
        'kitchen-1: silent for 5 min; a reading was due every 60 s',
      ],
    );
    assert.deepEqual(JSON.parse(eventJson(events[0], NOW)), {
      at: '2026-11-30T08:00:00.000Z',
      type: 'reading',
      board: 'kitchen-1',
      sensor: 'fridge',
      celsius: 21.5,
      humidity_percent: 45.25,
      time: '2026-11-30T08:00:00.000Z',
      seq: 100,
      uptime_s: 100,
      again: false,
    });
    const { health: told } = JSON.parse(eventJson(events[5], NOW)) as { health: Record<string, unknown> };
    assert.deepEqual([told.slot, told.update, told.state, told.why], [0, '0a0b0c0d', 'rejected', 'Error: no sensor']);
  });
});
