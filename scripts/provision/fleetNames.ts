/**
 * Names for the boards of a fleet: a prefix and a number, counting on from the highest in use. A board without a
 * certificate is left from an interrupted run, or waits for its certificate; it is finished first.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface FleetRequest {
  prefix: string;
  count: number;
  /** The config that the others are copied from. Boards may also have their configs beside it. */
  template: string;
  /** The folder of the boards' folders. */
  out: string;
}

/** @param isTaken whether the name is used elsewhere, such as by a board of another PC in the same account */
export async function fleetNames(
  request: FleetRequest,
  isTaken: (thing: string) => Promise<boolean>,
): Promise<string[]> {
  const { prefix, count, template, out } = request;
  const boards = [...boardsBeside(template), ...boardsBelow(out)];
  const numbered = boards.flatMap(({ thing, isFinished, isInFleet }) => {
    const number = thing.startsWith(prefix) ? /^[1-9]\d{0,8}$/.exec(thing.slice(prefix.length))?.[0] : undefined;
    return number === undefined ? [] : [{ number: Number(number), isUnfinished: isInFleet && !isFinished }];
  });
  const unfinished = numbered.filter(({ isUnfinished }) => isUnfinished).map(({ number }) => number);
  const numbers = [...new Set(unfinished)].sort((a, b) => a - b).slice(0, count);
  let next = Math.max(0, ...numbered.map(({ number }) => number));
  while (numbers.length < count) {
    next += 1;
    if (!(await isTaken(`${prefix}${next}`))) numbers.push(next);
  }
  return numbers.map((number) => `${prefix}${number}`);
}

interface Found {
  thing: string;
  isFinished: boolean;
  isInFleet: boolean;
}

function boardsBeside(template: string): Found[] {
  return list(dirname(template))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => found(join(dirname(template), name), false));
}

function boardsBelow(out: string): Found[] {
  return list(out).flatMap((name) => {
    const boards = found(join(out, name, 'config.json'), true);
    // The folder's name counts as well, whatever a person wrote into the config.
    return boards.length === 0 ? [] : [...boards, { ...boards[0], thing: name }];
  });
}

/** Reads what it can of a config; returns nothing for another file. */
function found(file: string, isInFleet: boolean): Found[] {
  try {
    const { thing, tls } = JSON.parse(readFileSync(file, 'utf8')) as {
      thing?: unknown;
      tls?: { certificate?: unknown };
    };
    if (typeof thing !== 'string') return [];
    const certificate = tls?.certificate;
    const isFinished = typeof certificate === 'string' && existsSync(join(dirname(file), certificate));
    return [{ thing, isFinished, isInFleet }];
  } catch {
    return [];
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
