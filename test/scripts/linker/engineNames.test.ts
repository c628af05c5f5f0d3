/** Renaming makes a program cheaper for the engine, and changes nothing that it does. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { parse } from 'acorn';
import builtInNames from '../../../scripts/kaluma/builtInNames.json' with { type: 'json' };
import { boardModule, boardPlugin } from '../../../scripts/image/program.ts';
import { forEachNode } from '../../../scripts/lib/syntaxTree.ts';
import { useEngineNames } from '../../../scripts/linker/engineNames.ts';
import { bundleDevice } from '../../../scripts/linker/link.ts';
import { keptProperties } from '../../../scripts/linker/properties.ts';
import { SeededRandom } from '../../support/random.ts';

const names = new Set(builtInNames);
const kept = await keptProperties();
/** Of properties that programs here may have renamed. */
const OURS = new Set(['p', 'q', 'r', 'P', 'E']);

/** The lines that a program prints with `say()`. */
function said(code: string): string[] {
  const lines: string[] = [];
  runInNewContext(
    `'use strict';${code}`,
    { say: (value: unknown) => void lines.push(String(value)) },
    { timeout: 5000 },
  );
  return lines;
}

/** Every kind of syntax that the device program has, with names that clash, and with the engine's own names in use. */
const CONSTRUCTS = `(() => {
  const a = 1, E = 2; let map = 3; var log = 4;
  function f(b, c = b + a, [d, ...e] = [c], { p, q: g = p, ...h } = { p: 5 }) { return () => [b, c, d, e, p, g, h, E, map, log].join(); }
  say(f(6)()); say(f(6, 7, [8, 9], { p: 1, q: 2, r: 3 })());
  class A { p = 1; q; constructor(r) { this.r = r; const self = () => this.r + a; this.q = self(); } read() { return this.p + this.q; }
    static make(...list) { return new A(...list); } get P() { return this.r; } set P(value) { this.r = value; } *E() { yield this.r; } }
  class B extends A { constructor() { super(10); } read() { return super.read() * 2; } }
  const made = A.make(4); made.P = 7; say(made.read()); say(new B().read()); say([...made.E()]); say(made instanceof A);
  function* steps() { for (let i = 0; i < 3; i++) { const seen = yield () => i; if (seen) return seen; } return E; }
  const running = steps(); say(running.next().value()); say(running.next(0).value()); say(running.next('end').value);
  function* both() { const x = yield* steps(); yield x; } for (const step of both()) say(typeof step === 'function' ? step() : step);
  try { throw new TypeError('x'); } catch (map) { say((() => map.message)()); } finally { say(map); }
  try { null.p; } catch { say('caught'); }
  outer: for (const x of [1, 2, 3]) { for (let y = 0; ; y++) { if (y > x) continue outer; if (x === 3) break outer; say((() => x * y)()); } }
  for (const key in { p: 1 }) say(typeof key); let n = 3; while (n > 0) n -= 1; do n++; while (n < 2); say(n);
  switch (n) { case 1: say('one'); break; case 2: { const log = 'two'; say((() => log)()); } default: say('more'); }
  const object = { p: 1, ['q']: 2, r() { return this.p; }, get P() { return a; }, E, [\`k\${a}\`]: map, ...{ p: 8 } };
  say(object.p + object['q'] + object.r() + object.P + object.E + object.k1); const { E: renamed } = object; say((() => renamed)());
  say([1, 2n, 0x1fn, /x/g.test('x'), null, true, \`t\${E}\`, -a, !a, void 0, typeof a].join());
  say(a ? E : map); say((a, E)); map ??= 1; map = map ?? 2; say((map++, --map)); say(a && E || map); delete object.p; say(object.p);
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); say(fib(9)); const named = function self(k) { return k ? self(k - 1) : 'self'; }; say(named(2));
  const spread = [...'ab', ...[1]]; say(Math.max(...spread.slice(2), 0)); say(new Map([[a, E]]).get(1)); say([3, 1, 2].sort((x, y) => x - y).map((x) => x + a));
  const tag = (parts, ...values) => parts.raw.join('|') + values; say(tag\`a\${1}b\${E}c\`); if (a) ; else say('never'); { let a = 'inner'; say((() => a)()); }
  const K = class { p = ~a; }; say(new K().p); function g({ p }, [q]) { return () => p + q; } say(g({ p: 1 }, [2])());
  let u = 1, v = 2; [u, v, object.p] = [v, u, a]; say((() => [u, v, object.p])());
  const [s = 1, { p: t }] = [undefined, { p: 2 }]; say((() => s + t)()); say((({ p }, [q], r = 1) => () => p + q + r)({ p: 1 }, [2])());
  say((function ({ p }, [q], r = 1) { return () => p + q + r; })({ p: 1 }, [2])());
})();`;

