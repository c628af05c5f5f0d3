import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { BoardSettings } from '../../firmware/settings.ts';
import { areaText } from '../../scripts/image/area.ts';
import { settingsText } from '../../scripts/image/settings.ts';
import { programUf2 } from '../../scripts/image/uf2.ts';
import { rigCommand, rigMissing } from '../../scripts/lib/rig.ts';
import { Cable, needsSocat, PluggedBoard } from '../support/serialCable.ts';
import type { SerialFaults } from '../support/kalumaSerial.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'flash-'));
after(() => rmSync(folder, { recursive: true }));
const program = join(folder, 'program.js');
const code = Array.from({ length: 400 }, (_, i) => `console.log("line ${i}");\n`).join('');
writeFileSync(program, code);

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** @param until ends the command, as Ctrl-C would, once it has said this */
async function flash(port: string, more: string[] = [], until?: RegExp): Promise<Result> {
  const child = spawn(process.execPath, commandLine('flash', '--port', port, ...more));
  const result: Result = { status: null, stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
    if (until?.test(result.stdout) === true) child.kill('SIGINT');
  });
  after(() => child.kill());
  [result.status] = (await once(child, 'close')) as [number | null];
  return result;
}

let count = 0;
const newPort = (): string => join(folder, `tty${count++}`);

