import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { DecodeError } from '../../src/bytes/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/utf8.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';

const TEXTS = ['', 'kitchen-1', 'küche °C', '€', '😀', '\0\u007f\u0080\u07ff\u0800\uffff\u{10ffff}', '%41%'];
const WRONG = ['80', 'c080', 'c1bf', 'c2', 'c241', 'e09fbf', 'eda080', 'edbfbf', 'e282', 'f08fbfbf', 'f4908080', 'ff'];

test('text is encoded and decoded as the platform does it', () => {
  for (const text of TEXTS) {
    const bytes = new TextEncoder().encode(text);
    assert.equal(toHex(encodeUtf8(text)), toHex(bytes));
    assert.equal(decodeUtf8(bytes), text);
  }
});

test('bytes that are not UTF-8 are refused (RFC 3629, section 3)', () => {
  for (const hex of WRONG) assert.throws(() => decodeUtf8(fromHex(hex)), DecodeError, hex);
  for (const text of ['\ud800', 'a\udc00', '\ud800a']) assert.throws(() => encodeUtf8(text), DecodeError);
});

test("the engine's own codec refuses the same bytes", needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { decodeUtf8, encodeUtf8 } from 'src/bytes/utf8.ts';
    declare const print: (text: string) => void;
    for (const text of ${JSON.stringify(TEXTS)}) print(toHex(encodeUtf8(text)) + ' ' + (decodeUtf8(encodeUtf8(text)) === text));
    for (const hex of ${JSON.stringify(WRONG)}) {
      try { print(decodeUtf8(fromHex(hex))); } catch (error) { print(error.name); }
    }
    try { encodeUtf8('\\ud800'); } catch (error) { print(error.name); }`);
  assert.deepEqual(lines, [
    ...TEXTS.map((text) => `${Buffer.from(text, 'utf8').toString('hex')} true`),
    ...WRONG.map(() => 'DecodeError'),
    'DecodeError',
  ]);
});
