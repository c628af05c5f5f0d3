/** Tests everything that may happen on a connection, and what keeps one from being made. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { finish } from '../../src/steps.ts';
import { createTlsClient, MAX_HELD, MAX_HELD_IN_HANDSHAKE, type TlsEvent } from '../../src/tls/client.ts';
import { createRecordProtection } from '../../src/tls/recordProtection.ts';
import { allocationsOf } from '../fuzz/allocations.ts';
import { clientOptions, Conversation, serverChain } from '../support/tls/conversation.ts';
import { message } from '../support/tls/messages.ts';
import { ScriptedServer } from '../support/tls/server.ts';

/** A connection to a server that then does `fault`. */
function disturbed(fault: (conversation: Conversation) => void): Conversation {
  const conversation = new Conversation({ request: {} }).assertConnected();
  fault(conversation);
  return conversation.run();
}

/** A server's records, `change`d on the way. */
function tampered(change: (record: Buffer) => Buffer, text = 'secret'): Conversation {
  return disturbed(({ server }) => {
    server.sendData(text);
    server.output.push(change(server.output.pop() as Buffer));
    server.sendData('later');
  });
}

test('a change in any byte of a record is noticed (RFC 5246, section 6.2.3.3)', () => {
  const length = 5 + 8 + 'secret'.length + 16;
  for (let offset = 5; offset < length; offset++) {
    const conversation = tampered((record) => {
      record[offset] ^= 0x40;
      return record;
    });
    conversation.assertRefused('bad_record_mac', 20, /^record: expected a right tag, got a changed record$/);
    assert.equal(conversation.data, 'pong');
  }
});

test('a changed type and a shortened record are noticed', () => {
  const retyped = tampered((record) => Buffer.concat([Buffer.from([22]), record.subarray(1)]));
  retyped.assertRefused('bad_record_mac', 20, /changed record/);
  for (const fragment of [0, 1, 7, 8, 23]) {
    const cut = tampered((record) =>
      Buffer.concat([record.subarray(0, 4), Buffer.from([fragment]), record.subarray(5, 5 + fragment)]),
    );
    cut.assertRefused('bad_record_mac', 20, /changed record/);
  }
});

test('a record that comes twice, too late or not at all is noticed', () => {
  disturbed(({ server }) => {
    server.sendData('one');
    server.output.push(server.output[0]);
  }).assertRefused('bad_record_mac', 20, /changed record/);
  disturbed(({ server }) => {
    server.sendData('one');
    server.sendData('two');
    server.output.reverse();
  }).assertRefused('bad_record_mac', 20, /changed record/);
  disturbed(({ server }) => {
    server.sendData('one');
    server.sendData('two');
    server.output.shift();
  }).assertRefused('bad_record_mac', 20, /changed record/);
});

test('a record of more than 2^14 bytes is refused, encrypted or not', () => {
  const most = disturbed(({ server }) => server.send(23, Buffer.alloc(16384)));
  assert.equal(most.data.length, 4 + 16384);
  disturbed(({ server }) =>
    server.sendRecord({ type: 23, version: 0x0303, content: Buffer.alloc(16385) }),
  ).assertRefused('record_overflow', 22, /^record: expected 16408 bytes, got 16409$/);
});

test('a record of another version or type is refused', () => {
  const version = disturbed(({ server }) => server.send(23, Buffer.from('x'), 0x0302));
  version.assertRefused('protocol_version', 70, /^record: expected version 0303, got 170302/);
  const type = disturbed(({ server }) => server.send(24, Buffer.from([1, 0, 0])));
  type.assertRefused('unexpected_message', 10, /^record: expected type 20 to 23, got 18/);
});

test('a handshake message other than HelloRequest is refused', () => {
  for (const [type, name] of [
    [1, 'ClientHello'],
    [2, 'ServerHello'],
    [4, 'NewSessionTicket'],
    [11, 'Certificate'],
    [20, 'Finished'],
    [24, 'handshake type 24'],
  ] as const) {
    const conversation = disturbed(({ server }) => server.send(22, message(type, [0, 0])));
    conversation.assertRefused(
      'unexpected_message',
      10,
      new RegExp(`^handshake: expected application_data, got ${name}$`),
    );
  }
  const body = disturbed(({ server }) => server.send(22, message(0, [0])));
  body.assertRefused('decode_error', 50, /^HelloRequest: .*1 bytes too many/);
});

test('a ChangeCipherSpec is refused', () => {
  const conversation = disturbed(({ server }) => server.send(20, Buffer.from([1])));
  conversation.assertRefused('unexpected_message', 10, /^handshake: expected application_data, got ChangeCipherSpec$/);
});

