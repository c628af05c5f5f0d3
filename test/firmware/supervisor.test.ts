import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, DeliveredEvent } from '../../firmware/connection.ts';
import type { RestartReason } from '../../firmware/journal.ts';
import type { Publisher } from '../../firmware/publisher.ts';
import { createSupervisor, type State, type Supervisor } from '../../firmware/supervisor.ts';
import type { TimeSync } from '../../firmware/timeSync.ts';
import { type PreparedHandshake, TlsError } from '../../src/index.ts';
import { keptLog } from './fakes.ts';

/** The behaviour of the board's surroundings; tests change it as they go. */
class World {
  now = 0;
  joined = false;
  joinWorks = true;
  joinTakes = 3000;
  /** The result of a round of time servers, and how long it takes. */
  time: boolean | null = true;
  timeTakes = 100;
  hasTime = false;
  dialWorks = true;
  /** The phase that a new connection reaches and stays in. */
  reaches: ReturnType<Connection['phase']> = 'ready';
  readonly calls: string[] = [];
  readonly states: State[] = [];
  readonly connections: FakeConnection[] = [];
  readonly preparations: PreparedHandshake[] = [];
  entropy = true;
  /** The preparation each dial used. */
  readonly used: PreparedHandshake[] = [];
  restarted: RestartReason | null = null;
  publishing = false;
  jitter = 0;
  restartedForSilence = false;
  deaths = 0;
  /** Times that a connection was said to be stable. */
  stable = 0;
  /** When something came last; null: just now. */
  receivedAt: number | null = null;
  /** Times that a round of time servers was called off. */
  stopped = 0;
  /** ms that it takes to find the endpoint's name. */
  dialTakes = 0;
  /** The events of a connection that is ready. */
  readonly events: DeliveredEvent[] = [];
}

class FakeConnection {
  closed = false;
  /** How it was closed. */
  quietly: boolean | null = null;
  silent = false;
  computed = 0;
  failed: ReturnType<Connection['failure']> = null;
  at: ReturnType<Connection['phase']> = 'tcp';
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  readonly connection = {
    phase: () => this.at,
    computed: () => this.computed,
    failure: () => this.failed,
    receivedAt: () => this.world.receivedAt ?? this.world.now,
    nextEvent: () => this.world.events.shift(),
    tick: () => {
      const order = ['tcp', 'tls', 'mqtt', 'ready'] as const;
      if (this.at !== this.world.reaches) this.at = order[order.indexOf(this.at) + 1];
    },
    publish: () => undefined,
    subscribe: () => undefined,
    isSilent: () => this.silent,
    close: (quietly: boolean) => void ([this.closed, this.quietly] = [true, quietly]),
  } as unknown as Connection;
}

function setUp(change: Partial<World> = {}): { world: World; supervisor: Supervisor; lines: string[] } {
  const world = Object.assign(new World(), change);
  const { log, lines } = keptLog();
  let roundEnds = 0;
  const timeSync: TimeSync = {
    stop: () => void (world.stopped += 1),
    tick: () => {
      if (world.now < roundEnds || world.time === null) return null;
      world.hasTime ||= world.time;
      return world.time;
    },
  };
  const publisher = {
    stop: () => void (world.publishing = false),
    tick: () => undefined,
    handle: () => undefined,
  } as Publisher;
  const supervisor = createSupervisor({
    log,
    uptime: () => world.now,
    wifi: {
      name: 'kitchen',
      isJoined: () => world.joined,
      join: () => {
        world.calls.push('join');
        world.now += world.joinTakes;
        world.joined = world.joinWorks;
        return world.joined;
      },
    },
    startTimeSync() {
      world.calls.push('time');
      roundEnds = world.now + world.timeTakes;
      return timeSync;
    },
    hasTime: () => world.hasTime,
    *prepare() {
      for (let i = 0; i < 3; i++) yield;
      if (!world.entropy) throw new Error('no entropy: the chip repeats its random numbers');
      const prepared = { number: world.preparations.length } as unknown as PreparedHandshake;
      world.preparations.push(prepared);
      return prepared;
    },
    connect: (prepared) => {
      world.calls.push('dial');
      world.used.push(prepared);
      world.now += world.dialTakes;
      if (!world.dialWorks) throw new Error('DNS Error: IP is not found.');
      const fake = new FakeConnection(world);
      world.connections.push(fake);
      return fake.connection;
    },
    createPublisher() {
      world.publishing = true;
      return publisher;
    },
    jitter: () => world.jitter,
    restartedForSilence: world.restartedForSilence,
    deaths: world.deaths,
    onStable: () => void (world.stable += 1),
    restart: (reason) => void (world.restarted = reason),
  });
  return { world, supervisor, lines };
}