test('a program with every kind of syntax that the firmware has prints the same with other names', async () => {
  const renamed = useEngineNames(CONSTRUCTS, OURS, kept);
  assert.notEqual(renamed, CONSTRUCTS);
  const lines = said(CONSTRUCTS);
  assert.ok(lines.length > 35, lines.join());
  assert.deepEqual(said(renamed), lines);
  // Not one kind of syntax that src/ and firmware/ come down to is missing above.
  const { code } = await bundleDevice({
    entry: resolve('firmware/main.ts'),
    plugins: [boardPlugin(boardModule(['tmp117', 'bme280', 'ds18b20'], '1.0.0', 0))],
  });
  const kinds = (text: string): Set<string> => {
    const found = new Set<string>();
    forEachNode(parse(text, { ecmaVersion: 2022 }), (node, parent, field) => {
      const { operator, kind, computed, generator, method } = node as unknown as Record<string, unknown>;
      found.add([node.type, kind, computed === true && 'computed', generator === true && 'generator', method && 'method', /Pattern/.test(node.type) && `${parent.type} ${field}`].filter(Boolean).join(' ')); // prettier-ignore
      if (node.type === 'UnaryExpression') found.add(`unary ${String(operator)}`);
    });
    return found;
  };
  const here = kinds(CONSTRUCTS);
  assert.deepEqual(
    [...kinds(code)].filter((kind) => !here.has(kind)),
    [],
  );
});

/** Programs at random: scopes in scopes, few names for many variables, closures over them, and all of it said. */
class Programs {
  private readonly random: SeededRandom;
  private static readonly NAMES = ['a', 'b', 'c', 'E', 'IN', 'map', 'log', 'of'];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  program(): string {
    return `(() => {${this.block([], 3, true)}})();`;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }

  private value(visible: string[]): string {
    const known = visible.length === 0 ? '0' : this.pick(visible);
    return this.pick([
      known,
      known,
      `${known} + 1`,
      `((${this.pick(Programs.NAMES)}) => ${known})(2)`,
      `(() => { const o = { p: ${known}, q: 3 }; return o.p + o.q; })()`,
      `{ p: ${known}, r: 1 }.p`,
      String(this.random.below(9)),
    ]).replace(/^\{(.*)\}\.p$/, '({$1}).p');
  }

  /** Statements that declare some names, use what they see and nest. @param visible names that hold values here */
  private block(visible: string[], depth: number, isFunction: boolean): string {
    const mine = Programs.NAMES.filter(() => this.random.below(3) === 0);
    let text = '';
    // Declared first, so that nothing is read before it has a value.
    for (const name of mine) {
      const seen = visible.filter((other) => !mine.includes(other));
      const kind = isFunction && this.random.below(4) === 0 ? 'var' : 'let';
      text += `${kind} ${name} = ${this.value(seen)};`;
    }
    const seen = [...new Set([...visible, ...mine])];
    for (let i = this.random.below(4) + 1; i > 0; i--) text += this.statement(seen, depth - 1);
    for (const name of mine) text += `say('${name}' + (() => ${name})());`;
    return text;
  }

  private statement(visible: string[], depth: number): string {
    const name = this.pick(Programs.NAMES);
    const inner = (names: string[]): string =>
      depth <= 0 ? '' : this.block([...new Set([...visible, ...names])], depth, false);
    const body = (names: string[]): string =>
      depth <= 0 ? '' : this.block([...new Set([...visible, ...names])], depth, true);
    const known = visible.length === 0 ? null : this.pick(visible);
    switch (this.random.below(9)) {
      case 0:
        return `{${inner([])}}`;
      case 1:
        return `for (let ${name} = 0, k = 0; k < 2; k++, ${name}++) {say((() => ${name})());{${inner([name])}}}`;
      case 2:
        return `for (let ${name} of [1, 2]) {${inner([])}}`;
      case 3:
        return `try { throw ${this.value(visible.filter((other) => other !== name))}; } catch (${name}) { {say((() => ${name})());{${inner([])}}} }`;
      case 4:
        return `((${name}, { p: x = ${known === name || known === null ? '1' : known}, ...rest } = { p: 2, q: 3 }) => {say([x, rest.q, (() => ${name})()].join()); {${body([])}}})(${this.value(visible)});`;
      case 5:
        // Inside, the name is that of a function, whose text says how it is written.
        return depth <= 0
          ? ''
          : `(function ${name}(n) { {${this.block(
              visible.filter((other) => other !== name),
              depth,
              false,
            )}} return n === 0 ? say(typeof ${name}) : ${name}(n - 1); })(1);`;
      case 6:
        return `{ class K { p = ${this.value(visible)}; q() { return this.p; } } say((() => new K().q())()); }`;
      case 7:
        return known === null ? '' : `{ const set = (v) => { ${known} = v; }; set(${this.value(visible)}); }`;
      default:
        return `say(${this.value(visible)});`;
    }
  }
}

