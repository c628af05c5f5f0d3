import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarms } from '../../firmware/alarms.ts';
import type { DeliveredEvent } from '../../firmware/connection.ts';
import { createPublisher, type Experience, type Outlet, type Publisher } from '../../firmware/publisher.ts';
import { openQueue } from '../../firmware/queue.ts';
import { boardTopics } from '../../firmware/topics.ts';
import type { Message } from '../../src/mqtt/index.ts';
import { keptLog, MemoryFiles } from './fakes.ts';

/** Alarms of which one is to be sent, until it is acknowledged. */
function alarmThatWaits(): Alarms {
  let state: 'new' | 'sent' | 'done' = 'new';
  return {
    measured: () => undefined,
    tick: () => undefined,
    next() {
      if (state !== 'new') return null;
      state = 'sent';
      return { payload: '{}', dup: false };
    },
    isAwaiting: () => state === 'sent',
    raised: () => [],
    acknowledged() {
      state = 'done';
      return 'a';
    },
    connectionLost() {
      if (state === 'sent') state = 'new';
    },
  };
}

function setUp({ shadow = false, alarm = false, updating = false } = {}) {
  const { log, lines } = keptLog();
  const queue = openQueue(new MemoryFiles(), log, (moment) => Date.UTC(2026, 0, 1) + moment);
  const sent: Message[] = [];
  const done: string[] = [];
  const outlet: Outlet = {
    publish: (message) => void sent.push(message),
    subscribe: (topic) => void sent.push({ topic: `subscribe ${topic}`, payload: '', qos: 1 }),
  };
  const experience: Experience = { doubts: {}, skipped: 0 };
  const connect = (): Publisher =>
    createPublisher({
      device: 'kitchen-1',
      topics: boardTopics('kitchen/kitchen-1/temperature', 'kitchen-1', {}, { shadow, alarms: alarm }),
      queue,
      names: null,
      alarms: alarm ? alarmThatWaits() : null,
      shadow: shadow
        ? {
            sent: ({ seq }, sensor) => void done.push(`sent ${seq} ${sensor}`),
            changed: () => void done.push('changed'),
            take: (delta, setInterval) => void done.push(`delta ${JSON.stringify(delta)} ${setInterval(0)}`),
            report: (now) => (now % 2000 === 0 && now > 0 ? 'report' : null),
          }
        : null,
      onDelivered: () => undefined,
      health: () => ({
        device: 'kitchen-1',
        firmware: '0.1.0',
        uptime: 61_500,
        heap: { heapTotal: 184_312, heapUsed: 120_000, heapPeak: 140_000 },
        connections: 3,
        queued: queue.length(),
        dropped: queue.journal.dropped,
        skipped: experience.skipped,
        lastReset: 'power',
        update: { slot: 0 },
      }),
      commands: {
        setInterval: (seconds) => void done.push(`interval ${seconds}`),
        measureNow: () => void done.push('read'),
        update: (id) => void done.push(`update ${id}`),
      },
      updates: {
        news: false,
        isActive: () => updating,
        tick: (outlet, now) => void (outlet !== null && done.push(`update at ${now}`)),
        take: () => undefined,
        stop: () => undefined,
      },
      experience,
      log,
    });
  let publisher = connect();
  const start = (): void => void (publisher = connect());
  const stop = (isBroker = true): void => publisher.stop(isBroker);
  const tick = (now: number): void => publisher.tick(outlet, now);
  /**
   * Ticks for so long, answering at once unless told otherwise.
   * @param unanswered messages that get no answer
   * @returns the messages that were sent, and when
   */
  const run = (start: number, end: number, unanswered = /^$/): string[] => {
    const seen: string[] = [];
    for (let now = start; now < end; now += 20) {
      publisher.tick(outlet, now);
      for (const message of sent.splice(0)) {
        seen.push(`${now} ${message.topic.replace('kitchen/kitchen-1/', '')}${message.dup ? ' again' : ''}`);
        if (unanswered.test(message.topic)) continue;
        const { messageId = 9 } = message;
        if (message.topic.startsWith('subscribe')) handle({ type: 'subscribed', messageId, granted: 1 });
        else handle({ type: 'acknowledged', messageId });
      }
    }
    return seen;
  };
  const handle = (event: DeliveredEvent): void => publisher.handle(event, outlet);
  const take = (count: number): void => {
    for (let i = 0; i < count; i++) queue.add({ celsius: 20 }, i * 1000);
  };
  return { start, stop, tick, queue, sent, lines, done, run, handle, take };
}

