/**
 * Runs the cases of AWS IoT Core Device Advisor, by which AWS qualifies devices, against servers that behave as AWS's do, with
 * the flashed program on the simulated board, and on the real image where it is available. `docs/RELIABILITY.md` has the table.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { generate, parser, type IPublishPacket } from 'mqtt-packet';
import { encodeKeyPem, encodePem, makeServerChain, type ServerChain } from '../../scripts/lib/certificates.ts';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { Kitchen, type KitchenOptions } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';
import { isWriting, table, writeSection, type Title } from './reliability.ts';

const HOST = 'endpoint.test';
const DAY = 86_400_000;
/** Seconds that the board waits for an answer of MQTT's. */
const ANSWER = 20;

const folder = mkdtempSync(join(tmpdir(), 'advisor-'));
after(() => rmSync(folder, { recursive: true }));

interface Identity {
  key: string;
  cert: string;
}

/** The faults of a broker for one client on one connection. */
type Manner =
  | 'no PUBACK'
  | 'unstable'
  | 'disconnects'
  | 'no SUBACK'
  | 'no CONNACK'
  | 'no PINGRESP'
  | 'sends 16 KB'
  | 'as it should';

interface Broker {
  server: Server;
  port: number;
  /** Connections whose handshake was done: when, in seconds of the board, and with which suite. */
  connections: { at: number; suite: string }[];
  /** Alerts that ended handshakes, as OpenSSL names them. */
  alerts: string[];
  published: (IPublishPacket & { connection: number })[];
  /** Numbers of the connections on which the board subscribed. */
  subscribed: number[];
}

