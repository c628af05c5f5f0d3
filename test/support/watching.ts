/** Runs `npm run watch` as a person does, and reads the messages for its live page. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PageNews } from '../../scripts/page/events.ts';
import { commandLine } from './command.ts';

export interface Run {
  child: ChildProcessWithoutNullStreams;
  output: { stdout: string; stderr: string };
  says: (pattern: RegExp, where?: 'stdout' | 'stderr') => Promise<RegExpExecArray>;
  /** Ends it as Ctrl-C does. @returns its exit code */
  end: () => Promise<unknown>;
}

export function watch(boardFile: string, ...argv: string[]): Run {
  const child = spawn(process.execPath, commandLine('watch', '--board', boardFile, ...argv));
  after(() => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const closed = once(child, 'close');
  return {
    child,
    output,
    async says(pattern, where = 'stdout') {
      for (let i = 0; i < 1200; i++) {
        const found = pattern.exec(output[where]);
        if (found !== null) return found;
        if (child.exitCode !== null) break;
        await delay(50);
      }
      throw new Error(`expected ${pattern}, got:\n${output.stdout}\n${output.stderr}`);
    },
    async end() {
      child.kill('SIGINT');
      return ((await closed) as unknown[])[0];
    },
  };
}

/** Follows the live page as a browser does. */
export async function openPage(
  url: string,
  headers: Record<string, string> = {},
): Promise<{
  /** The next message; the first is all that the page knows. */
  news: () => Promise<PageNews>;
  close: () => Promise<void>;
}> {
  const { body } = await fetch(`${url}events`, { headers });
  if (body === null) throw new Error(`${url}events: expected a stream of messages, got none`);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let come = '';
  return {
    async news() {
      // A message may come in pieces, and two may come at once.
      while (!come.includes('\n\n')) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the page ended its stream of messages');
        come += value;
      }
      const end = come.indexOf('\n\n');
      const message = come.slice('data: '.length, end);
      come = come.slice(end + 2);
      return JSON.parse(message) as PageNews;
    },
    close: () => reader.cancel(),
  };
}
