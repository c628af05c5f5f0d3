/**
 * Writes src/crypto/sha256Block.ts, the compression function of SHA-256 (FIPS 180-4, section 6.2.2) for an engine that
 * interprets byte codes and whose integers have 28 bits:
 *
 *     node --import ./scripts/typescript.js scripts/generate/sha256Block.ts
 *
 * A word of 32 bits is kept as two halves of 16, such as aH and aL. Sums of halves stay small and are carried once.
 * Rotating needs no whole word either: a window holds up to 27 consecutive bits of the word, counted around its end,
 * and shifting a window gives any half of the rotated word, with unwanted bits above it. Low halves are masked before
 * they are added, because they carry into the high ones; high halves are masked after, because bits above 31 do not
 * count.
 *
 * Eight rounds are unrolled, after which each word is in its own variable again, and so are sixteen steps of the message
 * schedule. A byte code costs 1.0 to 1.8 µs, so their number decides: 114 a round. Constants in local variables save 0.03 µs
 * a use. To unroll sixteen rounds saves 0.8 % of the time, but costs 108 ms of every boot and 1.4 KB of heap: the parser
 * looks up each name in a list.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatted } from './formatted.ts';

const FILE = fileURLToPath(new URL('../../src/crypto/sha256Block.ts', import.meta.url));

const HEADER = `/**
 * Written by scripts/generate/sha256Block.ts, which explains it; do not edit. @noble/hashes takes 70 ms a block on the
 * board, this 12.
 */
/* oxlint-disable prefer-const */

/**
 * Compresses the last \`count\` of \`blocks\`, the last one first, into \`state\`. Both are back to front: reversing the bytes
 * of a block as it is in a message makes its halves native integers, and reversing those of the state gives the digest.
 *
 * @param state 16 halves @param blocks 32 halves each
 */
