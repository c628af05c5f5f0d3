/**
 * Changes bytes on their way: somebody notices each change, or a list says why nobody needs to. BREAK=all turns a bit of every
 * byte of both directions, which takes some minutes; else one byte in 53 is turned, and one in every message.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ATTACKS } from '../../../scripts/explain/attacks.ts';
import { flipByte, Judge } from '../../../scripts/explain/breaking.ts';
import { factsOf } from '../../../scripts/explain/facts.ts';
import { observe } from '../../../scripts/explain/observe.ts';
import { replay } from '../../../scripts/explain/replay.ts';
import { silentReason } from '../../../scripts/explain/silent.ts';
import { shownTape, streamOf, type Tape } from '../../../scripts/explain/tape.ts';
import { talkOf } from './tapes.ts';
import { TlsError } from '../../../src/index.ts';
import type { Direction } from '../../../src/trace.ts';

const STEP = process.env['BREAK'] === 'all' ? 1 : 53;

const { tape } = await talkOf('ecdsa');
const judge = new Judge(tape, replay(tape).recording);

/** Offsets in a direction's stream: of each record's header and of the middle of what it holds. */
function places(direction: Direction): { name: string; at: number }[] {
  let start = 0;
  return observe(tape)
    .records.filter((record) => record.direction === direction)
    .map(({ bytes, isSealed }) => {
      const at = start + Math.floor((bytes.length + 5) / 2);
      start += bytes.length;
      return { name: isSealed ? 'sealed' : `type ${bytes[0]}, message ${bytes[5]}`, at };
    });
}

void describe('a change of one byte of every record', () => {
  for (const direction of ['in', 'out'] as const) {
    for (const { name, at } of places(direction)) {
      test(`is noticed, or stands in the list of silent places: ${direction}, ${name}, byte ${at}`, () => {
        const verdict = judge.judge(flipByte(tape, direction, at, 0x10));
        if (silentReason(tape, direction, at) !== null) return;
        assert.notEqual(verdict.who, 'nobody');
        if (name === 'sealed') assert.equal(verdict.alert, 'bad_record_mac');
        // A server that is asked for another name does not answer at all.
        if (name !== 'type 22, message 1') assert.ok(verdict.alert !== null, verdict.sentence);
      });
    }
  }
});

test('every changed byte of a message leads to the result that is listed here', () => {
  const find = (direction: Direction, type: number): number => {
    let start = 0;
    for (const { bytes, direction: way } of observe(tape).records) {
      if (way !== direction) continue;
      if (bytes[0] === 22 && bytes[5] === type) return start + 5;
      start += bytes.length;
    }
    throw new Error(`no message ${type}`);
  };
  const verdict = (direction: Direction, type: number, at: number): string => {
    const { who, where, alert } = judge.judge(flipByte(tape, direction, find(direction, type) + at, 1));
    return `${who}, ${where}, ${alert}`;
  };
  // client_version 0303 to 0302; random; the server's version, random and suite.
  assert.equal(verdict('out', 1, 5), 'server, ClientHello, protocol_version');
  assert.equal(verdict('out', 1, 6), 'board, ServerKeyExchange, decrypt_error');
  assert.equal(verdict('in', 2, 5), 'board, ServerHello, protocol_version');
  assert.equal(verdict('in', 2, 6), 'board, ServerKeyExchange, decrypt_error');
  assert.equal(verdict('in', 12, 4), 'board, ServerKeyExchange, illegal_parameter');
  assert.equal(verdict('in', 12, 20), 'board, ServerKeyExchange, decrypt_error');
  // The signed part of the leaf; and the cross-signed root at the end, which the path does not need.
  assert.equal(verdict('in', 11, 200), 'board, Certificate, bad_certificate');
  const { bytes } = observe(tape).messages.find(
    ({ name, direction }) => name === 'Certificate' && direction === 'in',
  ) ?? {
    bytes: new Uint8Array(0),
  };
  assert.equal(verdict('in', 11, bytes.length - 10), 'server, CertificateVerify, decrypt_error');
  assert.equal(verdict('in', 13, 20), 'server, CertificateVerify, decrypt_error');
  assert.equal(verdict('out', 1, 41), 'server, CertificateVerify, decrypt_error');
});

for (const kind of ['ecdsa', 'rsa', 'p384'] as const) {
  test(`every ready-made attack is noticed by the listed side, with the listed alert, ${kind}`, async () => {
    const { tape: attacked } = await talkOf(kind);
    const own = kind === 'ecdsa' ? judge : new Judge(attacked, replay(attacked).recording);
    const facts = factsOf(attacked);
    const outcomes = ATTACKS.map(({ id, make }) => {
      const tampering = make(attacked, facts);
      assert.ok(tampering !== null, id);
      const { who, where, alert } = own.judge(tampering);
      return `${id}: ${who}, ${where}, ${alert}`;
    });
    assert.deepEqual(outcomes, [
      'certificate: board, Certificate, unknown_ca',
      'impostor: board, ServerKeyExchange, decrypt_error',
      'replay: board, ServerKeyExchange, decrypt_error',
      'downgrade: board, ServerHello, illegal_parameter',
      'strip: server, ClientHello, handshake_failure',
      'version: board, ServerHello, protocol_version',
      'cut: board, connection, null',
    ]);
  });
}

for (const direction of ['in', 'out'] as const) {
  test(`no changed byte is accepted in silence except those that are listed, ${direction}, one in ${STEP}`, () => {
    const { length } = streamOf(tape, direction);
    for (let at = 0; at < length; at += STEP) {
      const verdict = judge.judge(flipByte(tape, direction, at, 1 << (at % 8)));
      const reason = silentReason(tape, direction, at);
      if (verdict.who === 'nobody') assert.notEqual(reason, null, `byte ${at} of ${direction}`);
      else assert.equal(reason, null, `byte ${at} of ${direction} is noticed: ${verdict.sentence}`);
    }
  });
}

test('without secrets the client still judges what came before the keys, and nothing after', () => {
  const shown: Tape = shownTape({ ...tape, kind: 'configured' }, { withSecrets: false });
  const half = new Judge(shown, replay(shown).recording);
  assert.equal(half.judgedOutgoing, 0);
  const flight = observe(tape).records.filter(({ direction, bytes: [type], isSealed }) => {
    return direction === 'in' && type === 22 && !isSealed;
  });
  assert.equal(
    half.judgedIncoming,
    flight.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
  for (let at = 1; at < half.judgedIncoming; at += 397) {
    const [mine, whole] = [half.judge(flipByte(shown, 'in', at, 2)), judge.judge(flipByte(tape, 'in', at, 2))];
    assert.deepEqual([mine.who, mine.where, mine.alert], [whole.who, whole.where, whole.alert], `byte ${at}`);
  }
});

test("the verdict repeats the client's own words", () => {
  const { error } = replay(tape, flipByte(tape, 'in', 6 + 5, 4).stream);
  assert.ok(error instanceof TlsError);
  const { sentence } = judge.judge(flipByte(tape, 'in', 6 + 5, 4));
  assert.ok(sentence.includes(error.expected) && sentence.includes(error.received), sentence);
});
