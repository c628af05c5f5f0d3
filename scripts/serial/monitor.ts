/**
 * Follows a board's serial log, with time stamps and colours, through every reset and unplugging. The board's lines are
 * `<uptime s> <LEVEL> <area> message`. Other text (a crash, Kaluma's prompt) is shown unchanged.
 */
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemProblem, UserError } from '../lib/cli.ts';
import { printable, type Console, type Style } from '../lib/console.ts';
import { makeFolder } from '../lib/files.ts';
import type { SerialLine } from './line.ts';
import { reopenPort } from './port.ts';

export interface MonitorOptions {
  path: string;
  console: Console;
  /** Appends every line, plain and with its full date, to this file. */
  logFile?: string | undefined;
  /** Prints one JSON object a line instead of text. */
  json?: boolean;
  /** Turns positions in the program into positions in the sources. Default: they stay unchanged. */
  mapPositions?: (line: string) => string;
  /** ms for which the port may be missing at the start, because it comes back after a reset. Default: it must exist. */
  patience?: number;
  /** Ends the monitor. */
  signal?: AbortSignal;
}

/** Runs until `signal` aborts. @throws UserError if the port cannot be opened at the start, or the log not written */
export async function monitor(options: MonitorOptions): Promise<void> {
  const { path, console, logFile, patience = 0, signal } = options;
  // Tried now, because a board may not print its first line for an hour.
  if (logFile !== undefined) {
    writing(logFile, () => makeFolder(dirname(logFile)));
    append(logFile, '');
  }
  let line: SerialLine | null = await reopenPort(path, patience);
  console.note(`watching ${path}; Ctrl-C ends`);
  while (line !== null) {
    await watch(line, options);
    await line.close();
    if (signal?.aborted === true) return;
    console.note(`${path} disappeared; waiting for it to come back`);
    line = await comeBack(path, signal);
    if (line !== null) console.note(`${path} is back`);
  }
}

export interface LogLine {
  /** Seconds since the board's start. */
  uptime: number;
  level: string;
  area: string;
  message: string;
}

/** The text of what a board prints. Its prompt sends escape sequences: colours, cursor movements, queries of the screen. */
export function plain(printed: string): string {
  // oxlint-disable-next-line no-control-regex
  return printed.replace(/\u001b(?:\[[0-9;?]*[A-Za-z]|[78])/g, '').replaceAll('\r', '');
}

/** The parts of a line of the board's log; null for other text. */
export function parseLogLine(text: string): LogLine | null {
  const match = /^(\d+(?:\.\d+)?) ([A-Z]+) (\S+) (.*)$/.exec(text);
  if (match === null) return null;
  return { uptime: Number(match[1]), level: match[2], area: match[3], message: match[4] };
}

const STYLE_OF_LEVEL: Record<string, Style> = { ERROR: 'red', WARN: 'yellow', INFO: 'green' };

/** Characters after which a line is shown though it has not ended: the board's are shorter, and this PC's memory is not endless. */
const LONGEST = 4096;

function watch(line: SerialLine, options: MonitorOptions): Promise<void> {
  const { console, logFile, json = false, mapPositions = (text: string): string => text, signal } = options;
  const show = (raw: string): void => {
    const text = printable(mapPositions(plain(raw)));
    if (text === '') return;
    const now = new Date();
    if (logFile !== undefined) append(logFile, `${now.toISOString()} ${text}\n`);
    const parsed = parseLogLine(text);
    if (json) {
      console.line(JSON.stringify({ time: now.toISOString(), ...(parsed ?? { message: text }) }));
      return;
    }
    const stamp = console.style('dim', now.toTimeString().slice(0, 8));
    const style = parsed === null ? undefined : STYLE_OF_LEVEL[parsed.level];
    console.line(`${stamp} ${style === undefined ? text : console.style(style, text)}`);
  };
  return new Promise((done, fail) => {
    let rest = '';
    const decoder = new TextDecoder();
    line.onData((bytes) => {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (; rest.length > LONGEST; rest = rest.slice(LONGEST)) parts.push(rest.slice(0, LONGEST));
      try {
        parts.forEach(show);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    line.onClose(() => {
      if (rest !== '') show(rest);
      done();
    });
    signal?.addEventListener('abort', () => done(), { once: true });
  });
}

async function comeBack(path: string, signal: AbortSignal | undefined): Promise<SerialLine | null> {
  while (signal?.aborted !== true) {
    try {
      return await reopenPort(path, 1_000);
    } catch {
      continue; // not yet
    }
  }
  return null;
}

function append(file: string, text: string): void {
  writing(file, () => appendFileSync(file, text));
}

function writing(file: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new UserError(`cannot write ${file}: ${systemProblem(error)}`);
  }
}