/** @param identities of the server, one a connection, the last for all further ones; likewise its manners */
async function openBroker(
  identities: readonly Identity[],
  manners: readonly Manner[],
  boardSeconds: () => number,
): Promise<Broker> {
  let dialled = 0;
  const server = createServer({ ...identities[0], maxVersion: 'TLSv1.2', noDelay: true });
  const broker: Broker = { server, port: 0, connections: [], alerts: [], published: [], subscribed: [] };
  // It runs before the server's own listener, which begins the handshake.
  server.prependListener('connection', () => {
    server.setSecureContext({ ...identities[Math.min(dialled, identities.length - 1)], maxVersion: 'TLSv1.2' });
    dialled += 1;
  });
  server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => broker.alerts.push(String(code)));
  server.on('secureConnection', (socket) => {
    const connection = broker.connections.length;
    broker.connections.push({ at: boardSeconds(), suite: socket.getCipher().name });
    serve(socket, manners[Math.min(connection, manners.length - 1)], broker, connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  broker.port = (server.address() as AddressInfo).port;
  return broker;
}

function serve(socket: TLSSocket, manner: Manner, broker: Broker, connection: number): void {
  const reader = parser({ protocolVersion: 4 });
  const send = (packet: Parameters<typeof generate>[0]): void => void socket.write(generate(packet));
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => reader.parse(bytes));
  reader.on('packet', (packet) => {
    if (packet.cmd === 'connect' && manner !== 'no CONNACK') {
      send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
      if (manner === 'disconnects') socket.end();
    } else if (packet.cmd === 'publish') {
      broker.published.push({ ...packet, connection });
      if (manner === 'unstable') socket.destroy();
      else if (packet.qos === 1 && manner !== 'no PUBACK') send({ cmd: 'puback', messageId: packet.messageId ?? 0 });
    } else if (packet.cmd === 'subscribe') {
      broker.subscribed.push(connection);
      if (manner !== 'no SUBACK') send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
      const [{ topic }] = packet.subscriptions;
      // In one record of the largest size, and some of a second one.
      if (manner === 'sends 16 KB') {
        send({ cmd: 'publish', topic, payload: Buffer.alloc(16_384, 65), qos: 0, retain: false, dup: false });
      }
    } else if (packet.cmd === 'pingreq' && manner !== 'no PINGRESP') {
      send({ cmd: 'pingresp' });
    }
  });
}

/** @param times how often the last certificate is sent, which leads nowhere */
function identityOf({ key, certificates }: ServerChain, times = 1): Identity {
  const last = certificates[certificates.length - 1];
  const sent = [...certificates, ...Array.from({ length: times - 1 }, () => last)];
  return { key: encodeKeyPem(key), cert: sent.map((der) => encodePem('CERTIFICATE', der)).join('') };
}

/** A kitchen whose board dials a broker like that, with the anchors of the given chains in place of its own. */
async function openKitchen(
  open: Place['open'],
  options: { identities: Identity[]; trusted: ServerChain[]; manners: Manner[] } & KitchenOptions,
): Promise<{ kitchen: Kitchen<KitchenBoard>; broker: Broker }> {
  const { identities, trusted, manners, ...others } = options;
  const opened: { board?: KitchenBoard } = {};
  const broker = await openBroker(identities, manners, () => opened.board?.seconds ?? 0);
  const kitchen = await open({
    ...others,
    configure({ tls, endpoint }) {
      endpoint.keepAliveSeconds = 30;
      tls.anchors = trusted.map(({ anchor }, i) => {
        const file = join(folder, `anchor-${i}.pem`);
        writeFileSync(file, encodePem('CERTIFICATE', anchor));
        return file;
      });
    },
    broker: () => Promise.resolve(broker.port),
  });
  opened.board = kitchen.board;
  return { kitchen, broker };
}

interface Place {
  title: Title;
  open: (options: KitchenOptions) => Promise<Kitchen<KitchenBoard>>;
  skip: string | false;
}
const PLACES: Place[] = [
  {
    title: "AWS Device Advisor's cases, on the simulated board",
    open: (options) => Kitchen.open(options),
    skip: false,
  },
  {
    title: "AWS Device Advisor's cases, on the real image",
    open: (options) => Kitchen.openOnRig(options),
    skip: rigMissing() ?? false,
  },
];

for (const { title, open, skip } of PLACES) {
  void describe(title, { skip }, () => {
    const rows: string[][] = [['AWS calls it', 'the server', 'the board']];
    after(() => {
      if (isWriting && rows.length === 16) writeSection(title, table(rows, { isText: true }));
    });

    test('TLS refuses with an alert what it must refuse, and accepts large messages', async () => {
      const chainOf = (
        options: { host?: string; from?: Date; to?: Date; kind?: 'rsa' | 'p384' } = {},
      ): Promise<ServerChain> => makeServerChain({ kind: 'ecdsa', host: HOST, ...options });
      const [stranger, misnamed, expired, large] = await Promise.all([
        // Its name differs from those of the trusted ones.
        chainOf({ kind: 'p384' }),
        chainOf({ host: 'another.test' }),
        chainOf({ from: new Date(Date.now() - 90 * DAY), to: new Date(Date.now() - DAY) }),
        chainOf({ kind: 'rsa' }),
      ]);
      const { kitchen, broker } = await openKitchen(open, {
        identities: [identityOf(stranger), identityOf(misnamed), identityOf(expired), identityOf(large, 12)],
        trusted: [misnamed, expired, large],
        manners: ['sends 16 KB'],
      });
      try {
        const { board } = kitchen;
        await board.runUntil(/message of 1\d{4} B on \S+command skipped/, { limitSeconds: 120 });
        await kitchen.acknowledged(1);
        const reasons = [...board.serial.matchAll(/WARN tls Certificate: [^\n]*?(\w+_\w+|expired),/g)].map(
          ([, why]) => why,
        );
        assert.deepEqual(reasons, ['unknown_issuer', 'wrong_name', 'expired']);
        // OpenSSL's names for versions differ between its own.
        assert.deepEqual(
          broker.alerts.map((code) => code.replace(/^ERR_SSL_.*?ALERT_/, '')),
          ['UNKNOWN_CA', 'BAD_CERTIFICATE', 'CERTIFICATE_EXPIRED'],
        );
        assert.equal(broker.connections[0].suite, 'ECDHE-RSA-AES128-GCM-SHA256');
        assert.equal(broker.connections.length, 1, 'nothing of it ended the connection');
        assert.deepEqual([board.violations, board.exceptions], [[], []]);
        const bytes = [...large.certificates, ...Array.from({ length: 11 }, () => large.certificates[3])].reduce(
          (sum, der) => sum + der.length,
          0,
        );
        rows.push(
          ['TLS Connect', "a chain of AWS's kind", 'connects'],
          ['TLS Unsecure Server Cert', 'a chain to a root that is not trusted', 'alert unknown_ca'],
          ['TLS Incorrect Subject Name', 'a certificate for another name', 'alert bad_certificate'],
          ['TLS Expired Server Cert', 'a leaf that expired yesterday', 'alert certificate_expired'],
          ['TLS Large Size Server Cert', `certificates of ${bytes} B`, 'connects'],
          [
            'TLS Receive Maximum Size Fragments',
            'these, and a message of 16 KB, in records of 16 KB',
            'goes on; the message is skipped',
          ],
        );
      } finally {
        await kitchen.close();
        broker.server.close();
      }
    });

    test('MQTT waits longer without CONNACK, comes back, and sends again what nobody acknowledged', async () => {
      const chain = await makeServerChain({ kind: 'ecdsa', host: HOST, age: 'today' });
      const manners: Manner[] = [
        'no PUBACK',
        'unstable',
        'unstable',
        'disconnects',
        'no SUBACK',
        ...Array.from({ length: 5 }, () => 'no CONNACK' as const),
        'no PINGRESP',
        'as it should',
      ];
      const { kitchen, broker } = await openKitchen(open, {
        identities: [identityOf(chain)],
        trusted: [chain],
        manners,
        intervalSeconds: 300,
      });
      const { connections, published, subscribed } = broker;
      try {
        const { board } = kitchen;
        await board.runUntil(() => subscribed.includes(11), { limitSeconds: 2000 });
        await board.run(2);
        // The reading that was not acknowledged comes again on each connection, until it is.
        const first = published.filter(({ topic, payload }) => topic.endsWith('temperature') && seqOf(payload) === 1);
        assert.deepEqual(
          first.map(({ connection, qos, dup, messageId }) => [connection, qos, dup, messageId]),
          [
            [0, 1, false, first[0].messageId],
            [1, 1, true, first[0].messageId],
            [2, 1, true, first[0].messageId],
            [4, 1, true, first[0].messageId],
          ],
        );
        assert.deepEqual(subscribed, [4, 10, 11]);
        for (const answer of ['PUBACK', 'SUBACK', 'PINGRESP']) {
          assert.ok(board.serial.includes(`WARN mqtt no ${answer} for ${ANSWER}000 ms`), answer);
        }
        assert.equal(board.serial.match(/WARN mqtt no CONNACK for/g)?.length, 5);
        // The time from giving up to the next attempt.
        const waits = connections.slice(6, 11).map(({ at }, i) => at - connections[5 + i].at - ANSWER);
        assert.ok(
          waits.every((wait) => wait > 1 && wait < 140),
          waits.join(' '),
        );
        assert.equal(new Set(waits.map(Math.round)).size > 3, true, `jitter: ${waits.join(' ')}`);
        assert.ok(Math.max(...waits.slice(2)) > 10, `grow: ${waits.join(' ')}`);
        const quick = connections.slice(1, 5).map(({ at }, i) => at - connections[i].at);
        assert.deepEqual([board.violations, board.exceptions], [[], []]);
        assert.ok(connections.every(({ suite }) => suite === 'ECDHE-ECDSA-AES128-GCM-SHA256'));
        const seconds = (all: number[]): string => all.map((each) => each.toFixed(0)).join(', ');
        rows.push(
          [
            'TLS Device Support for AWS IoT recommended cipher suites',
            'RSA chain, EC chain',
            'ECDHE-RSA- and ECDHE-ECDSA-AES128-GCM-SHA256',
          ],
          ['MQTT Connect', 'CONNACK', 'publishes, subscribes'],
          ['MQTT Connect Jitter Backoff Retries', 'no CONNACK, five times', `waits ${seconds(waits)} s`],
          [
            'MQTT Reconnect Backoff Retries On Server Disconnect',
            'closes after CONNACK',
            `is back after ${seconds(quick.slice(3))} s`,
          ],
          [
            'MQTT Reconnect Backoff Retries On Unstable Connection',
            'resets at the first PUBLISH, twice',
            `is back after ${seconds(quick.slice(1, 3))} s`,
          ],
          ['MQTT Publish', 'PUBACK', 'QoS 1'],
          ['MQTT Publish Retry', 'no PUBACK', 'the same id again, with DUP, on the next connection'],
          ['MQTT Subscribe, Subscribe Retry', 'no SUBACK', 'subscribes again on the next connection'],
          ['MQTT No Ack PingResp', 'no PINGRESP', 'ends the connection after 20 s, and opens another'],
        );
      } finally {
        await kitchen.close();
        broker.server.close();
      }
    });
  });
}

function seqOf(payload: Buffer | string): number {
  return (JSON.parse(String(payload)) as { seq: number }).seq;
}