/** Lets time go on for so many ms, or until a state is entered. */
function run({ world, supervisor }: { world: World; supervisor: Supervisor }, ms: number, until?: State): void {
  const end = world.now + ms;
  while (world.now < end) {
    supervisor.tick();
    if (world.states[world.states.length - 1] !== supervisor.state()) world.states.push(supervisor.state());
    if (supervisor.state() === until) return;
    world.now += 20;
  }
  assert.equal(until, undefined, `${until} was not reached; last states: ${world.states.slice(-5).join()}`);
}

test('the supervisor goes from Wi-Fi to publishing, step by step', () => {
  const board = setUp();
  run(board, 10_000);
  assert.deepEqual(board.world.states, ['time', 'keys', 'tcp', 'tls', 'mqtt', 'ready']);
  assert.ok(board.world.publishing);
  assert.equal(board.supervisor.connections(), 1);
  assert.deepEqual(board.lines, ['INFO wifi joining kitchen', 'INFO wifi joined', 'INFO mqtt connected']);
});

test('the supervisor does not dial without the time, and says so', () => {
  const board = setUp({ time: false });
  run(board, 60_000);
  assert.ok(!board.world.calls.includes('dial'));
  assert.match(board.lines.join('\n'), /WARN time .*no TLS without the time.*UDP port 123.*again in 1 s/);
  board.world.time = true;
  run(board, 10_000, 'ready');
});

test('the supervisor continues with the old time when no server confirms it', () => {
  const board = setUp({ time: false, hasTime: true });
  run(board, 10_000, 'ready');
});

test('the supervisor asks for the time every six hours while publishing, and continues if nobody answers', () => {
  const board = setUp();
  run(board, 7 * 3_600_000);
  board.world.time = false;
  run(board, 12 * 3_600_000);
  assert.equal(board.world.calls.filter((call) => call === 'time').length, 4);
  assert.equal(board.supervisor.connections(), 1);
});

test('the supervisor asks for the time again when a certificate seems out of date', () => {
  const board = setUp();
  run(board, 10_000, 'ready');
  const error = new TlsError({
    where: 'Certificate',
    expected: 'a trusted chain',
    received: 'expired',
    alert: 'certificate_expired',
  });
  board.world.connections[0].failed = { area: 'tls', error };
  run(board, 10_000, 'waiting');
  run(board, 10_000, 'ready');
  assert.equal(board.world.calls.filter((call) => call === 'time').length, 2);
});

test('the supervisor tells a person what to check when Wi-Fi cannot be joined, and joins when it can', () => {
  const board = setUp({ joinWorks: false });
  run(board, 30_000);
  assert.match(
    board.lines.join('\n'),
    /WARN wifi cannot join kitchen; check name and password; 2\.4 GHz only; again in 1 s/,
  );
  board.world.joinWorks = true;
  run(board, 10_000, 'ready');
});

test('after a join that took half a minute the supervisor waits as long as it says', () => {
  const board = setUp({ joinWorks: false, joinTakes: 30_000, jitter: 0.999 });
  run(board, 31_000, 'waiting');
  assert.match(board.lines.join('\n'), /again in 2 s/);
  const { now } = board.world;
  run(board, 10_000, 'wifi');
  assert.ok(board.world.now - now >= 1900, `${board.world.now - now} ms`);
});

