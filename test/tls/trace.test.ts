/** The trace shows the explainer a whole handshake: a name for each byte, and whether it is secret. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import type { SecretName, Trace, TracedMessage, TracedRecord } from '../../src/tls/trace.ts';
import { Conversation } from '../support/tls/conversation.ts';
import type { ServerOptions } from '../support/tls/server.ts';

class Recorder implements Trace {
  readonly records: TracedRecord[] = [];
  readonly messages: TracedMessage[] = [];
  readonly secrets: [SecretName, string][] = [];

  record(record: TracedRecord): void {
    this.records.push(record);
  }

  message(message: TracedMessage): void {
    this.messages.push(message);
  }

  secret(name: SecretName, bytes: Uint8Array): void {
    this.secrets.push([name, toHex(bytes)]);
  }

  names(direction: string): string[] {
    return this.messages.filter((message) => message.direction === direction).map(({ name }) => name);
  }
}

function traced(server: Partial<ServerOptions> = {}, chunk = Infinity): [Conversation, Recorder] {
  const trace = new Recorder();
  const conversation = new Conversation({ request: { authorities: [new Uint8Array(9)] }, ...server }, { trace }, chunk);
  return [conversation, trace];
}

/** Asserts that annotations follow each other without a gap to the end. */
function assertCovered(annotations: Annotation[], length: number, what: string): void {
  let at = 0;
  for (const { start, end, name } of annotations) {
    assert.equal(start, at, `${what}: ${name}`);
    assert.ok(end > start, `${what}: ${name}`);
    at = end;
  }
  assert.equal(at, length, what);
}

const FLIGHTS = {
  in: [
    ...['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
    ...['ChangeCipherSpec', 'Finished', 'application_data', 'Alert'],
  ],
  out: [
    ...['ClientHello', 'Certificate', 'ClientKeyExchange', 'CertificateVerify', 'Finished', 'ChangeCipherSpec'],
    ...['application_data', 'Alert'],
  ],
};

for (const [fragment, chunk] of [
  [16384, Infinity],
  [100, 33],
]) {
  test(`the trace has every message and record, in fragments of ${fragment} and segments of ${chunk}`, () => {
    const [conversation, trace] = traced({ fragment }, chunk);
    conversation.assertConnected();
    conversation.server.sendAlert(1, 0);
    conversation.run();
    assert.deepEqual(trace.names('in'), FLIGHTS.in);
    assert.deepEqual(trace.names('out'), FLIGHTS.out);
    for (const { name, bytes, annotations, protected: isProtected } of trace.messages) {
      assertCovered(annotations, bytes.length, name);
      assert.equal(isProtected, ['Finished', 'application_data', 'Alert'].includes(name), name);
    }
    const sent = trace.records.filter(({ direction }) => direction === 'out').map(({ bytes }) => bytes.length);
    const length = (list: number[]): number => list.reduce((sum, one) => sum + one, 0);
    assert.equal(length(sent), length(conversation.transmitted));
  });
}

test('the trace has encrypted content in clear, and marks it', () => {
  const [conversation, trace] = traced();
  conversation.assertConnected();
  const data = trace.records.filter(({ bytes }) => bytes[0] === 23);
  assert.deepEqual(
    data.map(({ direction, content, protected: isProtected }) => [
      direction,
      Buffer.from(content).toString(),
      isProtected,
    ]),
    [
      ['out', 'ping', true],
      ['in', 'pong', true],
    ],
  );
  assert.ok(data.every(({ bytes }) => !Buffer.from(bytes).includes('pong')));
  const [first] = trace.records;
  assert.equal(toHex(first.bytes.subarray(5)), toHex(first.content));
});

test('the trace has the same secrets as the server, so that a line for SSLKEYLOGFILE can be made', () => {
  const [{ server }, trace] = traced();
  assert.deepEqual(
    trace.secrets.map(([name]) => name),
    ['pre_master_secret', 'master_secret', 'key_block'],
  );
  assert.equal(trace.secrets[1][1], toHex(server.masterSecret as Buffer));
  const hello = trace.messages.find(({ name }) => name === 'ClientHello') as TracedMessage;
  const random = hello.annotations.find(({ name }) => name === 'random') as Annotation;
  assert.equal(toHex(hello.bytes.subarray(random.start, random.end)), toHex(server.clientHello?.random as Buffer));
});

test('fields have the RFCs’ names in both directions', () => {
  const [, trace] = traced();
  const field = (message: string, name: string, direction = 'in'): string => {
    const found = trace.messages.find((one) => one.name === message && one.direction === direction);
    assert.ok(found);
    const { start, end } = found.annotations.find((one) => one.name === name && !one.isLength) as Annotation;
    return toHex(found.bytes.subarray(start, end));
  };
  assert.equal(field('ServerHello', 'cipher_suite'), 'c02b');
  assert.equal(field('ServerHello', 'extension_type'), 'ff01');
  assert.equal(field('ServerKeyExchange', 'algorithm'), '0403');
  assert.equal(field('ClientHello', 'host_name', 'out'), Buffer.from('broker.example').toString('hex'));
  assert.equal(field('ClientHello', 'cipher_suite', 'out'), 'c02f');
  assert.equal(field('Finished', 'verify_data', 'out').length, 24);
});

test('a message that is refused is shown as far as it was understood', () => {
  const edit = (name: string, bytes: Buffer): Buffer => {
    if (name === 'ServerHello') bytes[5] = 1;
    return bytes;
  };
  const [conversation, trace] = traced({ edit });
  assert.equal(conversation.error.alert, 'protocol_version');
  const hello = trace.messages[trace.messages.length - 2];
  assert.equal(hello.name, 'ServerHello');
  assert.deepEqual(
    hello.annotations.map(({ name }) => name),
    ['msg_type', 'length', 'server_version'],
  );
  const alert = trace.messages[trace.messages.length - 1];
  assert.deepEqual(
    [alert.direction, alert.name, alert.annotations[1].name, alert.bytes[1]],
    ['out', 'Alert', 'description', 70],
  );
});
