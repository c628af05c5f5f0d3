/** Checks the output and the page of `npm run watch` with 20 boards at mosquitto, behind TLS. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encodeKeyPem, encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import { PlainClient, type BrokerAccess } from '../support/plainMqtt.ts';
import { openPage, watch } from '../support/watching.ts';
import { byPassword, MOSQUITTO, startMosquitto } from './mosquitto.ts';
import { folder, missing } from './programs.ts';

const HOST = 'broker.test';
const USER = { username: 'kitchen', password: 'a throw-away password' };
const NAMES = Array.from({ length: 20 }, (_, i) => `kitchen-${i + 1}`);

interface Broker {
  access: BrokerAccess;
  /** A board config for it. */
  boardFile: string;
}

async function startBroker(): Promise<Broker> {
  const file = await folder();
  const { key, certificates, anchor } = await makeServerChain({ kind: 'ecdsa', host: HOST });
  const chain = certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
  const lines = await byPassword(file, USER.username, USER.password);
  const { port } = await startMosquitto(file, { chain, key: encodeKeyPem(key) }, lines);
  await file('root.pem', encodePem('CERTIFICATE', anchor));
  const config = {
    thing: NAMES[0],
    wifi: { ssid: 'home', password: '' },
    endpoint: { host: HOST, port, ...USER },
    tls: { anchors: ['root.pem'] },
    sensor: { type: 'tmp117' },
    telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
  };
  return { access: { port, anchor, host: HOST, ...USER }, boardFile: await file('board.json', JSON.stringify(config)) };
}

/** Connects as a board does: with its will, and with a retained message that it is online. */
async function connectBoard(access: BrokerAccess, name: string): Promise<PlainClient> {
  const topic = `kitchen/${name}/status`;
  const board = await PlainClient.connect(access, name, { topic, payload: '{"state":"offline"}' });
  after(() => board.vanish());
  await board.publish({ topic, payload: '{"state":"online"}' }, true);
  return board;
}

function reading(device: string, celsius: number): { topic: string; payload: string } {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  return {
    topic: `kitchen/${device}/temperature`,
    payload: JSON.stringify({ device, celsius, time, seq: 1, uptime_s: 9 }),
  };
}

const only = { skip: missing(...MOSQUITTO), timeout: 120_000 };
test(
  'watch prints a JSON line for each reading and state of 20 boards at mosquitto, and the page shows all of them',
  only,
  async () => {
    const { access, boardFile } = await startBroker();
    // One half is there before, the other comes later.
    const boards = await Promise.all(NAMES.slice(0, 10).map((name) => connectBoard(access, name)));
    const run = watch(boardFile, '--address', '127.0.0.1', '--json', '--page', '0');
    // Retained messages come when the broker has the subscriptions.
    for (const name of NAMES.slice(0, 10)) await run.says(new RegExp(`"state","board":"${name}","online":true`));
    boards.push(...(await Promise.all(NAMES.slice(10).map((name) => connectBoard(access, name)))));
    await Promise.all(boards.map((board, i) => board.publish(reading(NAMES[i], 20 + i / 4))));
    for (const name of NAMES) await run.says(new RegExp(`"type":"reading","board":"${name}",`));

    const [, url] = await run.says(/live page: (\S+)/, 'stderr');
    const page = await openPage(url);
    const { broker, boards: shown = [] } = await page.news();
    assert.equal(broker?.state, 'connected');
    assert.deepEqual(
      shown
        .map(({ name, online, readings }) => [name, online, readings.map(({ celsius, seq }) => [celsius, seq])])
        .sort(),
      NAMES.map((name, i) => [name, true, [[20 + i / 4, 1]]]).sort(),
    );

    // The broker publishes the will of a board that is gone.
    boards[19].vanish();
    await run.says(/"state","board":"kitchen-20","online":false/);
    let last: boolean | null | undefined;
    while (last !== false) {
      for (const { name, online } of (await page.news()).boards ?? []) if (name === 'kitchen-20') last = online;
    }
    await page.close();

    assert.equal(await run.end(), 0);
    const events = run.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const seen = (type: string): unknown[] =>
      events.filter((event) => event['type'] === type).map(({ board }) => board);
    assert.deepEqual(seen('reading').sort(), NAMES.slice().sort());
    assert.deepEqual(seen('state').sort(), [...NAMES, 'kitchen-20'].sort());
  },
);
