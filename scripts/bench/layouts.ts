/**
 * Measures a case in several layouts of the heap. The same program takes up to a tenth longer when its objects happen to lie
 * elsewhere, because the engine searches free memory from the front: so one run says little, and budgets hold for the worst.
 */
import { type HandshakeCase, type HandshakeFigures, measureHandshake } from './handshake.ts';

/** A figure of several runs. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

export interface CaseFigures {
  title: string;
  /** Figures without stalls of the flash cache. */
  plain: Record<keyof HandshakeFigures, Spread>;
  /** Figures with stalls of the flash cache. */
  stalled: Record<keyof HandshakeFigures, Spread>;
}

/** Cycles of a miss of the flash cache: 28 clocks of the flash at half the pace of the CPU, and some. */
const XIP_MISS = 64;

/** @param progress is told what is being measured */
export async function measureCase(
  kind: HandshakeCase,
  options: { readings: number; layouts: number },
  progress: (what: string) => void,
): Promise<CaseFigures> {
  const measure = async (xipMiss: number): Promise<CaseFigures['plain']> => {
    const runs: HandshakeFigures[] = [];
    for (let layout = 0; layout < options.layouts; layout++) {
      progress(`measuring ${kind.title}, layout ${layout + 1}${xipMiss > 0 ? ', with stalls of the flash' : ''}`);
      runs.push(await measureHandshake(kind, { readings: options.readings, layout, xipMiss }));
    }
    return spreads(runs);
  };
  return { title: kind.title, plain: await measure(0), stalled: await measure(XIP_MISS) };
}

/** @param runs one at least */
export function spreads(runs: readonly HandshakeFigures[]): Record<keyof HandshakeFigures, Spread> {
  const names = Object.keys(runs[0]) as (keyof HandshakeFigures)[];
  const entries = names.map((name): [keyof HandshakeFigures, Spread] => {
    const values = runs.map((run) => run[name]).sort((a, b) => a - b);
    return [name, { median: values[values.length >> 1], least: values[0], most: values[values.length - 1] }];
  });
  return Object.fromEntries(entries) as Record<keyof HandshakeFigures, Spread>;
}