test('the publisher sends the reading first, then state, subscription and health', () => {
  const { start, run, take } = setUp();
  take(1);
  start();
  assert.deepEqual(run(1000, 2000), ['1000 temperature', '1020 status', '1040 subscribe command', '1060 health']);
});

test('the publisher sends readings with QoS 1 and the state retained', () => {
  const { start, tick, queue, sent, take, handle } = setUp();
  take(1);
  start();
  tick(0);
  assert.deepEqual(sent[0], {
    topic: 'kitchen/kitchen-1/temperature',
    payload: '{"device":"kitchen-1","celsius":20,"time":"2026-01-01T00:00:00Z","seq":1,"uptime_s":0}',
    qos: 1,
    dup: false,
    messageId: 2,
  });
  handle({ type: 'acknowledged', messageId: 2 });
  assert.equal(queue.length(), 0);
  tick(20);
  assert.deepEqual(sent[1], {
    topic: 'kitchen/kitchen-1/status',
    payload: '{"state":"online"}',
    qos: 1,
    retain: true,
    messageId: 65_002,
  });
});

test('the publisher logs each reading that is acknowledged', () => {
  const { start, lines, run, take } = setUp();
  take(2);
  start();
  run(0, 1000);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('INFO mqtt reading')),
    ['INFO mqtt reading 1 acknowledged', 'INFO mqtt reading 2 acknowledged'],
  );
});

test('the publisher drains a backlog at a bounded pace, and sends other messages in between', () => {
  const { start, run, take } = setUp();
  take(100);
  start();
  const seen = run(0, 5000);
  assert.equal(seen.filter((line) => line.endsWith('temperature')).length, 20, '4 a second');
  assert.deepEqual(seen.slice(1, 4), ['20 status', '40 subscribe command', '60 health']);
});

test('the publisher sends other messages in between also when acknowledgements take longer than the pace', () => {
  const { start, run, take, handle } = setUp();
  take(20);
  start();
  const seen: string[] = [];
  for (let now = 0; now < 3000; now += 300) {
    seen.push(...run(now, now + 300, /temperature/));
    handle({ type: 'acknowledged', messageId: 1 + seen.filter((line) => line.endsWith('temperature')).length });
  }
  assert.deepEqual(seen.map((line) => line.split(' ').slice(1).join(' ')).slice(0, 7), [
    'temperature',
    'status',
    'temperature',
    'subscribe command',
    'temperature',
    'health',
    'temperature',
  ]);
});

test('an update asks for nothing while readings wait', () => {
  const { start, run, take, done } = setUp({ updating: true });
  take(5);
  start();
  const readings = run(1000, 3000).filter((message) => message.endsWith(' temperature'));
  assert.equal(readings.length, 5);
  const [, asked] = /update at (\d+)/.exec(done[0]) ?? [];
  assert.ok(Number(asked) > parseInt(readings[4], 10), `${readings.join()}, then ${done[0]}`);
});

test('the publisher sends one reading at a time, and again on the next connection if nobody acknowledged it', () => {
  const { start, stop, run, take } = setUp();
  take(6);
  start();
  assert.deepEqual(run(0, 30_000, /temperature/), ['0 temperature']);
  stop();
  start();
  assert.deepEqual(run(40_000, 41_000).slice(0, 2), ['40000 temperature again', '40020 status']);
});

test('the publisher reports health every ten minutes', () => {
  const { start, run } = setUp();
  start();
  assert.deepEqual(
    run(0, 1_300_000).filter((line) => line.endsWith('health')),
    ['40 health', '600040 health', '1200040 health'],
  );
});

test('the publisher answers commands', () => {
  const { start, sent, done, handle } = setUp();
  start();
  handle({
    type: 'message',
    topic: 'kitchen/kitchen-1/command',
    payload: new TextEncoder().encode('{"command":"read"}'),
  });
  assert.deepEqual(done, ['read']);
  assert.deepEqual(sent, [{ topic: 'kitchen/kitchen-1/reply', payload: '{"command":"read","ok":true}', qos: 0 }]);
});

