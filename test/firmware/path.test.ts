/** The whole path: the flashed program on the simulated board, Node's TLS and a broker at the other end. */
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { Aedes } from 'aedes';
import type { BoardConfig } from '../../scripts/config/config.ts';
import { Kitchen } from './kitchen.ts';

const LINE = /^\d+\.\d (INFO|WARN|ERROR) (board|wifi|time|tcp|tls|mqtt|sensor|queue) \S.*$/;

for (const chain of ['rsa', 'ecdsa'] as const) {
  test(`a board gets from its boot to acknowledged readings over an ${chain.toUpperCase()} chain`, async () => {
    const kitchen = await Kitchen.open({ chain });
    try {
      await kitchen.acknowledged(3);
      const { board, readings } = kitchen;
      assert.deepEqual(
        readings.map(({ seq, again }) => [seq, again]),
        [
          [1, false],
          [2, false],
          [3, false],
        ],
      );
      for (const { celsius, time, uptime_s } of readings) {
        assert.equal(celsius, 21.5);
        assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000, `${time}`);
        assert.ok(Number.isInteger(uptime_s));
      }
      assert.deepEqual([board.violations, board.exceptions, board.resets], [[], [], []]);
      assert.deepEqual(kitchen.refusals, []);
      const lines = kitchen.lines();
      assert.deepEqual(
        lines.filter((line) => !LINE.test(line)),
        [],
      );
      assert.ok(lines.some((line) => / tls handshake complete in \d+ ms, heap peak \d+ B$/.test(line)));
      assert.ok(lines.some((line) => / reading 3 acknowledged$/.test(line)));
      assert.ok(lines.every((line) => !/WARN|ERROR/.test(line)));
      assert.ok(!lines.join().includes(kitchen.config.wifi.password), 'no secrets in the log');
    } finally {
      await kitchen.close();
    }
  });
}

test('a board whose other topics are switched off publishes readings only, without a will', async () => {
  const configure = ({ telemetry }: BoardConfig): void =>
    void Object.assign(telemetry, { status: false, health: false, command: false, reply: false });
  const kitchen = await Kitchen.open({ configure });
  try {
    await kitchen.acknowledged(2);
    kitchen.board.powerCycle();
    await kitchen.acknowledged(1);
    assert.deepEqual([kitchen.messages, kitchen.refusals], [[], []]);
  } finally {
    await kitchen.close();
  }
});

test('a board publishes state and health, and obeys commands', async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 3600 });
  try {
    const { board, endpoint, messages } = kitchen;
    await kitchen.acknowledged(1);
    await board.run(2);
    const topics = messages.map(({ topic }) => topic);
    assert.deepEqual(topics, ['kitchen/kitchen-1/status', 'kitchen/kitchen-1/health']);
    assert.equal(messages[0].payload, '{"state":"online"}');
    const health = JSON.parse(messages[1].payload) as Record<string, unknown>;
    assert.deepEqual(
      { ...health, uptime_s: 0, heap_free: 0, heap_free_low: 0 },
      {
        device: 'kitchen-1',
        firmware: '1.2.3',
        uptime_s: 0,
        heap_free: 0,
        heap_free_low: 0,
        reconnects: 0,
        queued: 0,
        dropped: 0,
        skipped: 0,
        last_reset: 'power',
        slot: 0,
      },
    );

    endpoint.publish('kitchen/kitchen-1/command', '{"command":"read","id":1}');
    await kitchen.acknowledged(1, 5);
    endpoint.publish('kitchen/kitchen-1/command', '{"command":"interval","seconds":2,"id":2}');
    await kitchen.acknowledged(3, 10);
    endpoint.publish('kitchen/kitchen-1/command', 'nonsense');
    await board.run(1);
    assert.deepEqual(
      messages.filter(({ topic }) => topic.endsWith('reply')).map(({ payload }) => JSON.parse(payload) as unknown),
      [
        { command: 'read', id: 1, ok: true },
        { command: 'interval', id: 2, ok: true },
        { ok: false, error: 'expected JSON with "command": "interval", "read" or "update"' },
      ],
    );

    // The interval outlives a power cut, and the will says that the board is gone.
    board.powerCycle();
    await kitchen.acknowledged(4, 30);
    assert.deepEqual(
      messages.filter(({ topic }) => topic.endsWith('/status')).map(({ payload }) => payload),
      ['{"state":"online"}', '{"state":"offline"}', '{"state":"online"}'],
    );
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});

