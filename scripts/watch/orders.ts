/** The commands that a person can send to a board from the page. */
import { UserError } from '../lib/cli.ts';
import { duration } from './lines.ts';

export type Order = { command: 'read' } | { command: 'interval'; seconds: number };

/** @param value what the page sent @throws UserError if it is not a valid command */
export function parseOrder(value: unknown): { board: string; order: Order } {
  const { board, command, seconds } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof board !== 'string') throw new UserError('expected the name of a board');
  if (command === 'read') return { board, order: { command } };
  if (command !== 'interval') throw new UserError('expected the command read or interval');
  if (!Number.isInteger(seconds) || (seconds as number) < 1 || (seconds as number) > 86_400) {
    throw new UserError('expected a whole number of seconds from 1 to 86400');
  }
  return { board, order: { command, seconds: seconds as number } };
}

/** Describes a command in words. */
export function wishOf(order: Order): string {
  return order.command === 'read' ? 'a reading now' : `a reading every ${duration(order.seconds)}`;
}
