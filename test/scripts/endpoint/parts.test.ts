import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientHelloPeek, peekServerName } from '../../../scripts/endpoint/clientHello.ts';
import { connectProblem, keepAlive, publishProblem, topicProblem } from '../../../scripts/endpoint/policy.ts';
import { describeReading, parseReading } from '../../../scripts/endpoint/reading.ts';
import { concat, fromHex } from '../../../src/bytes/encoding.ts';

test('the ClientHello that AWS IoT Core never answered has three mistakes, and no SNI', () => {
  const hello = '160303002901000025030363d6c50a8cd1376d2eddd86a5d38eab2620e9c73ea718e4782729525ada0ddf7c02f00';
  assert.equal(peekServerName(fromHex(hello)).state, 'not-tls');
});

/** A ClientHello with or without the extension server_name, as handshake bytes. */
function hello(name: string | null): Uint8Array {
  const host = Buffer.from(name ?? '');
  const u16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n);
  const sni = concat(fromHex('ff01000100'), u16(0), u16(host.length + 5), u16(host.length + 3), Uint8Array.of(0), u16(host.length), host); // prettier-ignore
  const extensions = name === null ? new Uint8Array(0) : concat(u16(sni.length), sni);
  const body = concat(fromHex('0303'), new Uint8Array(32), fromHex('00 0002c02f 0100'.replaceAll(' ', '')), extensions);
  return concat(Uint8Array.of(1, 0), u16(body.length), body);
}

function record(fragment: Uint8Array): Uint8Array {
  return concat(fromHex('160303'), Uint8Array.of(fragment.length >> 8, fragment.length), fragment);
}

test('the server name is found, however the ClientHello is cut', () => {
  const whole = hello('endpoint.example');
  const expected = { state: 'complete', serverName: 'endpoint.example' };
  assert.deepEqual(peekServerName(record(whole)), expected);
  assert.deepEqual(peekServerName(concat(record(whole.subarray(0, 2)), record(whole.subarray(2)))), expected);
  assert.deepEqual(peekServerName(record(hello(null))), { state: 'complete', serverName: null });
  for (let length = 0; length < whole.length + 5; length++) {
    assert.deepEqual(peekServerName(record(whole).subarray(0, length)), { state: 'incomplete' }, String(length));
  }
});

test('bytes that cannot become a ClientHello are noticed at once', () => {
  for (const hex of ['47', '15030300020100', '160303000402000000', '160303000401ffffff', '1603030006010000020303']) {
    assert.equal(peekServerName(fromHex(hex)).state, 'not-tls', hex);
  }
});

test('the policy allows the client id of the certificate, and its own topics only', () => {
  assert.equal(connectProblem('kitchen-1', 'kitchen-1'), null);
  for (const id of ['', 'kitchen-2', '$kitchen-1', 'x'.repeat(129)]) assert.ok(connectProblem(id, 'kitchen-1'), id);
  const allowed = [
    'kitchen/kitchen-1/temperature',
    'kitchen-1',
    '$aws/things/kitchen-1/shadow/update/delta',
    '$aws/rules/store/1/2/3/4/5/6/7/kitchen-1',
    'kitchen/kitchen-1/#',
  ];
  for (const topic of allowed) assert.equal(topicProblem(topic, 'kitchen-1'), null, topic);
  const denied = ['kitchen', 'kitchen/kitchen-10', 'kitchen/+/temperature', '#', 'kitchen-1/1/2/3/4/5/6/7/8'];
  for (const topic of denied) assert.ok(topicProblem(topic, 'kitchen-1'), topic);
  assert.equal(publishProblem({ topic: 'kitchen-1', payload: Buffer.alloc(131072) }, 'kitchen-1'), null);
  assert.ok(publishProblem({ topic: 'kitchen-1', payload: '€'.repeat(43691) }, 'kitchen-1'));
  assert.deepEqual([0, 1, 30, 1200, 1201].map(keepAlive), [1200, 30, 30, 1200, 1200]);
});

test('readings are told from other messages', () => {
  const reading = {
    device: 'kitchen-1',
    celsius: -0.5,
    time: '2026-11-23T08:00:00Z',
    seq: 1,
    uptime_s: 9,
    humidity: 40,
  };
  const parse = (value: unknown): unknown => parseReading(Buffer.from(JSON.stringify(value)));
  assert.deepEqual(parse(reading), reading);
  for (const wrong of [
    { ...reading, celsius: '21' },
    { ...reading, celsius: null },
    { ...reading, time: 'now' },
    7,
    null,
  ]) {
    assert.equal(parse(wrong), null);
  }
  assert.equal(parseReading(Buffer.from('{"device":')), null);
  for (const field of ['celsius', 'seq', 'uptime_s']) {
    const text = JSON.stringify({ ...reading, [field]: 999 }).replace('999', '1e999');
    assert.equal(parseReading(Buffer.from(text)), null, text);
  }
  assert.equal(
    describeReading(reading, true),
    'reading 1 from kitchen-1: -0.5 °C at 2026-11-23T08:00:00Z, up 9 s (sent again)',
  );
});

test('a flood that is no ClientHello is refused at once, and each byte is looked at once', () => {
  const empty = record(new Uint8Array(0));
  assert.deepEqual(peekServerName(empty), { state: 'not-tls', problem: 'an empty handshake record' });
  // A ClientHello of 16 KB in records of one byte, in segments of one byte: 98,000 of them.
  const peek = new ClientHelloPeek();
  const long = new Uint8Array(16_384);
  long.set([1, 0, 0x3f, 0xfc]);
  const started = performance.now();
  let state = '';
  for (const byte of long) for (const part of record(Uint8Array.of(byte))) ({ state } = peek.push(Uint8Array.of(part)));
  assert.equal(state, 'complete');
  assert.ok(performance.now() - started < 3000);
  assert.equal(peekServerName(record(Uint8Array.of(1, 0, 0x40, 0))).state, 'not-tls');
});