/** Takes certificate and key out of a board config, and puts user name and password in. */
function withPassword(config: BoardConfig): void {
  delete config.tls.certificate;
  delete config.tls.key;
  config.endpoint.username = 'board';
  config.endpoint.password = 'secret';
}

test('a board uses a broker that is not AWS, with user name and password and without a client certificate', async () => {
  const broker = await Aedes.createBroker();
  const readings: string[] = [];
  const states: string[] = [];
  broker.authenticate = (client, username, password, done) =>
    done(null, client.id === 'kitchen-1' && username === 'board' && String(password) === 'secret');
  broker.on('publish', ({ topic, payload, retain }, client) => {
    if (topic.endsWith('/status')) states.push(`${retain ? 'retained' : 'not retained'}: ${String(payload)}`);
    if (client !== null && topic.endsWith('temperature')) readings.push(String(payload));
  });
  let server: Server | undefined;
  const kitchen = await Kitchen.open({
    configure: withPassword,
    broker: async (identity) => {
      server = createServer({ ...identity, noDelay: true }, (socket) => void broker.handle(socket));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
  });
  try {
    await kitchen.acknowledged(2);
    assert.equal(readings.length, 2);
    assert.ok(!kitchen.board.serial.includes('secret'));
    kitchen.board.faults.cutConnections('reset');
    await kitchen.acknowledged(2);
    await kitchen.board.run(2);
    const [online, offline] = ['retained: {"state":"online"}', 'retained: {"state":"offline"}'];
    assert.deepEqual(states, [online, offline, online]);
    assert.deepEqual([kitchen.board.violations, kitchen.board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
    server?.close();
    broker.close();
  }
});

test('a board without a certificate says so at a broker that demands one', async () => {
  const kitchen = await Kitchen.open({ configure: withPassword });
  try {
    await kitchen.board.runUntil(/WARN tls .*is the device certificate active/, { limitSeconds: 60 });
    assert.deepEqual([kitchen.board.violations, kitchen.board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});

test('a board uses ALPN on port 443 of AWS', async () => {
  let asked: string[] | undefined;
  let server: Server | undefined;
  const kitchen = await Kitchen.open({
    // A name of AWS's that the local certificate is not for: the ClientHello is enough.
    configure: (config) =>
      (config.endpoint = { ...config.endpoint, host: 'a-ats.iot.eu-west-1.amazonaws.com', port: 443 }),
    broker: async (identity) => {
      server = createServer({
        noDelay: true,
        ...identity,
        ALPNCallback: ({ protocols }) => {
          asked = protocols;
          return protocols[0];
        },
      });
      server.on('tlsClientError', () => undefined);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
  });
  try {
    await kitchen.board.runUntil(/WARN tls /, { limitSeconds: 60 });
    assert.deepEqual(asked, ['x-amzn-mqtt-ca']);
    assert.match(kitchen.board.serial, /WARN tls Certificate: .*name/);
  } finally {
    await kitchen.close();
    server?.close();
  }
});

test('a board resumes a session that the server offers, and makes a full handshake if the server has forgotten it', async () => {
  const broker = await Aedes.createBroker();
  const sessions = new Map<string, Buffer>();
  const reused: boolean[] = [];
  let server: Server | undefined;
  const kitchen = await Kitchen.open({
    broker: async (identity) => {
      server = createServer(
        { ...identity, maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET },
        (socket) => {
          reused.push(socket.isSessionReused());
          broker.handle(socket);
        },
      );
      server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
        sessions.set(id.toString('hex'), data);
        done();
      });
      server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
        done(null, sessions.get(id.toString('hex')) ?? null);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
  });
  try {
    await kitchen.acknowledged(1);
    kitchen.board.faults.cutConnections('reset');
    await kitchen.acknowledged(1);
    sessions.clear();
    kitchen.board.faults.cutConnections('reset');
    await kitchen.acknowledged(1);
    kitchen.board.faults.cutConnections('reset');
    await kitchen.acknowledged(1);
    assert.deepEqual(reused, [false, true, false, true]);
    assert.deepEqual([kitchen.board.violations, kitchen.board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
    server?.close();
    broker.close();
  }
});

test('a restart by the board itself is logged and published with its reason, and the time survives it', async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 60 });
  try {
    const { board, readings, messages } = kitchen;
    const { faults } = board;
    await kitchen.acknowledged(2, 90);
    faults.tcp = 'refuse';
    faults.cutConnections('reset');
    await board.runUntil(/last reset: offline for an hour/, { limitSeconds: 4000 });
    [faults.tcp, faults.timeServer] = ['ok', 'silent'];
    await kitchen.acknowledged(60, 300);
    await board.run(5);
    const health = messages.filter(({ topic }) => topic.endsWith('/health')).map(({ payload }) => payload);
    assert.match(health[health.length - 1], /"last_reset":"offline for an hour"/);
    assert.match(health[0], /"last_reset":"power"/);
    // A reading a minute, over the restart as well, in which the beat begins anew.
    const times = readings.map(({ time }) => Date.parse(String(time)) / 1000);
    const steps = times.slice(1).map((time, i) => time - times[i]);
    assert.ok(
      steps.every((step) => step >= 0 && step <= 62),
      steps.join(),
    );
    assert.ok(steps.filter((step) => Math.abs(step - 60) > 2).length <= 1, steps.join());
    // The reason is told once: the next reset has its own.
    faults.hang(20);
    await board.runUntil(/last reset: watchdog/, { limitSeconds: 120 });
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});

test('a board restarts itself before its timers would stop, and loses nothing', async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 10, board: { age: 48 * 86_400 - 95 } });
  try {
    const { board, readings } = kitchen;
    await board.runUntil(/last reset: up for 48 days; \d readings kept/, { limitSeconds: 120 });
    await kitchen.acknowledged(3);
    assert.deepEqual(
      [...new Set(readings.map(({ seq }) => seq))],
      Array.from(new Set(readings.map(({ seq }) => seq)), (_, i) => i + 1),
    );
    const times = readings.map(({ time }) => Date.parse(String(time)));
    assert.ok(times.every((time, i) => i === 0 || (time >= times[i - 1] && time - times[i - 1] < 15_000)));
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
    assert.deepEqual(
      board.resets.map(({ reason }) => reason),
      ['watchdog'],
    );
  } finally {
    await kitchen.close();
  }
});

test('a board dials a server that accepts connections and stays silent as seldom as one that refuses', async () => {
  let dials = 0;
  const server = createTcpServer((socket) => {
    dials += 1;
    socket.on('error', () => undefined).resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kitchen = await Kitchen.open({
    intervalSeconds: 60,
    broker: () => Promise.resolve((server.address() as AddressInfo).port),
  });
  try {
    const { board } = kitchen;
    await board.runUntil(/last reset: connections keep falling silent/, { limitSeconds: 120 });
    const [from, before] = [board.seconds, dials];
    await board.run(3600);
    assert.ok(dials - before < 60, `${dials - before} dials in ${board.seconds - from} s`);
    assert.ok(board.resets.length > 5);
    assert.equal(kitchen.dropped(), 0);
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
    server.close();
  }
});