// A few at a time: a command gives up a board that answers late, and on a busy PC all do when ten commands start at once.
void describe('npm run flash', { ...needsSocat, concurrency: 3, timeout: 300_000 }, () => {
  const written = async (faults: SerialFaults): Promise<Result> => {
    const port = newPort();
    const plugged = await PluggedBoard.at(port);
    plugged.board.faults = faults;
    try {
      const result = await flash(port, ['--program', program]);
      assert.equal(plugged.board.program, code);
      assert.ok(plugged.board.running, 'the board was not restarted');
      return result;
    } finally {
      await plugged.close();
    }
  };

  test('writes the program, reads it back and restarts the board', async () => {
    const { status, stdout, stderr } = await written({});
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(
      stdout,
      new RegExp(
        `^${program} is on the board at \\S+ \\(${code.length} bytes, read back and equal\\); it restarts\\n$`,
      ),
    );
  });

  test('survives lost, doubled and damaged packets', async () => {
    let packets = 0;
    const { status, stderr } = await written({
      toBoard: (packet) => {
        packets++;
        if (packets === 3) return [];
        if (packets === 6) return [packet, packet];
        if (packets === 9) packet[50] ^= 4;
        return [packet];
      },
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.ok(packets > 20);
  });

  test('starts again when the watchdog resets the board under way', async () => {
    const port = newPort();
    const plugged = await PluggedBoard.at(port);
    let packets = 0;
    plugged.board.faults.toBoard = (packet) => {
      if (++packets !== 5) return [packet];
      plugged.board.stop();
      plugged.board.onReset();
      return [];
    };
    const { status, stderr } = await flash(port, ['--program', program]);
    await plugged.close();
    assert.match(stderr, /^(the board reset itself [^\n]*\n)?$/);
    assert.equal(status, 0);
    assert.equal(plugged.board.program, code);
  });

  test('shows the log afterwards with --monitor', async () => {
    const port = newPort();
    const plugged = await PluggedBoard.at(port);
    const log = setInterval(
      () => plugged.board.running && plugged.board.print('0.2 INFO board kitchen-1, firmware 0.1.0\r\n'),
      300,
    );
    const { status, stdout, stderr } = await flash(port, ['--program', program, '--monitor'], /firmware 0\.1\.0/);
    clearInterval(log);
    await plugged.close();
    assert.match(stdout, /^\d\d:\d\d:\d\d 0\.2 INFO board kitchen-1, firmware 0\.1\.0$/m);
    assert.match(stderr, new RegExp(`^watching ${port}; Ctrl-C ends$`, 'm'));
    assert.equal(status, 0);
  });

  test('names the program that uses a busy port', async () => {
    const port = newPort();
    const plugged = await PluggedBoard.at(port);
    const holder = spawn(process.execPath, commandLine('monitor', '--port', port));
    await once(holder.stderr, 'data');
    const { status, stderr } = await flash(port, ['--program', program]);
    holder.kill();
    await once(holder, 'close');
    await plugged.close();
    assert.equal(status, 1);
    // On Linux socat, which plays the cable, may be named beside it.
    const named = process.platform === 'linux' ? `(.* and )?\\S+ \\(process ${holder.pid}\\)( and .*)?` : '.*';
    assert.match(stderr, new RegExp(`^npm run flash: \\S+ is busy: ${named} uses it; close that first\\n$`));
  });

  test('flashes the result of npm run build, and a board of another name only with --yes if there is no terminal', async () => {
    const area = (thing: string): string => areaText(settingsText({ thing } as BoardSettings), 'a program');
    const built = join(folder, 'built.js');
    writeFileSync(built, area('kitchen-1'));
    const port = newPort();
    const plugged = await PluggedBoard.at(port);
    plugged.board.program = area('kitchen-9').slice(0, -1);
    const other = await flash(port, ['--program', built]);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /the board at \S+ is kitchen-9, the program is kitchen-1's; --yes writes it anyway\n$/);
    assert.ok(plugged.board.program.includes('"kitchen-9"'));
    assert.equal((await flash(port, ['--program', built, '--yes'])).status, 0);
    assert.ok(plugged.board.program.includes('"kitchen-1"'));
    await plugged.back();
    const same = await flash(port, ['--program', built]);
    await plugged.close();
    assert.deepEqual([same.status, same.stderr], [0, '']);
  });

  test('refuses a file that is not a program for the board, above all the UF2 beside it', async () => {
    const [uf2, config] = [join(folder, 'program.uf2'), join(folder, 'config.json')];
    writeFileSync(uf2, programUf2(code));
    writeFileSync(config, '{ "thing": "kitchen-1" }');
    for (const [file, problem] of [
      [uf2, /program\.uf2 is to be dropped on the drive of a board in BOOTSEL mode; this command wants program\.js\n$/],
      [
        config,
        /config\.json is not a program for the board: the program does not parse: [^\n]+; npm run build makes one\n$/,
      ],
    ] as const) {
      const { status, stderr } = await flash(join(folder, 'none'), ['--program', file]);
      assert.equal(status, 1);
      assert.match(stderr, problem);
    }
  });

  test('says in one line that there is no such port, or no program', async () => {
    const [noPort, noProgram] = await Promise.all([
      flash(join(folder, 'none'), ['--program', program]),
      flash(join(folder, 'none'), ['--program', join(folder, 'absent.js')]),
    ]);
    assert.equal(noPort.status, 1);
    assert.match(noPort.stderr, /^npm run flash: \S+none: no such port; is the board connected\?\n$/);
    assert.equal(noProgram.status, 1);
    assert.match(
      noProgram.stderr,
      /^npm run flash: cannot read \S+absent\.js: no such file[^\n]*; npm run build makes it\n$/,
    );
  });
});

const missing = rigMissing();

/** The emulated Pico W on a port, with a program that it runs meanwhile. */
async function plugInRig(port: string): Promise<Cable> {
  const before = join(folder, 'before.js');
  writeFileSync(before, "setInterval(() => console.log('tick'), 200);");
  const rig = rigCommand(['--program', before, '--seconds', '600', '--stdin', '--raw', '--quiet']).join(' ');
  return Cable.plugIn(port, `EXEC:${rig}`);
}

/** A program that says that it is there. */
function nextProgram(): string {
  const next = join(folder, 'next.js');
  writeFileSync(next, `${code}\nsetInterval(() => console.log('1.5 INFO board the new program runs'), 500);\n`);
  return next;
}

test(
  'real engine: a program is written, read back and restarted, and its log is shown',
  { skip: missing ?? needsSocat.skip, timeout: 300_000 },
  async () => {
    const port = newPort();
    const cable = await plugInRig(port);
    try {
      const more = ['--program', nextProgram(), '--monitor'];
      const { status, stdout, stderr } = await flash(port, more, /the new program runs/);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /\(\d+ bytes, read back and equal\); it restarts$/m);
      assert.match(stdout, /^\d\d:\d\d:\d\d 1\.5 INFO board the new program runs$/m);
    } finally {
      await cable.unplug();
    }
  },
);

const CLI = process.env.KALUMA_CLI;
test(
  "real engine: Kaluma's own command line writes the same file",
  { skip: missing ?? (CLI === undefined ? 'KALUMA_CLI is not set' : needsSocat.skip), timeout: 300_000 },
  async () => {
    const port = newPort();
    const cable = await plugInRig(port);
    try {
      // It listens once it runs.
      const watching = spawn('socat', ['-u', `${port},raw,echo=0`, '-']);
      await once(watching.stdout, 'data');
      watching.kill();
      await once(watching, 'close');
      // By its own first line: its serialport was built for one version of Node, which need not be this one.
      const child = spawn(CLI as string, ['write', nextProgram(), '-p', port]);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      assert.deepEqual(await once(child, 'close'), [0, null]);
      assert.match(said, /^Done\. /m);
      const log = spawn('socat', ['-u', `${port},raw,echo=0`, '-']);
      let heard = '';
      while (!heard.includes('the new program runs')) heard += String((await once(log.stdout, 'data'))[0]);
      log.kill();
    } finally {
      await cable.unplug();
    }
  },
);