test('half a HelloRequest followed by data is refused', () => {
  const conversation = disturbed(({ server }) => {
    server.send(22, Buffer.alloc(2));
    server.sendData('x');
  });
  conversation.assertRefused(
    'unexpected_message',
    10,
    /^handshake: expected the rest of a message, got application_data$/,
  );
});

test('HelloRequests and warnings together, and empty records, are tolerated up to a limit in a row', () => {
  const requests = disturbed(({ server }) => server.send(22, Buffer.alloc(20)));
  requests.assertRefused('unexpected_message', 10, /^HelloRequest: expected 4 in a row at most, got HelloRequest$/);
  const mixed = disturbed(({ server }) => {
    for (let i = 0; i < 3; i++) server.sendAlert(1, 90);
    server.send(22, Buffer.alloc(8));
  });
  mixed.assertRefused('unexpected_message', 10, /4 in a row at most/);
  const empty = disturbed(({ server }) => {
    for (let i = 0; i < 32; i++) server.sendData('');
    server.sendAlert(1, 90);
    server.sendData('');
  });
  empty.assertRefused('unexpected_message', 10, /32 empty records at most/);
  const enough = disturbed(({ server }) => {
    for (let i = 0; i < 32; i++) server.sendData('');
    server.sendData('!');
    for (let i = 0; i < 32; i++) server.sendData('');
  });
  assert.equal(enough.data, 'pong!');
  const between = disturbed(({ server }) => {
    for (let i = 0; i < 5; i++) {
      server.sendAlert(1, 90);
      server.sendData('');
    }
  });
  between.assertRefused('unexpected_message', 10, /4 in a row at most/);
});

test('a fatal alert is reported, and the connection ends without an answer', () => {
  const conversation = disturbed(({ server }) => {
    server.sendAlert(2, 80);
    server.sendData('later');
  });
  assert.deepEqual([conversation.error.alert, conversation.error.origin], ['internal_error', 'peer']);
  assert.equal(conversation.server.log.at(-1), 'data ping');
  const unknown = disturbed(({ server }) => server.sendAlert(2, 199));
  assert.equal(unknown.error.alert, 'alert_199');
});

test('an end without close_notify is reported as truncation, after all data that came before it', () => {
  const conversation = disturbed(({ server, client }) => {
    server.sendData('last');
    for (const bytes of server.output.splice(0)) client.receive(bytes);
    client.transportClosed();
  });
  assert.equal(conversation.data, 'ponglast');
  const { error } = conversation;
  assert.deepEqual([error.alert, error.origin], [null, 'transport']);
  assert.equal(error.message, 'connection: expected close_notify, got its end');
  const inARecord = disturbed(({ server, client }) => {
    server.sendData('cut');
    client.receive((server.output.pop() as Buffer).subarray(0, 20));
    client.transportClosed();
  });
  assert.equal(inARecord.error.origin, 'transport');
});

test('a close_notify that waits is seen before the end of the transport', () => {
  const conversation = disturbed(({ server, client }) => {
    server.sendAlert(1, 0);
    for (const bytes of server.output.splice(0)) client.receive(bytes);
    client.transportClosed();
  });
  assert.deepEqual(conversation.types, ['connected', 'data', 'closed']);
});

test('a server that sends faster than the client computes is stopped', () => {
  const connected = new Conversation().client;
  const fresh = createTlsClient(clientOptions());
  while (fresh.work()) continue;
  for (const [client, most, alert] of [
    [connected, MAX_HELD, 'internal_error'],
    [fresh, MAX_HELD_IN_HANDSHAKE, 'unexpected_message'],
  ] as const) {
    for (let sent = 0; sent < most; sent += 1024) client.receive(new Uint8Array(1024));
    assert.equal(client.held(), most);
    client.receive(new Uint8Array(1));
    while (client.work()) continue;
    assert.equal(client.nextEvent()?.type, 'transmit');
    let failed = client.nextEvent();
    if (failed?.type === 'transmit') failed = client.nextEvent();
    assert.equal(failed?.type === 'failed' && failed.error.alert, alert);
    assert.match(failed?.type === 'failed' ? failed.error.message : '', new RegExp(`${most} bytes held at most`));
  }
});