test('the supervisor notices within three seconds that the access point is gone, and joins again', () => {
  const board = setUp();
  run(board, 10_000, 'ready');
  run(board, 5000);
  board.world.joined = false;
  const lost = board.world.now;
  run(board, 10_000, 'waiting');
  assert.ok(board.world.now - lost < 3000);
  assert.ok(!board.world.publishing);
  assert.ok(board.world.connections[0].closed);
  run(board, 10_000, 'ready');
  assert.equal(board.world.calls.filter((call) => call === 'join').length, 2);
});

for (const [state, limit] of [
  ['tcp', 10],
  ['tls', 30],
  ['mqtt', 30],
] as const) {
  test(`the supervisor gives up a connection that stays in ${state} for ${limit} s`, () => {
    const board = setUp({ reaches: state });
    run(board, 10_000, state);
    const begun = board.world.now;
    run(board, 60_000, 'waiting');
    assert.ok(Math.abs(board.world.now - begun - limit * 1000) < 100, `${board.world.now - begun} ms`);
    assert.ok(board.world.connections[0].closed);
    assert.match(board.lines[board.lines.length - 1], new RegExp(`WARN ${state} no answer for ${limit} s`));
  });
}

test('time in which the board computes does not count as time without an answer', () => {
  const board = setUp({ reaches: 'tls' });
  run(board, 10_000, 'tls');
  const begun = board.world.now;
  board.world.connections[0].computed = 15_000;
  run(board, 60_000, 'waiting');
  assert.ok(Math.abs(board.world.now - begun - 45_000) < 100, `${board.world.now - begun} ms`);
});

test('the supervisor keeps the keys of a handshake for the next dial if TCP never came up, and makes new ones if it did', () => {
  const board = setUp({ reaches: 'tcp' });
  run(board, 10_000, 'tcp');
  run(board, 20_000, 'waiting');
  board.world.dialWorks = false;
  run(board, 5000);
  board.world.dialWorks = true;
  board.world.reaches = 'ready';
  run(board, 10_000, 'ready');
  assert.equal(new Set(board.world.used).size, 1);
  board.world.connections[1].failed = { area: 'mqtt', error: new Error('closed') };
  run(board, 10_000, 'waiting');
  run(board, 10_000, 'ready');
  assert.equal(new Set(board.world.used).size, 2);
});

test('the supervisor never uses the keys of a handshake twice that failed as soon as it began', () => {
  const board = setUp({ reaches: 'tcp' });
  run(board, 10_000, 'tcp');
  const [first] = board.world.connections;
  board.world.reaches = 'tls';
  first.failed = { area: 'tls', error: new Error('no time') };
  run(board, 1000, 'waiting');
  board.world.reaches = 'ready';
  run(board, 10_000, 'ready');
  assert.equal(new Set(board.world.used).size, 2);
});

test('the supervisor does not dial without entropy, and says so', () => {
  const board = setUp({ entropy: false });
  run(board, 60_000);
  assert.deepEqual(board.world.used, []);
  assert.ok(board.lines.filter((line) => /WARN board no entropy/.test(line)).length > 3);
  board.world.entropy = true;
  run(board, 200_000, 'ready');
});

test('the supervisor waits longer and longer, up to two minutes', () => {
  const board = setUp({ dialWorks: false, jitter: 0.999 });
  run(board, 1_200_000);
  const waits = board.lines.flatMap((line) => /WARN tcp .*again in (\d+) s/.exec(line)?.[1] ?? []).map(Number);
  assert.deepEqual(waits.slice(0, 8), [2, 4, 8, 16, 32, 64, 120, 120]);
});

