/**
 * Names for the boards of a fleet: a prefix and a number, behind the highest that is there. A board without a certificate
 * is one of a run that was cut short, or whose certificate is still to be fetched: it is finished first.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface FleetRequest {
  prefix: string;
  count: number;
  /** The config that the others are made from; boards may have theirs beside it. */
  template: string;
  /** Where each board has a folder. */
  out: string;
}

/** @param isTaken whether somebody else has a name, such as another PC's board in the same account */
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
    // Its folder stands for its name as well, whatever a person wrote into the config.
    return boards.length === 0 ? [] : [...boards, { ...boards[0], thing: name }];
  });
}

/** What can be read of a config; nothing of another file. */
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
