import { equalBytes } from '../../src/bytes/encoding.ts';
import type { CodeName } from './code.ts';
import type { Command } from './commands.ts';

/** The source of a value: a working, a message on the wire, an encrypted record, or data that the board has of its own. */
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
  /** The computation of the result from the inputs, as the RFC writes it. */
  formula: string;
  inputs: Input[];
  /** The result: bytes, or whether something verified. Null where it needs a secret that is withheld. */
  result: { name: string; bytes: Uint8Array | null; isRight: boolean | null };
  /** The bytes that the result must equal: from the wire, or the other side of an equation; null if there are none. */
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
