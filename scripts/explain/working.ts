import { equalBytes } from '../../src/bytes/encoding.ts';
import type { CodeName } from './code.ts';
import type { Command } from './commands.ts';

/** Where a value comes from: a working, a message on the wire, an encrypted record, or what the board has of its own. */
export type Origin =
  | { kind: 'working'; id: string }
  | { kind: 'message'; direction: 'in' | 'out'; name: string; field?: string }
  | { kind: 'record'; direction: 'in' | 'out'; sequence: number }
  | { kind: 'board'; what: string };

export interface Input {
  name: string;
  /** Null if the page may not show it. */
  bytes: Uint8Array | null;
  origin: Origin;
}

export interface Working {
  id: string;
  title: string;
  /** How the result follows from the inputs, as the RFC writes it. */
  formula: string;
  inputs: Input[];
  /** What came out: bytes, or whether something verified. Null where a secret is withheld that it needs. */
  result: { name: string; bytes: Uint8Array | null; isRight: boolean | null };
  /** What the result must be: from the wire, or from the other side of an equation; null if there is nothing of the kind. */
  expected: { name: string; bytes: Uint8Array; origin?: Origin } | null;
  reference: string;
  code: CodeName;
  commands: Command[];
}

/** Whether a working came out as it had to. Null if it could not be computed, or proves nothing by itself. */
export function isRight({ result, expected }: Working): boolean | null {
  if (result.isRight !== null) return result.isRight;
  return result.bytes === null || expected === null ? null : equalBytes(result.bytes, expected.bytes);
}
