/** The tour, in order. */
import { CLOSING } from './closing.ts';
import { CURVES } from './curves.ts';
import { EXCHANGE } from './exchange.ts';
import { IDENTITY } from './identity.ts';
import { KEYS } from './keys.ts';
import { OPENING } from './opening.ts';
import type { Step } from './step.ts';

export const STEPS: readonly Step[] = [...OPENING, ...IDENTITY, ...CURVES, ...EXCHANGE, ...KEYS, ...CLOSING];