test('waits begin anew only after a minute of connection, and then with up to 30 s', () => {
  const board = setUp({ jitter: 0.999 });
  const lastWait = (): number => Number(/again in (\d+) s/.exec(board.lines[board.lines.length - 1])?.[1]);
  for (const [stays, wait] of [
    [1000, 2],
    [30_000, 4],
    [59_000, 8],
    [61_000, 30],
    [1000, 60],
  ]) {
    run(board, 200_000, 'ready');
    run(board, stays);
    const { connections } = board.world;
    connections[connections.length - 1].failed = { area: 'mqtt', error: new Error('closed') };
    run(board, 1000, 'waiting');
    assert.equal(lastWait(), wait, `after ${stays} ms`);
  }
});

test('an access point that goes away concerns one home, so the first wait is short', () => {
  const board = setUp({ jitter: 0.999 });
  run(board, 200_000, 'ready');
  run(board, 61_000);
  board.world.joined = false;
  run(board, 3000, 'waiting');
  assert.match(board.lines[board.lines.length - 1], /WARN wifi the access point is gone.*again in 2 s/);
});

test('the supervisor never dials twice within a second', () => {
  const board = setUp({ reaches: 'mqtt' });
  const dials: number[] = [];
  let seen = 0;
  for (let i = 0; i < 5000; i++) {
    run(board, 20);
    const { connections } = board.world;
    if (connections.length > seen) dials.push(board.world.now);
    seen = connections.length;
    if (seen > 0) connections[seen - 1].failed ??= { area: 'mqtt', error: new Error('refused') };
  }
  assert.ok(dials.length > 20);
  assert.ok(dials.every((at, i) => i === 0 || at - dials[i - 1] >= 1000));
});

test('the supervisor restarts the board after an hour without a connection, and not while there is one', () => {
  const board = setUp({ dialWorks: false });
  run(board, 3_500_000);
  assert.equal(board.world.restarted, null);
  run(board, 300_000);
  assert.equal(board.world.restarted, 'offline for an hour');
  const online = setUp();
  run(online, 3 * 3_600_000);
  assert.equal(online.world.restarted, null);
  // The hour begins when a connection is lost, however long the board has been up.
  lose(online, false);
  run(online, 60_000);
  assert.equal(online.world.restarted, null);
});

/** The connection in use fails. */
function lose({ world, supervisor }: { world: World; supervisor: Supervisor }, silent: boolean): FakeConnection {
  const last = world.connections[world.connections.length - 1];
  Object.assign(last, { silent, failed: { area: 'mqtt', error: new Error('no PUBACK') } });
  run({ world, supervisor }, 1000, 'waiting');
  return last;
}

test('the supervisor restarts the board when a second connection falls silent within 20 min, without a good-bye', () => {
  const board = setUp();
  board.world.events.push({ type: 'acknowledged', messageId: 1 });
  for (const [minutes, silent, restarted] of [
    [1, true, null],
    [25, true, null],
    [1, false, null],
    [10, true, 'two connections fell silent'],
  ] as const) {
    run(board, minutes * 60_000);
    assert.equal(lose(board, silent).quietly, silent);
    assert.equal(board.world.restarted, restarted);
  }
});

test('if no reading is ever acknowledged and connections fall silent, the next boot begins with a long wait', () => {
  const board = setUp();
  for (let i = 0; i < 2; i++) {
    run(board, 60_000, 'ready');
    lose(board, true);
  }
  assert.equal(board.world.restarted, 'connections keep falling silent');
  const next = setUp({ restartedForSilence: true, jitter: 0.5 });
  run(next, 60_000);
  assert.deepEqual(next.world.calls, []);
  assert.deepEqual(next.lines, ['INFO board first connection in 61 s']);
  run(next, 2000, 'time');
  run(next, 10_000, 'ready');
});

