/** The client tells when a step begins that takes much memory, or has left much behind, and which type of key it is about. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { createChainCache } from '../../src/tls/chainCache.ts';
import type { TlsClientOptions } from '../../src/tls/client.ts';
import type { ClientIdentity } from '../../src/tls/options.ts';
import { Conversation, leafOf } from '../support/tls/conversation.ts';
import type { ServerOptions } from '../support/tls/server.ts';

/** Returns what the checkpoint of a connection was told. */
function told(server: Partial<ServerOptions>, client: Partial<TlsClientOptions> = {}): string[] {
  const calls: string[] = [];
  const checkpoint: TlsClientOptions['checkpoint'] = (...call) => void calls.push(call.join(': '));
  new Conversation(server, { ...client, checkpoint }).assertConnected();
  return calls;
}

const SHARING = ['sharing secret: ec', 'secret shared: ec'];
const SIGNING = ['signing: ec', 'signed: ec'];

test('each step of a full handshake is told before it begins; of a chain that is known, no step', () => {
  const chainCache = createChainCache();
  assert.deepEqual(told({ request: {} }, { chainCache }), [
    // The second certificate leads to the anchor; those behind it are passed over.
    ...['verifying chain: ec', 'next certificate: ec', 'verifying signatures: ec', 'verifying server: ec'],
    ...['server verified: ec', ...SHARING, ...SIGNING],
  ]);
  assert.deepEqual(told({ request: {} }, { chainCache }), [
    ...['verifying server: ec', 'server verified: ec', ...SHARING, ...SIGNING],
  ]);
});

test('a device that does not sign tells nothing of signing', () => {
  const steps = told({}, { identity: null });
  assert.deepEqual(steps.slice(-3), ['server verified: ec', ...SHARING]);
});

test('a handshake that resumes a session tells nothing', () => {
  const sessions = new Map<string, Buffer>();
  const [connected] = new Conversation({ sessions }).events;
  assert.ok(connected.type === 'connected' && connected.session !== null);
  assert.deepEqual(told({ sessions }, { session: connected.session }), []);
});

test('the type of the key is that of the one who signs: the server, then the device', () => {
  const { key, chain, anchors } = leafOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const identity: ClientIdentity = { certificates: chain, key: { type: 'rsa', ...prepareRsaPrivateKey(key) } };
  assert.deepEqual(told({ key, chain, request: {} }, { anchors, identity }), [
    ...['verifying chain: rsa', 'verifying signatures: rsa', 'verifying server: rsa', 'server verified: rsa'],
    ...['sharing secret: rsa', 'secret shared: ec', 'signing: rsa', 'signed: rsa'],
  ]);
});

test('a record of more than 4 KB is told when its header has come, before memory for it is allocated', () => {
  const held: number[] = [];
  const checkpoint: TlsClientOptions['checkpoint'] = (phase) => {
    if (phase === 'long record') held.push(conversation.client.held());
  };
  const conversation: Conversation = new Conversation({}, { checkpoint }).assertConnected();
  const { client, server } = conversation;
  const receive = (bytes: Uint8Array): void => {
    client.receive(bytes);
    while (client.work()) continue;
  };
  // The explicit nonce and the tag are 24 bytes of a record.
  server.sendData('x'.repeat(4096 - 24));
  conversation.run();
  assert.deepEqual(held, []);
  server.sendData('y'.repeat(4096 - 23));
  const record = Buffer.concat(server.output.splice(0));
  receive(record.subarray(0, 4));
  assert.deepEqual(held, []);
  receive(record.subarray(4, 5));
  assert.deepEqual(held, [0]);
  assert.equal(client.held(), 4097);
  receive(record.subarray(5));
  conversation.run();
  assert.deepEqual(held, [0], 'once');
  assert.equal(conversation.data.length, 'pong'.length + 4072 + 4073);
});
