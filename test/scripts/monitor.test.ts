import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Console } from '../../scripts/lib/console.ts';
import { monitor } from '../../scripts/serial/monitor.ts';
import { needsSocat, PluggedBoard } from '../support/serialCable.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;

interface Watch {
  plugged: PluggedBoard;
  path: string;
  child: ChildProcessWithoutNullStreams;
  said: { stdout: string; stderr: string };
  /** Waits until the command has said this. */
  until: (pattern: RegExp) => Promise<void>;
  /** Ctrl-C; gives the exit code. */
  end: () => Promise<number | null>;
}

async function watch(...more: string[]): Promise<Watch> {
  const path = join(folder, `tty${count++}`);
  const plugged = await PluggedBoard.at(path);
  const child = spawn(process.execPath, commandLine('monitor', '--port', path, ...more));
  after(() => child.kill());
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(said.stdout + said.stderr)) {
      // Else a watch that has ended would be waited for without end.
      assert.equal(child.exitCode ?? child.signalCode, null, `ended before ${pattern}: ${said.stdout}${said.stderr}`);
      await sleep(20);
    }
  };
  await until(/Ctrl-C ends/);
  return {
    plugged,
    path,
    child,
    said,
    until,
    async end() {
      child.kill('SIGINT');
      const [code] = (await once(child, 'close')) as [number | null];
      await plugged.close();
      return code;
    },
  };
}

void describe('npm run monitor', { ...needsSocat, concurrency: true, timeout: 120_000 }, () => {
  test('shows each line with its time, without colours if stdout is not a terminal, and ends at Ctrl-C', async () => {
    const { plugged, said, until, end } = await watch();
    plugged.board.print('0.2 INFO board kitchen-1\r\n12.5 WA');
    plugged.board.print('RN wifi gone\r\n\x1b[31mTypeError: x\x1b[0m\x07\r\n');
    await until(/TypeError/);
    assert.equal(await end(), 0);
    assert.deepEqual(
      said.stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, 'TIME ')),
      ['TIME 0.2 INFO board kitchen-1', 'TIME 12.5 WARN wifi gone', 'TIME TypeError: x\\x07', ''],
    );
  });

  test('shows a line that never ends in pieces', async () => {
    const { plugged, said, until, end } = await watch();
    for (let i = 0; i < 9; i++) plugged.board.print('z'.repeat(1000));
    await until(/(z{4096}\n[^]*){2}/);
    assert.equal(await end(), 0);
    assert.equal(said.stdout.match(/z/g)?.length, 9000);
  });

  test('goes on when the board comes back', async () => {
    const { plugged, path, said, until, end } = await watch();
    plugged.board.print('1.0 INFO board before\r\n');
    await until(/before/);
    await plugged.unplug();
    await until(/disappeared/);
    await sleep(1_500);
    await plugged.plugIn(path);
    await until(/is back/);
    plugged.board.print('0.1 INFO board after\r\n');
    await until(/after/);
    assert.equal(await end(), 0);
    assert.equal(
      said.stderr,
      `watching ${path}; Ctrl-C ends\n${path} disappeared; waiting for it to come back\n${path} is back\n`,
    );
  });

  test('prints JSON with --json, and writes a file with --log', async () => {
    const log = join(folder, 'logs', 'of this year', 'kitchen.log');
    const { plugged, said, until, end } = await watch('--json', '--log', log);
    plugged.board.print('3.5 ERROR tls expected "x"\r\nloose text\r\n');
    await until(/loose text/);
    assert.equal(await end(), 0);
    const [first, second] = said.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.match(String(first.time), /^20\d\d-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(
      { ...first, time: 0 },
      { time: 0, uptime: 3.5, level: 'ERROR', area: 'tls', message: 'expected "x"' },
    );
    assert.deepEqual({ ...second, time: 0 }, { time: 0, message: 'loose text' });
    assert.equal(readFileSync(log, 'utf8').replace(/^20\S+Z /gm, ''), '3.5 ERROR tls expected "x"\nloose text\n');
  });

  test('says why a log cannot be written any more, and ends', async () => {
    const log = join(folder, 'lost.log');
    const { plugged, child, said } = await watch('--log', log);
    const closed = once(child, 'close');
    rmSync(log);
    mkdirSync(log);
    plugged.board.print('1.0 INFO board x\r\n');
    assert.deepEqual(await closed, [1, null]);
    await plugged.close();
    assert.match(said.stderr, /\nnpm run monitor: cannot write \S+lost\.log: it is a directory\n$/);
  });

  test('shows levels in colours on a terminal', async () => {
    const path = join(folder, `tty${count++}`);
    const plugged = await PluggedBoard.at(path);
    let shown = '';
    const terminal = { isTTY: true, write: (text: string): unknown => (shown += text) };
    const stop = new AbortController();
    const done = monitor({ path, console: new Console(terminal, terminal, {}), signal: stop.signal });
    while (!shown.includes('Ctrl-C ends')) await sleep(20);
    plugged.board.print('1.0 WARN wifi gone\r\n2.0 ERROR tls no\r\n');
    while (!shown.includes('tls')) await sleep(20);
    stop.abort();
    await done;
    await plugged.close();
    assert.match(shown, /\x1b\[33m1\.0 WARN wifi gone\x1b\[39m\n.*\x1b\[31m2\.0 ERROR tls no\x1b\[39m\n/); // oxlint-disable-line no-control-regex
  });
});

test('ends at once when its log cannot be written, without waiting for a line', async () => {
  const none = new Console({ write: () => undefined }, { write: () => undefined }, {});
  const logFile = join(folder, 'file', 'x.log');
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(monitor({ path: join(folder, 'no-port'), console: none, logFile }), {
    name: 'UserError',
    message: `cannot write ${logFile}: part of the path is not a directory`,
  });
});