test('random programs print the same with other names', () => {
  let renamings = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const program = new Programs(seed).program();
    const before = said(program);
    const renamed = useEngineNames(program, OURS, kept);
    assert.deepEqual(said(renamed), before, `seed ${seed}\n${program}\n${renamed}`);
    if (renamed !== program) renamings += 1;
  }
  assert.ok(renamings > 100, `${renamings}`);
});

test('captured variables and our properties get names of the engine, and variables in registers keep theirs', () => {
  const code = 'say((() => { const a = { p: 1 }, b = 2; return [() => a.p, b]; })()[0]());';
  const tree = parse(useEngineNames(code, OURS, kept), { ecmaVersion: 2022 });
  const found: string[] = [];
  forEachNode(tree, (node) => {
    if (node.type === 'Identifier') found.push((node as unknown as { name: string }).name);
  });
  const [, captured, property, local] = found;
  assert.ok(names.has(captured) && names.has(property), found.join());
  assert.equal(local, 'b');
  assert.equal(found.filter((name) => name === captured).length, captured === property ? 4 : 2);
});

test('no property gets a name that a value of the language or of Kaluma has, or that the program uses', () => {
  const many = Array.from({ length: 700 }, (_, i) => `x${i}`);
  const used = ['emit', 'redir', 'ptcl'];
  const code = `say([${many.map((name) => `{ ${name}: 1 }`).join()}].length + ({ ${used.map((name) => `${name}: 0`).join()} }).emit);`;
  const renamed = useEngineNames(code, new Set(many), kept);
  const given = [...renamed.matchAll(/\{ (\w+): 1 \}/g)].map(([, name]) => name).filter((name) => names.has(name));
  assert.ok(given.length > 300, `${given.length}`);
  assert.equal(new Set(given).size, given.length, 'each of them once');
  assert.deepEqual(
    given.filter((name) => kept.has(name) || used.includes(name)),
    [],
  );
  for (const value of [
    [],
    '',
    0,
    0n,
    true,
    () => 0,
    new Error(),
    new Map(),
    new Uint8Array(0),
    Promise,
    /x/,
    new Date(),
    Symbol.iterator,
    (function* () {})(),
  ]) {
    for (const name of given) assert.equal((value as unknown as Record<string, unknown>)[name], undefined, name);
  }
});

const image = process.env.KALUMA_ELF;
test(
  'the names are those that the image has',
  { skip: image !== undefined && existsSync(image) ? false : 'KALUMA_ELF names no image' },
  () => {
    const elf = readFileSync(image as string);
    const word = (at: number): number => elf.readUInt32LE(at);
    const programHeaders = Array.from({ length: elf.readUInt16LE(44) }, (_, i) => word(28) + i * elf.readUInt16LE(42));
    /** Where in the file an address is; -1 if nowhere. */
    const offsetOf = (address: number): number => {
      const header = programHeaders.find(
        (at) => word(at) === 1 && address >= word(at + 8) && address < word(at + 8) + word(at + 16),
      );
      return header === undefined ? -1 : word(header + 4) + address - word(header + 8);
    };
    const textAt = (at: number): string => elf.toString('latin1', at, elf.indexOf(0, at));
    const sections = Array.from({ length: elf.readUInt16LE(48) }, (_, i) => word(32) + i * elf.readUInt16LE(46));
    const symbols = sections.find((at) => word(at + 4) === 2) as number;
    const strings = word(sections[word(symbols + 24)] + 16);
    const strung: string[] = [];
    for (let at = word(symbols + 16); at < word(symbols + 16) + word(symbols + 20); at += 16) {
      if (!/^(lit_magic_strings\.\d+|magic_string_items)$/.test(textAt(strings + word(at)))) continue;
      const start = offsetOf(word(at + 4));
      for (let i = 0; i < word(at + 8); i += 4) strung.push(textAt(offsetOf(word(start + i))));
    }
    assert.deepEqual([...new Set(strung.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name)))].sort(), builtInNames);
  },
);