test('a server may send application data right behind its Finished', () => {
  const server = new ScriptedServer({ chain: serverChain.certificates, key: serverChain.key });
  const client = createTlsClient(clientOptions());
  const events: TlsEvent[] = [];
  const text = 'x'.repeat(16_000);
  while (!events.some(({ type }) => type === 'data')) {
    while (client.work()) continue;
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      events.push(event);
      if (event.type === 'transmit') server.receive(event.bytes);
    }
    assert.notEqual(events.at(-1)?.type, 'failed');
    if (server.log.at(-1) === 'Finished') server.sendData(text);
    client.receive(Buffer.concat(server.output.splice(0)));
  }
  const data = events.at(-1);
  assert.equal(data?.type === 'data' && Buffer.from(data.bytes).toString(), text);
});

test('tiny segments cost no more memory than their bytes, in blocks of 1 KB', () => {
  // Nothing has come yet, so no block is left over that could be filled again.
  const client = createTlsClient(clientOptions());
  while (client.work()) continue;
  const counted = allocationsOf(() => {
    for (let i = 0; i < 4096; i++) client.receive(Uint8Array.of(0x17));
  });
  assert.equal(client.held(), 4096);
  // The 4,096 given to it are counted as well.
  assert.equal(counted.total, 4096 + 4096);
});

test('nothing more is read before the last data are taken', () => {
  const conversation = new Conversation().assertConnected();
  const { client, server } = conversation;
  for (let i = 0; i < 3; i++) server.sendData(`piece ${i}`);
  client.receive(Buffer.concat(server.output.splice(0)));
  for (let i = 0; i < 3; i++) {
    while (client.work()) continue;
    const event = client.nextEvent();
    assert.equal(event?.type === 'data' && Buffer.from(event.bytes).toString(), `piece ${i}`);
    assert.equal(client.nextEvent(), undefined);
  }
});

test('no long encrypted record is put together before the server is authenticated', () => {
  const long = new Conversation({
    edit: (name, bytes) => (name === 'Finished' ? Buffer.concat([bytes, Buffer.alloc(60)]) : bytes),
  });
  long.assertRefused('unexpected_message', 10, /record: expected Finished, got 1603030064/);
});

test('no explicit nonce is used twice (RFC 5288, section 3)', () => {
  const { server } = disturbed(({ client }) => {
    for (let i = 0; i < 300; i++) client.send(new Uint8Array([i]));
  });
  assert.equal(server.clientNonces.length, 302);
  assert.equal(new Set(server.clientNonces).size, 302);
});

test('sending data before the connection is up fails it', () => {
  const client = createTlsClient(clientOptions());
  client.send(new Uint8Array(1));
  while (client.work()) continue;
  assert.equal(client.nextEvent()?.type, 'transmit');
  const failed = client.nextEvent();
  assert.equal(failed?.type === 'failed' && failed.error.where, 'send');
});

test('without the time the client sends nothing', () => {
  const client = createTlsClient(clientOptions({ time: () => null }));
  while (client.work()) continue;
  const failed = client.nextEvent();
  assert.equal(failed?.type, 'failed');
  assert.equal(failed.error.message, 'clock: expected the time, got none');
  assert.deepEqual([failed.error.alert, failed.error.origin], [null, 'local']);
  assert.equal(client.nextEvent(), undefined);
});

test('preparations serve one handshake, and nothing is sent the second time', () => {
  const options = clientOptions();
  const first = createTlsClient(options);
  first.work();
  assert.equal(first.nextEvent()?.type, 'transmit');
  const second = createTlsClient(options);
  second.work();
  const failed = second.nextEvent();
  assert.equal(failed?.type, 'failed');
  assert.equal(failed.error.message, 'handshake: expected fresh preparations, got used ones');
  assert.equal(second.nextEvent(), undefined);
});

test('a key protects 2^24 records, and only an alert after that', () => {
  const protection = createRecordProtection(new Uint8Array(16), new Uint8Array(4));
  protection.sequence = 0xffffff;
  // The explicit nonce is the number of the record, all of its bytes.
  const nonce = (record: Uint8Array): string => toHex(record.subarray(0, 8));
  const last = finish(protection.seal(23, new Uint8Array(1)));
  assert.deepEqual([last.length, nonce(last)], [25, '0000000000ffffff']);
  const refusal = { name: 'TlsError', alert: 'internal_error', expected: 'a fresh key' };
  assert.throws(() => finish(protection.seal(23, new Uint8Array(1))), refusal);
  assert.throws(() => finish(protection.open(23, new Uint8Array(25))), refusal);
  const alert = finish(protection.seal(21, new Uint8Array(2)));
  assert.deepEqual([alert.length, nonce(alert)], [26, '0000000001000002'], 'two numbers went to what was refused');
});