test('a board that died keeps away from the network, twice as long each time, and at most a quarter of an hour', () => {
  for (const [deaths, seconds] of [
    [1, 30],
    [2, 60],
    [3, 120],
    [6, 900],
    [60, 900],
  ]) {
    const board = setUp({ deaths });
    run(board, seconds * 1000);
    assert.deepEqual(board.world.calls, []);
    assert.deepEqual(board.lines, [`INFO board first connection in ${seconds} s`]);
    run(board, 2000, 'time');
    run(board, 10_000, 'ready');
    run(board, 60_000);
    assert.equal(board.world.stable, 0);
    run(board, 1000);
    assert.equal(board.world.stable, 1, 'a connection of a minute ends the deaths');
  }
});

test('a connection that falls silent because the access point is gone does not count', () => {
  const board = setUp({ reaches: 'tls' });
  for (let i = 0; i < 3; i++) {
    run(board, 60_000, 'tls');
    const { connections } = board.world;
    connections[connections.length - 1].silent = true;
    board.world.joined = false;
    run(board, 60_000, 'waiting');
    assert.equal(connections[connections.length - 1].quietly, true);
  }
  assert.equal(board.world.restarted, null);
});

test('connections that fall silent without Wi-Fi do not cause a restart', () => {
  const board = setUp();
  for (let i = 0; i < 4; i++) {
    run(board, 60_000);
    const { connections } = board.world;
    const last = connections[connections.length - 1];
    last.silent = true;
    board.world.joined = false;
    run(board, 5000, 'waiting');
    assert.equal(last.quietly, true);
  }
  assert.equal(board.world.restarted, null);
});

test('the supervisor waits for 12 hours if it does not know the time, because a restart would leave readings without one', () => {
  const board = setUp({ joinWorks: false, joinTakes: 30_000 });
  run(board, 11.9 * 3_600_000);
  assert.equal(board.world.restarted, null);
  run(board, 0.2 * 3_600_000);
  assert.equal(board.world.restarted, 'offline for 12 hours');
});

test('the supervisor restarts the board before 32 bits of milliseconds are full', () => {
  const board = setUp();
  run(board, 10_000, 'ready');
  board.world.now = 48 * 86_400_000;
  run(board, 20);
  assert.equal(board.world.restarted, null);
  run(board, 40);
  assert.equal(board.world.restarted, 'up for 48 days');
});

test('the supervisor survives unexpected errors', () => {
  const board = setUp();
  run(board, 10_000, 'ready');
  const fake = board.world.connections[0];
  fake.connection.tick = () => {
    throw new TypeError('x is undefined');
  };
  run(board, 1000, 'waiting');
  assert.match(board.lines[board.lines.length - 1], /WARN mqtt x is undefined/);
  assert.ok(fake.closed);
  run(board, 10_000, 'ready');
});

test('the supervisor stops asking time servers when a connection fails', () => {
  const board = setUp();
  run(board, 60_000, 'ready');
  board.world.time = null;
  const rounds = (): number => board.world.calls.filter((call) => call === 'time').length;
  while (rounds() < 2) run(board, 600_000);
  assert.equal(board.world.stopped, 0);
  lose(board, false);
  assert.equal(board.world.stopped, 1);
});

test('looking up a name does not count as time of the connection', () => {
  const board = setUp({ reaches: 'tcp', dialTakes: 8000 });
  run(board, 60_000, 'tcp');
  run(board, 9000);
  assert.deepEqual([board.supervisor.state(), board.world.connections.length], ['tcp', 1]);
  run(board, 3000, 'waiting');
});

test('a connection on which nothing arrives does not count as progress', () => {
  const board = setUp();
  run(board, 60_000, 'ready');
  board.world.receivedAt = board.world.now;
  const since = board.world.now;
  run(board, 600_000);
  assert.equal(board.supervisor.progressAt(), since);
});

test('the supervisor reports progress as long as something happens', () => {
  const board = setUp({ dialWorks: false });
  for (let i = 0; i < 600; i++) {
    run(board, 1000);
    assert.ok(board.world.now - board.supervisor.progressAt() < 130_000);
  }
});
