/** Tests the checks that keep a program which only other engines accept from reaching the board. */
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { duplexPair } from 'node:stream';
import { describe, test } from 'node:test';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import { BOARD_GLOBALS, LANGUAGE_GLOBALS } from '../../scripts/simulator/engine/builtins.ts';
import { HELPER_SOURCE, instrument } from '../../scripts/simulator/engine/instrument.ts';
import { parseForEngine, ProgramRefused } from '../../scripts/kaluma/language.ts';
import { SeededRandom } from '../support/random.ts';

/** Runs a program for a moment. */
async function boot(program: string, options: { watchStack?: boolean } = {}): Promise<SimulatedBoard> {
  const board = new SimulatedBoard({ program, clock: 'virtual', ...options });
  await board.run(3);
  board.close();
  return board;
}

void describe('the parser', () => {
  const refused: Record<string, string> = {
    '() => ({ x: a => 1 })': 'bare parameters',
    'x = ({ a: { b: [f, a => 1] } })': 'bare parameters',
    '(f, [async a => 1])': 'bare parameters',
    'a?.b': 'optional chaining',
    'f?.()': 'optional chaining',
    'a &&= 1': '&&=',
    'a ||= 1': '||=',
    'a ??= 1': '??=',
    'class A { #x = 1 }': 'private names',
    'class A { static {} }': 'static blocks',
    'import("x")': 'import',
    'x`\\unicode`': 'bad escapes',
    '/(?<=a)b/': 'lookbehind',
    '/(?<!a)b/': 'lookbehind',
    '/(?<year>a)/': 'named groups',
    '/\\p{L}/u': 'property escapes',
    '/a/d': 'flags',
    'import.meta': 'does not parse',
    'export default 1': 'does not parse',
    'await 1': 'does not parse',
    'using x = null': 'does not parse',
    'with (a) b': 'does not parse',
  };
  for (const [text, reason] of Object.entries(refused)) {
    test(`refuses ${text}`, () => {
      assert.throws(
        () => parseForEngine(`var a, f, x;\n${text}`),
        (error) => error instanceof ProgramRefused && error.message.includes(reason),
      );
    });
  }

  const taken = [
    'a ?? b',
    'a **= 2',
    'class A { x = 1; static y = () => 2; get z() { return 1 } static async *w() {} }',
    'function f() { return new.target }',
    '1_000n + 0x1fn',
    'try {} catch {}',
    '({ ...a, [b]: 1 })',
    '(async () => { for await (const x of a) await x })()',
    '/[(?<=]\\(?<a\\\\p{/',
    '/a.b/gimsuy',
    'x`${a}\\n`',
    '() => ({ x: (a) => 1, y: b(a => 1), z() { return a => 1 } })',
    'b({ x: a => 1 })',
    '() => { return { x: a => 1 } }',
  ];
  for (const text of taken) test(`takes ${text}`, () => void parseForEngine(`var a, b, x; ${text}`));

  test('an error says where the parser stopped', () => {
    assert.throws(() => parseForEngine('let a;\nlet b = a?.c;'), /line 2, at `.*a\?\.c/);
  });

  test('the parser keeps to its budget', () => {
    assert.throws(
      () => new SimulatedBoard({ program: '"é"', clock: 'virtual', programBudget: 3 }),
      /4 B, 3 are allowed/,
    );
  });
});

void describe('the context', () => {
  test("has the board's globals and no others", async () => {
    const board = await boot('console.log(Object.getOwnPropertyNames(globalThis).sort().join(" "))');
    const expected = `${LANGUAGE_GLOBALS} ${BOARD_GLOBALS}`.split(' ').sort().join(' ');
    assert.equal(board.serial, `${expected}\n`);
  });

  test('gives no way to the host', async () => {
    const board = await boot(`
      const found = new Set();
      const walk = (value, path, depth) => {
        if (value === null || (typeof value !== 'object' && typeof value !== 'function') || found.has(value) || depth > 6) return;
        found.add(value);
        const make = typeof value === 'function' ? value : value.constructor;
        try {
          const root = make.constructor('return typeof process === "object" ? process.version : 0')();
          if (root !== '1.2.1') console.log('escaped by', path);
        } catch (e) {}
        for (const key of Reflect.ownKeys(value)) { try { walk(value[key], path + '.' + String(key), depth + 1); } catch (e) { walk(e, path + '!' + String(key), depth + 1); } }
        walk(Object.getPrototypeOf(value), path + '^', depth + 1);
      };
      walk(globalThis, 'globalThis', 0);
      for (const name of ['rp2', 'rtc', 'wdt', 'i2c', 'fs', 'flash', 'pico_cyw43']) walk(require(name), name, 0);
      walk(process.memoryUsage(), 'memoryUsage', 0);
      __ieee80211dev.scan((error, results) => walk(results, 'scan', 0));
      try { require('fs').open('/none') } catch (error) { walk(error, 'error', 0); }
      console.log(found.size > 500);`);
    assert.equal(board.serial, 'true\n');
  });

  test('a program that uses something of the board that is not simulated is told so', async () => {
    const board = await boot("try { require('spi') } catch (e) { console.log(e.message) } tone(1)");
    assert.match(board.serial, /has no module spi\nError: the simulated board has no tone/);
    assert.deepEqual(
      board.violations.map(({ kind, message }) => [kind, message]),
      [
        ['not simulated', 'module spi'],
        ['not simulated', 'tone'],
      ],
    );
  });

  test('objects that cannot fit the heap throw', async () => {
    const attempts = [
      'new Uint8Array(65536)',
      'new Uint8Array(65537)',
      'new Float64Array(8193)',
      'new ArrayBuffer(1e6)',
      'new Array(16385)',
      "'ab'.repeat(32769)",
      "'a'.padEnd(65537)",
      'new Uint8Array(new Array(16384))',
      'Uint16Array.from({ length: 40000 })',
    ];
    const board = await boot(
      attempts.map((text) => `try { ${text}; console.log('ok') } catch (e) { console.log(e.name) }`).join('\n'),
    );
    const expected = ['ok', ...Array<string>(6).fill('RangeError'), 'ok', 'RangeError'];
    assert.deepEqual(board.serial.trim().split('\n'), expected);
    assert.equal(board.violations.filter(({ kind }) => kind === 'memory').length, 7);
  });

  test('guarded constructors look as they did before', async () => {
    const board = await boot(`
      class Bytes extends Uint8Array { sum() { return this.reduce((a, b) => a + b, 0) } }
      const bytes = new Bytes([1, 2, 3]);
      console.log([bytes.sum(), bytes instanceof Uint8Array, bytes.subarray(1) instanceof Bytes, new Uint8Array(2).constructor === Uint8Array,
        Array.isArray(new Array(3)), [].constructor === Array, Array(3).length, Array.from('ab').length, new Date(0) instanceof Date, new Date(0).constructor === Date].join());`);
    assert.equal(board.serial, '6,true,true,true,true,true,3,2,true,true\n');
  });

  test('promise jobs wait for the end of the turn', async () => {
    const board = await boot(`
      Promise.resolve().then(() => console.log('job'));
      setTimeout(() => console.log('timer'), 0);
      console.log('top');`);
    assert.equal(board.serial, 'top\ntimer\njob\n');
    const parsing = await boot(`
      setTimeout(() => {
        Promise.resolve().then(() => console.log('job'));
        console.log(new Function('return "parsed"')());
      }, 0);`);
    assert.equal(parsing.serial, 'parsed\njob\n');
  });
});

void describe('divisions of BigInts', () => {
  for (const text of ['a / b', 'a % b', 'a /= b', 'o.p %= b', 'o["p"] /= b', 'o.q.r / b', '-a / b', 'f() % (a, b)']) {
    test(`${text} throws`, async () => {
      const board = await boot(`
        let a = 7n, b = 2n, o = { p: 9n, q: { r: 5n } };
        const f = () => 3n;
        try { ${text} } catch (error) { console.log(error instanceof RangeError) }
        console.log(a, b, o.p === 9n);`);
      assert.match(board.serial, /^true\n {2}true\n$/);
      assert.equal(board.violations[0]?.kind, 'BigInt division');
    });
  }

  test('numbers divide as ever, whatever the expression', () => {
    const random = new SeededRandom(1);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)];
    const expression = (depth: number): string => {
      if (depth === 0)
        return pick(['a', 'b', 'c', '7', '0.5', 'o.p', 'o["q"]', 'o[k]', '(a)', 'f(a)', '`${a/b}`', '(/x/.test("x"))']);
      const [left, right] = [expression(depth - 1), expression(depth - 1)];
      const operator = pick(['/', '%', ' / ', '/* / */%', '+', '-', '*', '**', ',']);
      const sides = operator === '**' ? [`(${left})`, right] : [left, right];
      const binary = sides.join(operator);
      const target = pick(['a', 'o.p', 'o.q', 'o[k]', 'o["p"]']);
      return pick([
        `(${binary})`,
        binary.includes(',') || binary.includes('=') ? `(${binary})` : binary,
        `(${target}${pick(['/=', '%=', '+=', '='])}${left})`,
        `f((${left}),(${right}))`,
        `((x,y)=>(x/y)%3)((${left}),(${right}))`,
        `(a>1?(${left})/2:(${right})%2)`,
        `[...(function*(){yield (${left})/b})()][0]`,
      ]);
    };
    const run = (text: string, helpers: string) =>
      runInNewContext(`${helpers}
        let a = 5, b = 3, c = -2.5, k = 'p'; const o = { p: 11, q: 4 }, f = (x, y = 2) => x / y - y % x;
        JSON.stringify([(${text}), a, b, c, o])`) as string;
    const helpers = `const { divide: $divide, divideIn: $divideIn } = ${HELPER_SOURCE}(() => { throw 1 }, () => {});`;
    for (let i = 0; i < 300; i++) {
      const text = `(${expression(3)})`;
      const rewritten = instrument(parseForEngine(text), { entries: false });
      assert.equal(run(rewritten, helpers), run(text, ''), text);
    }
  });
});

void describe('functions that a program makes of text', () => {
  test('run in the context, in strict mode, and their divisions are found too', async () => {
    const board = await boot(`
      const make = new Function('"use strict";return (a, b) => { if (globalThis.process === undefined) throw 1; return a / b }');
      console.log(make()(6, 4), make instanceof Function, (() => 1).constructor === Function);
      try { make()(6n, 4n) } catch (error) { console.log(error instanceof RangeError) }`);
    assert.equal(board.serial, '1.5 true true\ntrue\n');
    assert.equal(board.violations[0]?.kind, 'BigInt division');
  });

  test('are refused where the engine would not parse them, or is not simulated', async () => {
    const board = await boot(`
      for (const parts of [['return a?.b'], ['return ('], ['a', 'return a']]) {
        try { Function(...parts) } catch (error) { console.log(error.name) }
      }`);
    assert.equal(board.serial, 'SyntaxError\nSyntaxError\nTypeError\n');
  });

  test('functions of text take the time that parsing takes, and a comment in front of the program takes none', async () => {
    const text = ' '.repeat(20_000);
    const took = async (program: string): Promise<number> => Number((await boot(program)).serial);
    const idle = await took('console.log(millis())');
    assert.equal(await took(`/*${text}*/console.log(millis())`), idle);
    const long = await took(`Function(${JSON.stringify(`0;${text}`)}); console.log(millis())`);
    assert.ok(long > idle + 300, `${long} ms, ${idle} ms without`);
  });
});

test('calls nested too deep while a connection is open are found', async () => {
  const program = `
    __ieee80211dev.connect({ ssid: 'kitchen', password: 'correct horse' });
    const fd = __netdev.socket('AF_INET', 'STREAM');
    __netdev.connect(fd, 'host', 7);
    const down = (n) => { if (n > 0) down(n - 1); };
    setInterval(() => { for (let i = 0; i < 20; i++) down(DEPTH); }, 100);`;
  for (const [depth, found] of [
    [15, false],
    [40, true],
  ] as const) {
    const [stream] = duplexPair();
    const board = new SimulatedBoard({
      program: program.replace('DEPTH', String(depth)),
      clock: 'virtual',
      watchStack: true,
      dial: () => stream,
    });
    await board.run(6);
    board.close();
    assert.equal(
      board.violations.some(({ kind }) => kind === 'stack'),
      found,
      `${depth} calls`,
    );
  }
});