export function compress(state: Uint16Array, blocks: readonly Uint16Array[], count: number): void {`;

/**
 * T1 and Σ0(a) are summed with rubbish up to bit 25 and bit 26. To stay below 2^27, T1 has this multiple of 2^16
 * subtracted along with the round constant.
 */
const BIAS = 1030 << 16;

const WORDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Fractional parts of the cube roots of the first 64 primes, 32 bits each (FIPS 180-4, section 4.2.2). */
function roundConstants(): number[] {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n);
  return primes.map((prime) => {
    let root = 0n;
    for (let bit = 1n << 35n; bit > 0n; bit >>= 1n) if ((root + bit) ** 3n <= prime << 96n) root += bit;
    return Number(root & 0xffffffffn);
  });
}

export function generateSha256Block(): Promise<string> {
  const constants = roundConstants();
  const lines: string[] = [];
  let declared = new Set(['count']);

  const set = (name: string, value: string): void => {
    lines.push(`${declared.has(name) ? '' : 'let '}${name} = ${value};`);
    declared.add(name);
  };

  const block = (head: string, body: () => void): void => {
    const outside = new Set(declared);
    lines.push(`${head} {`);
    body();
    lines.push('}');
    declared = outside;
  };

  /** Bits 0 to 26 of W[i], and bits 16 to 31 with 0 to 10 above them. */
  const windows = (i: number): void => {
    set(`w${i}From0`, `(w${i}H & 2047) << 16 | w${i}L`);
    set(`w${i}From16`, `(w${i}L & 2047) << 16 | w${i}H`);
  };

  /** W + K for eight rounds: the first or the second half of a group of sixteen. */
  const addConstants = (group: number, half: number): void => {
    for (let i = 0; i < 8; i++) {
      const word = 8 * half + i;
      const constant = constants[16 * group + word];
      set(`k${i}H`, `w${word}H - ${BIAS - (constant >>> 16)}`);
      set(`k${i}L`, `w${word}L + ${constant & 65535}`);
    }
  };

  /** The same for the group that the variable names. @param first the lowest that it may be */
  const addConstantsOfGroup = (half: number, first: number): void => {
    for (let group = first; group < 4; group++) {
      const condition = group < 3 ? `if (group < ${group + 1})` : '';
      block(group === first ? condition : `else ${condition}`, () => addConstants(group, half));
    }
  };

  const round = (i: number): void => {
    // The words stay where they are and take the next role.
    const [a, b, , d, e, f, g, h] = WORDS.map((_, role) => WORDS[(role - i + 16) % 8]);
    // T1 = h + Σ1(e) + Ch(e, f, g) + K + W
    set('from6', `${e}H << 10 | ${e}L >> 6`);
    set('from22', `${e}L << 10 | ${e}H >> 6`);
    set('t1L', `((from6 >> 5 ^ from6 ^ from22 >> 3) & 65535) + ((${f}L ^ ${g}L) & ${e}L ^ ${g}L) + (${h}L + k${i}L)`);
    set('t1H', `(from22 >> 5 ^ from22 ^ from6 >> 3) + ((${f}H ^ ${g}H) & ${e}H ^ ${g}H) + (${h}H + k${i}H)`);
    // e = d + T1
    set('sum', `t1L + ${d}L`);
    set(`${d}H`, `t1H + ${d}H + (sum >> 16) & 65535`);
    set(`${d}L`, `sum & 65535`);
    // a = T1 + Σ0(a) + Maj(a, b, c), where Maj is (a ^ b) & (b ^ c) ^ b, and a ^ b the next round's b ^ c.
    const [ab, bc] = i % 2 === 0 ? ['even', 'odd'] : ['odd', 'even'];
    set('from2', `(${a}H & 8191) << 14 | ${a}L >> 2`);
    set('from18', `(${a}L & 8191) << 14 | ${a}H >> 2`);
    set(`${ab}H`, `${a}H ^ ${b}H`);
    set(`${ab}L`, `${a}L ^ ${b}L`);
    set('sum', `((from2 >> 11 ^ from2 ^ from18 >> 4) & 65535) + (${ab}L & ${bc}L ^ ${b}L) + t1L`);
    set(`${h}H`, `(from18 >> 11 ^ from18 ^ from2 >> 4) + t1H + (${ab}H & ${bc}H ^ ${b}H) + (sum >> 16) & 65535`);
    set(`${h}L`, `sum & 65535`);
  };

  /** W[t] = σ1(W[t-2]) + W[t-7] + σ0(W[t-15]) + W[t-16], in the place of W[t-16]. */
  const schedule = (i: number): void => {
    const [t2, t7, t15] = [2, 7, 15].map((distance) => `w${(i - distance + 16) % 16}`);
    windows((i + 14) % 16);
    const sigma0L = `((${t15}From0 >> 7 ^ ${t15}From0 >> 3 ^ ${t15}From16 >> 2) & 65535)`;
    const sigma0H = `(${t15}From16 >> 7 ^ ${t15}From0 >> 2 ^ ${t15}H >> 3)`;
    const sigma1L = `((${t2}From16 >> 1 ^ ${t2}From16 >> 3 ^ ${t2}From0 >> 10) & 65535)`;
    const sigma1H = `(${t2}From0 >> 1 ^ ${t2}From0 >> 3 ^ ${t2}H >> 10)`;
    set('sum', `${sigma0L} + ${sigma1L} + (${t7}L + w${i}L)`);
    set(`w${i}H`, `${sigma0H} + ${sigma1H} + (${t7}H + w${i}H) + (sum >> 16) & 65535`);
    set(`w${i}L`, 'sum & 65535');
  };

  WORDS.forEach((word, i) => {
    set(`${word}0H`, `state[${15 - 2 * i}]`);
    set(`${word}0L`, `state[${14 - 2 * i}]`);
  });
  set('index', 'blocks.length');
  block('while (count > 0)', () => {
    set('count', 'count - 1');
    set('index', 'index - 1');
    set('block', 'blocks[index]');
    for (let i = 0; i < 16; i++) {
      set(`w${i}H`, `block[${31 - 2 * i}]`);
      set(`w${i}L`, `block[${30 - 2 * i}]`);
    }
    for (let i = 1; i < 14; i++) windows(i);
    addConstants(0, 0);
    for (const word of WORDS) {
      set(`${word}H`, `${word}0H`);
      set(`${word}L`, `${word}0L`);
    }
    set('oddH', 'bH ^ cH');
    set('oddL', 'bL ^ cL');
    set('group', '0');
    set('half', '0');
    block('for (;;)', () => {
      for (let i = 0; i < 8; i++) round(i);
      block('if (half < 1)', () => {
        set('half', '1');
        addConstantsOfGroup(1, 0);
      });
      block('else', () => {
        lines.push('if (group > 2) break;');
        for (let i = 0; i < 16; i++) schedule(i);
        set('half', '0');
        set('group', 'group + 1');
        addConstantsOfGroup(0, 1);
      });
    });
    for (const word of WORDS) {
      set('sum', `${word}0L + ${word}L`);
      set(`${word}0H`, `${word}0H + ${word}H + (sum >> 16) & 65535`);
      set(`${word}0L`, 'sum & 65535');
    }
  });
  WORDS.forEach((word, i) => {
    lines.push(`state[${15 - 2 * i}] = ${word}0H;`, `state[${14 - 2 * i}] = ${word}0L;`);
  });

  const literals = new Set<string>();
  const body = lines.join('\n').replace(/(<<|>>|&) (\d+)/g, (_, operator: string, literal: string) => {
    literals.add(literal);
    return `${operator} c${literal}`;
  });
  const declarations = [...literals].map((literal) => `const c${literal} = ${literal};`).join('\n');
  return formatted(FILE, `${HEADER}\n${declarations}\n${body}\n}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, await generateSha256Block());