test('the publisher leaves the subscription out for an hour when three connections in a row end on it', () => {
  const { start, stop, lines, run } = setUp();
  const subscribes = (at: number): boolean => {
    start();
    const sent = run(at, at + 100, /subscribe/).some((line) => line.endsWith('subscribe command'));
    stop();
    return sent;
  };
  assert.deepEqual([0, 1000, 2000].map(subscribes), [true, true, true]);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('WARN')),
    ['WARN mqtt nothing on kitchen/kitchen-1/command for an hour: does the broker, or its policy, allow it?'],
  );
  assert.deepEqual([3000, 3_500_000, 3_610_000, 3_611_000].map(subscribes), [false, false, true, false]);
  start();
  run(7_300_000, 7_300_100);
  stop();
  assert.deepEqual([7_400_000, 7_500_000, 7_600_000].map(subscribes), [true, true, true]);
});

test('the publisher says when the broker refuses the subscription', () => {
  const { start, lines, run, handle } = setUp();
  start();
  run(0, 100, /subscribe/);
  handle({ type: 'subscribed', messageId: 1, granted: 128 });
  assert.match(lines.join('\n'), /WARN mqtt no commands: the broker refuses kitchen\/kitchen-1\/command/);
});

test('the publisher reports to the shadow, and subscribes to its wishes first', () => {
  const { start, run, take, handle, done } = setUp({ shadow: true });
  take(1);
  start();
  assert.deepEqual(run(1000, 1500).slice(1), [
    '1020 status',
    '1040 subscribe command',
    '1060 health',
    '1080 subscribe $aws/things/kitchen-1/shadow/update/delta',
  ]);
  assert.deepEqual(run(1900, 2100), ['2000 $aws/things/kitchen-1/shadow/update']);
  const message = (topic: string, text: string): void =>
    handle({ type: 'message', topic, payload: new TextEncoder().encode(text) });
  message('$aws/things/kitchen-1/shadow/update/delta', '{"state":{}}');
  message('$aws/things/kitchen-1/shadow/update/delta', `{"state":"${'x'.repeat(512)}"}`);
  message('kitchen/kitchen-1/command', '{"command":"read"}');
  assert.deepEqual(done, [
    'sent 1 undefined',
    'delta {"state":{}} a whole number from 1 to 86400',
    'delta {} a whole number from 1 to 86400',
    'read',
    'changed',
  ]);
});

test('the publisher sends no report before the subscription to its delta is answered, because it would miss the delta', () => {
  const { start, run } = setUp({ shadow: true });
  start();
  assert.equal(run(0, 3000, /delta/).at(-1), '60 subscribe $aws/things/kitchen-1/shadow/update/delta');
});

/** A broker that knows only some topics, and closes the connection on others. */
for (const { refuses, given } of [
  { refuses: /status/, given: ['status'] },
  { refuses: /health/, given: ['health'] },
  { refuses: /status|command|health/, given: ['status', 'command', 'health'] },
  { refuses: /alarm/, given: ['alarm'] },
  { refuses: /shadow/, given: ['delta', 'update'] },
]) {
  test(`the publisher gives up ${given.join(', ')} for an hour if the broker closes on it, and sends readings`, () => {
    const { start, stop, run, take, queue, lines } = setUp({ shadow: true, alarm: true });
    let now = 0;
    let closed = 0;
    for (; now < 3_000_000; now += 60_000) {
      take(1);
      start();
      const sent = run(now, now + 4000, refuses);
      if (sent.some((line) => refuses.test(line))) closed += 1;
      stop();
    }
    assert.equal(closed, 3 * given.length);
    assert.equal(queue.length(), 0);
    const named = lines.flatMap((line) => /^WARN mqtt nothing on \S+?(\w+) for an hour/.exec(line)?.[1] ?? []);
    assert.deepEqual(named, given);
  });
}

test('a connection that ends for another reason teaches the publisher nothing about the broker', () => {
  const { start, stop, run, lines } = setUp();
  for (let i = 0; i < 5; i++) {
    start();
    run(0, 100, /status/);
    stop(false);
  }
  assert.deepEqual(lines, []);
});
