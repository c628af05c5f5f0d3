/** Tests the client with everything that a well-behaved server may do, in any sizes of records and segments. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { finish } from '../../src/steps.ts';
import { createChainCache } from '../../src/tls/chainCache.ts';
import { createTlsClient, type TlsClient, type TlsClientOptions, type TlsEvent } from '../../src/tls/client.ts';
import { prepareHandshake } from '../../src/tls/prepareHandshake.ts';
import { SeededRandom } from '../support/random.ts';
import {
  anchors,
  clientOptions,
  Conversation,
  device,
  HOST,
  seededRandom,
  serverChain,
} from '../support/tls/conversation.ts';
import { extension, vector } from '../support/tls/messages.ts';
import { type OutgoingRecord, ScriptedServer } from '../support/tls/server.ts';

const DAY = 86_400_000;

test('the client makes a full handshake, exchanges data both ways and ends in order', () => {
  const { client, server, events } = new Conversation().assertConnected();
  const [connected] = events;
  assert.deepEqual(
    { ...connected, session: null },
    { type: 'connected', cipherSuite: 0xc02b, anchor: 'Root 1', alpn: null, session: null },
  );
  assert.deepEqual(server.log, ['ClientHello', 'ClientKeyExchange', 'ChangeCipherSpec', 'Finished', 'data ping']);
  client.close();
  while (client.work()) continue;
  const goodbye = [client.nextEvent(), client.nextEvent(), client.nextEvent()];
  assert.deepEqual(
    goodbye.map((event) => event?.type),
    ['transmit', 'closed', undefined],
  );
  server.receive((goodbye[0] as { bytes: Uint8Array }).bytes);
  assert.equal(server.log.at(-1), 'alert 1 0');
});

test('the client’s flight is one transmission of three records', () => {
  const conversation = new Conversation({ request: {} }).assertConnected();
  assert.deepEqual(
    conversation.server.clientRecords.map(({ type }) => type),
    [22, 22, 20, 22, 23],
  );
  assert.equal(conversation.transmitted.length, 3);
  // Only the ClientHello's says 3.1 (appendix E.1).
  assert.deepEqual(
    conversation.server.clientRecords.map(({ version }) => version),
    [0x0301, 0x0303, 0x0303, 0x0303, 0x0303],
  );
});

for (const chunk of [1, 3, 7, 100, 1460]) {
  test(`the client works over TCP segments of ${chunk} bytes`, () => {
    new Conversation({ request: {} }, {}, chunk).assertConnected();
  });
}

for (const fragment of [1, 2, 5, 64, 1000]) {
  test(`the client reads handshake records of ${fragment} bytes`, () => {
    const conversation = new Conversation({ request: {}, fragment });
    assert.deepEqual(conversation.types, ['connected']);
  });
}

test('the client reads messages that come in a record each', () => {
  new Conversation({ request: {}, separate: true }).assertConnected();
});

test('the client reads messages that share a record with a part of the next', () => {
  new Conversation({ fragment: 3000 }, {}, 1460).assertConnected();
});

test('the client reads a certificate list of 16 KB in one record, and one beyond 16 KB in two', () => {
  const [leaf, ...others] = serverChain.certificates;
  for (const size of [16384 - 500, 16384 + 1800]) {
    const stuffing = Buffer.alloc(size - serverChain.certificates.reduce((sum, { length }) => sum + length + 3, 3) - 3);
    stuffing.set([0x30, 0x82]);
    new Conversation({ chain: [leaf, stuffing, ...others] }, {}, 1460).assertConnected();
  }
});

test('the client reads records of 16 KB, and empty ones between them', () => {
  const conversation = new Conversation().assertConnected();
  const { server } = conversation;
  const text = 'x'.repeat(16384);
  server.sendData(text);
  for (let i = 0; i < 3; i++) server.sendData('');
  server.sendData('y');
  conversation.run();
  assert.equal(conversation.data, `pong${text}y`);
  assert.deepEqual(
    conversation.events.map((event) => (event.type === 'data' ? event.bytes.length : 0)),
    [0, 4, 16384, 1],
  );
});

test('data beyond 16 KB that are sent in one piece go out in records of 16 KB', () => {
  const conversation = new Conversation().assertConnected();
  conversation.client.send(new Uint8Array(40000).fill(0x7a));
  conversation.client.send(new Uint8Array(0));
  conversation.run();
  assert.deepEqual(
    conversation.server.log.slice(-3).map(({ length }) => length - 'data '.length),
    [16384, 16384, 7232],
  );
  assert.deepEqual(
    conversation.server.clientRecords.slice(-3).map(({ length }) => length),
    [16408, 16408, 7256],
  );
});

test('without extended_master_secret the older derivation is used (RFC 5246, section 8.1), and no session is kept', () => {
  const { events } = new Conversation({ extendedMasterSecret: false, request: {} }).assertConnected();
  assert.equal((events[0] as { session: unknown }).session, null);
});

test('an empty session id leaves nothing to resume', () => {
  const { events } = new Conversation({ sessionId: new Uint8Array(0) }).assertConnected();
  assert.equal((events[0] as { session: unknown }).session, null);
});

test('the client accepts a ServerKeyExchange signed with SHA-384 or SHA-512 on P-256', () => {
  new Conversation({ scheme: 0x0503 }).assertConnected();
  new Conversation({ scheme: 0x0603 }).assertConnected();
});

test('a server that insists on secp384r1 gets a key on it, fresh each time', () => {
  const shared = [0, 1].map((round) => {
    const { events, server } = new Conversation({ group: 24, request: {} }, { random: seededRandom(`${round}`) });
    assert.equal(events[0].type, 'connected');
    assert.deepEqual(server.log.slice(1, 4), ['Certificate', 'ClientKeyExchange', 'CertificateVerify']);
    assert.ok(server.clientSignatureIsRight && server.clientFinishedIsRight);
    return server.masterSecret?.toString('hex');
  });
  assert.notEqual(shared[0], shared[1]);
});

test('a certificate that is asked for is sent and its key proved', () => {
  const { server } = new Conversation({ request: { authorities: [new Uint8Array(20)] } }).assertConnected();
  assert.deepEqual(server.clientCertificates, [device.certificate]);
  assert.equal(server.clientScheme, 0x0403);
  assert.equal(server.clientSignatureIsRight, true);
});

test('the proof of the key is the same without the extension', () => {
  const { server } = new Conversation({ request: {}, extendedMasterSecret: false }).assertConnected();
  assert.equal(server.clientSignatureIsRight, true);
});

test('a client without a suitable certificate sends an empty message, and no proof (RFC 5246, section 7.4.6)', () => {
  const cases = [
    [{}, { identity: null }],
    [{ types: [1] }, {}],
    [{ types: [2, 65] }, {}],
    [{ schemes: [0x0401, 0x0503, 0x0804] }, {}],
  ] as const;
  for (const [request, client] of cases) {
    const { server } = new Conversation({ request: request as { types?: number[] } }, client).assertConnected();
    assert.deepEqual(server.clientCertificates, []);
    assert.equal(server.clientScheme, null);
  }
});

test('a nonce is made when it is needed if the secrets were prepared without the identity', () => {
  const random = seededRandom('late');
  const prepared = finish(prepareHandshake(null, random));
  const { server } = new Conversation({ request: {} }, { prepared, random }).assertConnected();
  assert.equal(server.clientSignatureIsRight, true);
});

test('the server chooses the protocol that ALPN offers (RFC 7301), or does not answer it at all', () => {
  const chosen = extension(16, vector(2, vector(1, Buffer.from('x-amzn-mqtt-ca'))));
  const hello = (fields: { extensions: Uint8Array[] | null }): object => ({
    extensions: [...(fields.extensions ?? []), chosen],
  });
  const asked = new Conversation({ hello }, { alpn: 'x-amzn-mqtt-ca' }).assertConnected();
  assert.equal((asked.events[0] as { alpn: unknown }).alpn, 'x-amzn-mqtt-ca');
  const ignored = new Conversation({}, { alpn: 'x-amzn-mqtt-ca' }).assertConnected();
  assert.equal((ignored.events[0] as { alpn: unknown }).alpn, null);
  assert.ok(ignored.server.clientHello?.extensions.has(16));
});

test('the server is told the host’s name by SNI', () => {
  const { server } = new Conversation().assertConnected();
  assert.equal(server.clientHello?.extensions.get(0)?.toString('latin1', 5), HOST);
});

test('nothing is sent for names that a ClientHello cannot carry', () => {
  const names = { host: ['', 'exampl\u0131.com', 'a'.repeat(256), 'a b'], alpn: ['', 'x\u00e9', 'x'.repeat(256)] };
  for (const [field, values] of Object.entries(names)) {
    for (const value of values) {
      const { error, server } = new Conversation({}, { [field]: value });
      assert.deepEqual([error.alert, error.where, server.log], [null, 'ClientHello', []], value);
    }
  }
});

test('warning alerts are ignored, four in a row', () => {
  const conversation = new Conversation().assertConnected();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) conversation.server.sendAlert(1, 90);
    conversation.server.sendData('!');
  }
  conversation.run();
  assert.equal(conversation.data, 'pong!!!');
});

test('handshake messages end a row of warning alerts', () => {
  const edit = (record: OutgoingRecord): OutgoingRecord[] => {
    const warning = { ...record, type: 21, content: Buffer.from([1, 90]) };
    return record.type === 22 ? [warning, warning, warning, record] : [record];
  };
  new Conversation({ separate: true, editRecord: edit }).assertConnected();
});

test('HelloRequests are ignored (RFC 5246, section 7.4.1.1), four in a row', () => {
  const conversation = new Conversation().assertConnected();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) conversation.server.send(22, Buffer.alloc(4));
    conversation.server.sendData('!');
  }
  conversation.run();
  assert.equal(conversation.data, 'pong!!!');
  assert.equal(conversation.server.log.at(-1), 'data ping');
});

test('the server’s close_notify is answered, pending data discarded (RFC 5246, section 7.2.1)', () => {
  const conversation = new Conversation().assertConnected();
  conversation.server.sendData('last');
  conversation.server.sendAlert(1, 0);
  conversation.server.sendData('beyond');
  conversation.run();
  assert.equal(conversation.data, 'ponglast');
  assert.deepEqual(conversation.types, ['connected', 'data', 'data', 'closed']);
  assert.equal(conversation.server.log.at(-1), 'alert 1 0');
  conversation.client.send(Buffer.from('late'));
  conversation.client.close();
  conversation.client.transportClosed();
  conversation.run();
  assert.deepEqual(conversation.types, ['connected', 'data', 'data', 'closed']);
});

test('what was queued goes out before the client’s close_notify', () => {
  const conversation = new Conversation().assertConnected();
  conversation.client.send(Buffer.from('one'));
  conversation.client.send(Buffer.from('two'));
  conversation.client.close();
  conversation.client.send(Buffer.from('three'));
  conversation.run();
  assert.deepEqual(conversation.server.log.slice(-3), ['data one', 'data two', 'alert 1 0']);
  assert.deepEqual(conversation.types, ['connected', 'data', 'closed']);
});

test('close() works before the handshake is over, and before anything was sent', () => {
  const early = createTlsClient(clientOptions());
  early.close();
  const events: (TlsEvent | undefined)[] = [];
  while (early.work()) continue;
  events.push(early.nextEvent(), early.nextEvent());
  assert.deepEqual(events, [{ type: 'closed' }, undefined]);

  const amid = createTlsClient(clientOptions());
  while (amid.work()) continue;
  assert.equal(amid.nextEvent()?.type, 'transmit');
  amid.close();
  while (amid.work()) continue;
  const goodbye = amid.nextEvent();
  assert.deepEqual(goodbye, { type: 'transmit', bytes: new Uint8Array([21, 3, 3, 0, 2, 1, 0]) });
  assert.deepEqual(amid.nextEvent(), { type: 'closed' });
});

test('received bytes are copied', () => {
  const server = new ScriptedServer({ chain: serverChain.certificates, key: serverChain.key });
  const client = createTlsClient(clientOptions());
  while (client.work()) continue;
  server.receive(transmission(client));
  const flight = Buffer.concat(server.output.splice(0));
  client.receive(flight);
  flight.fill(0);
  while (client.work()) continue;
  server.receive(transmission(client));
  assert.equal(server.clientFinishedIsRight, true);
});

function transmission(client: TlsClient): Uint8Array {
  const event = client.nextEvent();
  assert.equal(event?.type, 'transmit');
  return event.bytes;
}

test('calls in any order, with a slice of work at a time, lead to the same result', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new SeededRandom(seed);
    const server = new ScriptedServer({
      chain: serverChain.certificates,
      key: serverChain.key,
      request: {},
      fragment: 700,
    });
    const client = createTlsClient(clientOptions());
    let waiting = Buffer.alloc(0);
    let received = '';
    let isConnected = false;
    for (let step = 0; received !== 'pong' && step < 20000; step++) {
      switch (random.below(3)) {
        case 0: {
          waiting = Buffer.concat([waiting, ...server.output.splice(0)]);
          const length = random.below(500);
          client.receive(waiting.subarray(0, length));
          waiting = waiting.subarray(length);
          break;
        }
        case 1:
          client.work();
          break;
        default: {
          const event = client.nextEvent();
          if (event?.type === 'transmit') server.receive(event.bytes);
          if (event?.type === 'data') received += Buffer.from(event.bytes).toString('latin1');
          if (event?.type === 'failed') assert.fail(event.error);
          if (event?.type === 'connected') {
            isConnected = true;
            client.send(Buffer.from('ping'));
            server.sendData('pong');
          }
        }
      }
    }
    assert.equal(isConnected, true);
    assert.equal(received, 'pong');
    assert.equal(server.log.includes('data ping'), true);
  }
});

test('a chain is kept only of a server that signed with its key', () => {
  const chainCache = createChainCache();
  const others = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  new Conversation({ key: others }, { chainCache }).assertRefused('decrypt_error', 51, /^ServerKeyExchange: /);
  assert.equal(chainCache.kept(), null);
  new Conversation({}, { chainCache }).assertConnected();
  const server = chainCache.kept()?.server;
  assert.equal(server?.anchor, 'Root 1');
  assert.equal(server.publicKey.type, 'ec');
  // The table that is made of its key beforehand serves the next handshake.
  const prepared = finish(prepareHandshake(null, seededRandom('prepared'), server.publicKey));
  new Conversation({}, { chainCache, identity: null, prepared }).assertConnected();
  const another = finish(prepareHandshake(null, seededRandom('another'), server.publicKey));
  new Conversation({ key: others }, { chainCache, prepared: another }).assertRefused(
    'decrypt_error',
    51,
    /^ServerKeyExchange: /,
  );
  assert.equal(chainCache.kept(), null, 'what a flaw of the flash has changed is refused once');
});

test('the same chain is not verified a second time, but its dates are checked, and only for the same host and bytes', () => {
  const chainCache = createChainCache();
  const believed = [...anchors];
  new Conversation({}, { chainCache, anchors: believed }).assertConnected();
  // The array is the same, but empty: verifying a signature now would find no anchor.
  believed.length = 0;
  const again = new Conversation({}, { chainCache, anchors: believed }).assertConnected();
  assert.equal((again.events[0] as { anchor: unknown }).anchor, 'Root 1');

  const unknown = (server: object, client: Partial<TlsClientOptions>, alert: string, number: number): void => {
    new Conversation(server, { chainCache, anchors: believed, ...client }).assertRefused(
      alert,
      number,
      /^Certificate: /,
    );
  };
  unknown({}, { host: `www.${HOST}` }, 'unknown_ca', 48);
  unknown({}, { anchors: [] }, 'unknown_ca', 48);
  // The certificates between this one and the anchor were verified before, and need not come again.
  const [leaf, ...others] = serverChain.certificates.map((certificate) => Buffer.from(certificate));
  new Conversation({ chain: [leaf] }, { chainCache, anchors: believed }).assertConnected();
  for (let byte = 0; byte < 24; byte++) {
    const changed = Buffer.from(leaf);
    changed[leaf.length - 1 - byte] ^= 1;
    unknown({ chain: [changed, ...others] }, {}, 'unknown_ca', 48);
  }
  new Conversation({}, { chainCache, anchors: believed, time: () => Date.now() + 6.9 * DAY }).assertConnected();
  unknown({}, { time: () => Date.now() + 7 * DAY }, 'unknown_ca', 48);
  unknown({}, { time: () => Date.now() + 366 * DAY }, 'certificate_expired', 45);
  unknown({}, { time: () => Date.now() - 2 * DAY }, 'certificate_expired', 45);
  new Conversation({}, { chainCache, anchors: believed }).assertConnected();
});
