/**
 * A handshake with Node's OpenSSL, recorded once and replayed byte for byte: with the same entropy, time and answers, the
 * client sends exactly the same. `node --import ./scripts/typescript.js test/tls/recorded.test.ts --record` records anew.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test from 'node:test';
import { encodePem, makeDeviceIdentity, makeServerChain } from '../../scripts/lib/certificates.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { finish } from '../../src/steps.ts';
import { createTlsClient, type TlsClientOptions, type TlsEvent } from '../../src/tls/client.ts';
import type { ClientIdentity } from '../../src/tls/options.ts';
import { prepareHandshake } from '../../src/tls/prepareHandshake.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { privateScalar, seededRandom } from '../support/tls/conversation.ts';
import { Dialled, startServer } from '../support/tls/nodeServer.ts';

interface Recording {
  host: string;
  /** ms since 1970. */
  time: number;
  /** Of `seededRandom()`. */
  seed: string;
  /** DER. */
  anchor: string;
  certificate: string;
  /** Private scalar of the certificate's key, a throw-away one. */
  privateKey: string;
  /** `> ` and what the client sent, `< ` and what the server did, in hexadecimal. */
  exchange: string[];
}

const FILE = new URL('fixtures/handshake.json', import.meta.url);

function clientOptions({ host, time, seed, anchor, certificate, privateKey }: Recording): TlsClientOptions {
  const identity: ClientIdentity = {
    certificates: [fromHex(certificate)],
    key: { type: 'ec', privateKey: BigInt(`0x${privateKey}`) },
  };
  const random = seededRandom(seed);
  const prepared = finish(prepareHandshake(identity, random));
  const anchors = [trustAnchor(fromHex(anchor), 'recorded root')];
  return { host, anchors, identity, random, time: () => time, prepared };
}

/** A chain and a device like AWS's, through a relay that writes everything down. */
async function record(): Promise<void> {
  const host = 'recorded.example';
  const chain = await makeServerChain({ kind: 'rsa', host });
  const device = await makeDeviceIdentity({ thing: 'recorded-1' });
  const recording: Recording = {
    host,
    time: Date.now(),
    seed: 'recorded handshake',
    anchor: toHex(chain.anchor),
    certificate: toHex(device.certificate),
    privateKey: privateScalar(device.key).toString(16).padStart(64, '0'),
    exchange: [],
  };
  const server = await startServer(chain, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: encodePem('CERTIFICATE', device.authority),
  });
  const relay = createServer((client: Socket) => {
    const upstream = connect(server.port, '127.0.0.1');
    const pipe = (mark: string, from: Socket, to: Socket): void => {
      from.on('data', (bytes: Buffer) => {
        recording.exchange.push(`${mark} ${toHex(bytes)}`);
        to.write(bytes);
      });
      from.on('end', () => to.end());
    };
    pipe('>', client, upstream);
    pipe('<', upstream, client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const dialled = new Dialled((relay.address() as AddressInfo).port, clientOptions(recording));
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('reading'));
  await once(server.sockets[0], 'data');
  server.sockets[0].end('thanks');
  await dialled.until('closed');
  await once(server.sockets[0], 'close');
  await server.close();
  relay.close();
  writeFileSync(FILE, `${JSON.stringify(recording, null, 2)}\n`);
}

if (process.argv.includes('--record')) await record();

test('the client repeats the recorded handshake, byte for byte', () => {
  const recording = JSON.parse(readFileSync(FILE, 'utf8')) as Recording;
  const client = createTlsClient(clientOptions(recording));
  const events: Exclude<TlsEvent, { type: 'transmit' }>[] = [];
  let sent = '';
  const run = (): void => {
    while (client.work()) continue;
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      if (event.type === 'transmit') {
        sent += toHex(event.bytes);
      } else {
        events.push(event);
        if (event.type === 'connected') client.send(Buffer.from('reading'));
        run();
      }
    }
  };
  run();
  let expected = '';
  for (const entry of recording.exchange) {
    if (entry.startsWith('>')) {
      expected += entry.slice(2);
      assert.equal(sent.slice(0, expected.length), expected);
    } else {
      client.receive(fromHex(entry.slice(2)));
      run();
    }
  }
  assert.equal(sent, expected);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['connected', 'data', 'closed'],
  );
  const [connected, data] = events;
  assert.deepEqual(
    { ...connected, session: null },
    { type: 'connected', cipherSuite: 0xc02f, anchor: 'recorded root', alpn: null, session: null },
  );
  assert.equal(Buffer.from((data as { bytes: Uint8Array }).bytes).toString(), 'thanks');
});

test('the engine repeats the recorded handshake', needsEngine, async () => {
  const recording = JSON.parse(readFileSync(FILE, 'utf8')) as Recording;
  // The client draws its random and both scalars at once.
  const drawn = toHex(seededRandom(recording.seed)(96));
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { finish } from 'src/steps.ts';
    import { createTlsClient } from 'src/tls/client.ts';
    import { prepareHandshake } from 'src/tls/prepareHandshake.ts';
    import { trustAnchor } from 'src/x509/anchor.ts';
    declare function print(text: string): void;
    const random = (length: number): Uint8Array => {
      if (length !== 96) throw new Error('drew ' + length);
      return fromHex('${drawn}');
    };
    const identity = {
      certificates: [fromHex('${recording.certificate}')],
      key: { type: 'ec', privateKey: BigInt('0x${recording.privateKey}') },
    } as const;
    const client = createTlsClient({
      host: '${recording.host}',
      anchors: [trustAnchor(fromHex('${recording.anchor}'), 'recorded root')],
      identity,
      random,
      time: () => ${recording.time},
      prepared: finish(prepareHandshake(identity, random)),
    });
    for (const bytes of ['', ...${JSON.stringify(received(recording))}]) {
      client.receive(fromHex(bytes));
      while (client.work()) continue;
      for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
        print(event.type === 'transmit' ? toHex(event.bytes) : event.type === 'failed' ? String(event.error) : event.type);
        if (event.type === 'connected') client.send(fromHex('${toHex(Buffer.from('reading'))}'));
        while (client.work()) continue;
      }
    }
  `);
  assert.deepEqual(
    lines.filter((line) => /^[a-z]+$/.test(line)),
    ['connected', 'data', 'closed'],
  );
  const sent = recording.exchange.filter((entry) => entry.startsWith('>')).map((entry) => entry.slice(2));
  assert.equal(lines.filter((line) => /^[0-9a-f]*\d[0-9a-f]*$/.test(line)).join(''), sent.join(''));
});

function received({ exchange }: Recording): string[] {
  return exchange.filter((entry) => entry.startsWith('<')).map((entry) => entry.slice(2));
}
