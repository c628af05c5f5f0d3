/** The connection that the page is about, and what is computed of it here, in the browser, by the code of `src/`. */
import type { EcCurve } from '../../../src/crypto/curve.ts';
import { Judge } from '../breaking.ts';
import { type Check, checksOf } from '../checks.ts';
import { type Facts, factsOf } from '../facts.ts';
import { replay } from '../replay.ts';
import { decodeTape } from '../tape.ts';
import type { Working } from '../working.ts';
import { workingsOf } from '../workings.ts';
import type { PageData } from './data.ts';
import { element } from './dom.ts';

export const data = JSON.parse(element('data').textContent ?? '') as PageData;
export const tape = decodeTape(data.tape);

export const facts: Facts = factsOf(tape);
/** The curve of the key exchange, or the board's favourite if the connection did not get that far. */
export const curve: EcCurve = facts.keyExchange?.group.curve ?? 'P-256';
export const workings: readonly Working[] = workingsOf(facts);
export const checks: readonly Check[] = checksOf(facts, workings);

let judge: Judge | null = null;

/** The judge of changed bytes; made when it is first needed, because it runs the whole connection once. */
export function theJudge(): Judge {
  return (judge ??= new Judge(tape, replay(tape).recording));
}

/** Why a value is not here, in words. */
export function withheldText(): string {
  return tape.kind === 'board'
    ? 'only the board knows it: this page was made at the server'
    : 'withheld: this page was made without --secrets';
}
