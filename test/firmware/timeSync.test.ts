import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeSync, type Exchange, type TimeSync } from '../../firmware/timeSync.ts';
import { keptLog } from './fakes.ts';

const BUILD = Date.UTC(2026, 0, 1);
/** When the board booted, truly. */
const BOOT = Date.UTC(2026, 10, 23);

/** `lookup`: ms that finding the name blocks. */
type Behaviour = {
  offset?: number;
  silent?: boolean;
  unknown?: boolean;
  kiss?: boolean;
  lookup?: number;
  forged?: number;
};

class Net {
  readonly asked: string[] = [];
  open = 0;
  now = 0;
  private readonly behaviour: Record<string, Behaviour>;

  constructor(behaviour: Record<string, Behaviour>) {
    this.behaviour = behaviour;
  }

  ask = (host: string, port: number, question: Uint8Array, accepts: (datagram: Uint8Array) => boolean): Exchange => {
    assert.equal(port, 123);
    this.asked.push(host);
    const {
      offset = 0,
      silent = false,
      unknown = false,
      kiss = false,
      lookup = 0,
      forged = 0,
    } = this.behaviour[host] ?? this.behaviour['*'];
    this.now += lookup;
    if (unknown) throw new Error('DNS Error: IP is not found.');
    const received: Uint8Array[] = [];
    const reply = new Uint8Array(48);
    const view = new DataView(reply.buffer);
    reply.set([0x24, kiss ? 0 : 2]);
    reply.set(question.subarray(40, 48), 24);
    view.setUint32(40, Math.floor((BOOT + this.now + offset) / 1000) + 2_208_988_800);
    // Datagrams of somebody who did not see the question, before the true one.
    for (let i = 0; i < forged; i++) received.push(reply.map((byte, at) => (at >= 24 && at < 32 ? byte ^ 0x55 : byte)));
    if (!silent) received.push(reply);
    this.open += 1;
    let closed = false;
    return {
      answer: () => received.find(accepts) ?? null,
      close: () => {
        if (!closed) this.open -= 1;
        closed = true;
      },
    };
  };
}

function setUp(behaviour: Record<string, Behaviour>): {
  net: Net;
  start: () => TimeSync;
  times: number[];
  lines: string[];
} {
  const net = new Net(behaviour);
  const times: number[] = [];
  const { log, lines } = keptLog();
  const nonce = (): Uint8Array => new Uint8Array(8).fill(7);
  const servers = ['pool.ntp.org', 'time.cloudflare.com', 'time.google.com', 'time.aws.com'];
  const resting: string[] = [];
  const start = (): TimeSync =>
    createTimeSync({
      ask: net.ask,
      nonce,
      set: (time) => times.push(time),
      log,
      uptime: () => net.now,
      servers,
      resting,
      buildTime: BUILD,
    });
  return { net, start, times, lines };
}

/** Lets a round go on until it ends. @returns its result, and how many ms it took */
function round({ net, start: begin }: { net: Net; start: () => TimeSync }): { found: boolean; took: number } {
  const start = net.now;
  const sync = begin();
  for (;;) {
    const found = sync.tick(net.now);
    if (found !== null) return { found, took: net.now - start };
    net.now += 20;
    assert.ok(net.now - start < 60_000, 'it never ends');
  }
}

test("looking up a name does not count as time of a server's answer", () => {
  const board = setUp({ '*': { lookup: 2900 } });
  assert.ok(round(board).found);
  assert.deepEqual(
    board.lines.filter((line) => line.includes('no answer')),
    [],
  );
  assert.ok(Math.abs(board.times[0] - (BOOT + board.net.now)) < 1000, `${board.times[0] - BOOT - board.net.now} ms`);
});

test('the time is found as soon as two servers agree', () => {
  const board = setUp({ '*': {} });
  assert.deepEqual(round(board).found, true);
  assert.equal(board.net.asked.length, 2);
  assert.equal(board.times.length, 1);
  assert.ok(Math.abs(board.times[0] - (BOOT + board.net.now)) < 1100);
  assert.equal(board.net.open, 0, 'sockets are closed');
});

test('a single wrong server among right ones is not believed', () => {
  for (const liar of ['pool.ntp.org', 'time.cloudflare.com']) {
    const board = setUp({ '*': {}, [liar]: { offset: 5 * 365 * 86_400_000 } });
    assert.equal(round(board).found, true);
    assert.equal(board.net.asked.length, 3);
    assert.ok(Math.abs(board.times[0] - (BOOT + board.net.now)) < 1100, `${liar} lied`);
  }
});

test('no time is found when all that answer contradict each other', () => {
  const board = setUp({
    '*': { silent: true },
    'pool.ntp.org': {},
    'time.google.com': { offset: 86_400_000 },
  });
  assert.equal(round(board).found, false);
  assert.deepEqual(board.times, []);
});

test('the only server that answers is believed', () => {
  const board = setUp({ '*': { silent: true }, 'time.aws.com': {} });
  assert.equal(round(board).found, true);
  assert.ok(Math.abs(board.times[0] - (BOOT + board.net.now)) < 1100);
});

test('the board gives up within ten seconds when all servers are silent, and logs which', () => {
  const board = setUp({ '*': { silent: true } });
  const { found, took } = round(board);
  assert.equal(found, false);
  assert.ok(took < 10_000, `${took} ms`);
  assert.equal(board.lines.filter((line) => /^WARN time .*: no answer$/.test(line)).length, 4);
  assert.equal(board.net.open, 0);
});

test('names that do not resolve are skipped', () => {
  const board = setUp({ '*': {}, 'pool.ntp.org': { unknown: true } });
  assert.equal(round(board).found, true);
  assert.equal(board.net.asked.length, 3);
});

test('a server that asked to be left alone is left alone', () => {
  const board = setUp({ '*': {}, 'pool.ntp.org': { kiss: true } });
  assert.equal(round(board).found, true);
  board.net.asked.length = 0;
  assert.equal(round(board).found, true);
  assert.ok(!board.net.asked.includes('pool.ntp.org'));
});

test('all servers are asked again when all asked to be left alone, because somebody on the way may have said so', () => {
  const behaviour: Record<string, Behaviour> = { '*': { kiss: true } };
  const board = setUp(behaviour);
  assert.equal(round(board).found, false);
  assert.equal(board.net.asked.length, 4);
  behaviour['*'] = {};
  assert.equal(round(board).found, true);
});

test('asking can be stopped at any time, and frees its socket', () => {
  const { net, start } = setUp({ '*': { silent: true } });
  const sync = start();
  sync.tick(0);
  assert.equal(net.open, 1);
  sync.stop();
  assert.equal(net.open, 0);
  sync.stop();
  assert.equal(net.open, 0);
});

test('datagrams of somebody who did not see the request are ignored, and count as nobody’s answer', () => {
  const { start, times, net, lines } = setUp({ '*': { forged: 100 } });
  const sync = start();
  let found: boolean | null = null;
  for (let turns = 0; found === null && turns < 1000; turns++) found = sync.tick((net.now += 20));
  assert.equal(found, true);
  assert.equal(times.length, 1);
  assert.deepEqual(
    lines.filter((line) => line.includes('WARN')),
    [],
  );
});

test('forged datagrams alone do not count as an answer', () => {
  const { start, times, net, lines } = setUp({ '*': { forged: 4, silent: true } });
  const sync = start();
  let found: boolean | null = null;
  for (let turns = 0; found === null && turns < 2000; turns++) found = sync.tick((net.now += 20));
  assert.equal(found, false);
  assert.deepEqual(times, []);
  assert.match(lines.join(), /no answer/);
});
