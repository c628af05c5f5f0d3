/** Puts a board through an attack, waits until it is back, and checks that it has lost no reading. */
import assert from 'node:assert/strict';
import type { Attack, Front } from './hostile.ts';
import type { Kitchen } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';

/** Seconds from the end of an attack to the next reading acknowledged. */
const LIMIT = 150;
/** Bytes of 184,312 that the heap may hold at most. */
export const HEAP_LIMIT = 165_000;

export interface Withstood {
  /** Connections that were attacked. */
  connections: number;
  /** Most seconds from dialling to the refusal; null if no connection was refused. */
  refused: number | null;
  /** Seconds from the end of the attack to the next reading acknowledged. */
  back: number;
}

/**
 * @param kitchen one that is just open, whose connections `front` takes
 * @param seconds for which the attack goes on
 * @throws AssertionError, TimeLimit
 */
export async function withstand(
  kitchen: Kitchen<KitchenBoard>,
  front: Front,
  attack: Attack,
  seconds: number,
): Promise<Withstood> {
  const { board, readings } = kitchen;
  await kitchen.acknowledged(1);
  const begun = board.serial.length;
  if (attack.time === undefined) {
    front.attack = attack;
    board.faults.cutConnections('close');
  } else {
    board.faults.timeServer = { forge: attack.time };
    board.powerCycle();
  }
  if (attack.silence !== undefined) {
    const said = attack.silence;
    await board.runUntil(() => said.test(board.serial.slice(begun)), { limitSeconds: LIMIT });
    board.faults.cutConnections('black hole');
  }
  await board.run(seconds);
  assert.equal(front.attacked > 0, attack.time === undefined, 'the board met the attack');
  assert.match(board.serial.slice(begun), attack.logs);
  const refused = refusals(board.serial.slice(begun));
  front.attack = null;
  board.faults.timeServer = 'ok';
  if (attack.time === undefined) board.faults.cutConnections('reset');
  const lifted = board.seconds;
  await kitchen.acknowledged(1, LIMIT);
  const back = board.seconds - lifted;
  // All readings taken until now arrive soon.
  const taken = kitchen.taken();
  const isLost = (seq: number): boolean => !front.received.has(seq) && !readings.some((reading) => reading.seq === seq);
  const lost = (): number[] => taken.filter(isLost);
  for (let waited = 0; lost().length > 0 && waited < 60; waited++) await board.run(1);
  assert.deepEqual(lost(), [], 'readings lost');
  assert.deepEqual(board.violations, []);
  assert.deepEqual(board.exceptions, []);
  const restarts = board.resets.filter(({ reason }) => reason !== 'power');
  assert.deepEqual(restarts, [], 'no attack ends in a restart');
  return { connections: front.attacked, refused, back };
}

/** How long the board worked on a connection at most until it refused the server, by its own log. */
function refusals(serial: string): number | null {
  let dialled: number | null = null;
  let most: number | null = null;
  for (const [, at, what] of serial.matchAll(/^([\d.]+) (INFO tcp dialling|WARN tls)/gm)) {
    if (what === 'WARN tls' && dialled !== null) most = Math.max(most ?? 0, Number(at) - dialled);
    dialled = what === 'WARN tls' ? null : Number(at);
  }
  return most;
}

/** A line of the table. */
export function row({ name }: Attack, { connections, refused, back }: Withstood, peak: number): string[] {
  const work = refused === null ? '' : `${refused.toFixed(1)} s`;
  return [name, String(connections), `${peak} B`, work, `${Math.ceil(back)} s`, '0'];
}

export const COLUMNS = ['Attack', 'connections', 'heap peak', 'refused after', 'back after', 'lost'];
