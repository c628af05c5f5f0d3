import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LineClosedError, LineReader, type SerialLine } from '../../scripts/serial/line.ts';
import { parseLogLine } from '../../scripts/serial/monitor.ts';
import { awaitPort, describeOpenProblem, noBoardHint } from '../../scripts/serial/port.ts';
import { Prompt } from '../../scripts/serial/prompt.ts';
import { crc16 } from '../../scripts/serial/ymodem.ts';
import { KalumaSerial, type SerialFaults } from '../support/kalumaSerial.ts';

/** A cable in memory between a command and the stand-in. */
function connect(faults: SerialFaults = {}): { line: SerialLine; board: KalumaSerial } {
  let onData: (bytes: Uint8Array) => void = () => undefined;
  let onClose = (): void => undefined;
  let open = true;
  const board = new KalumaSerial((bytes) => open && setImmediate(() => onData(bytes)));
  board.faults = faults;
  board.onReset = (): void => {
    open = false;
    onClose();
  };
  const line: SerialLine = {
    path: '/dev/test',
    write: async (bytes) => {
      if (open) board.receive(Buffer.from(bytes));
      await Promise.resolve();
    },
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
    close: async () => {
      open = false;
      board.stop();
      await Promise.resolve();
    },
  };
  return { line, board };
}

const program = Array.from({ length: 300 }, (_, i) => `console.log("line ${i} \x7f");\n`).join('');

async function write(faults: SerialFaults): Promise<{ attempts: number; written: string }> {
  const { line, board } = connect(faults);
  const prompt = new Prompt(line);
  await prompt.stopProgram();
  assert.equal(board.running, false);
  let attempts = 0;
  await prompt.writeProgram(program, (_, attempt) => (attempts = attempt));
  await line.close();
  return { attempts, written: board.program };
}

/** Calls `fault` at the n-th call, and passes everything else on. */
function once<T>(n: number, fault: (value: T) => T[]): (value: T) => T[] {
  let calls = 0;
  return (value) => (++calls === n ? fault(value) : [value]);
}

// All at once: they wait for replies that never come.
void describe('a board at the prompt', { concurrency: true }, () => {
  test('a program is written and read back', async () => {
    assert.deepEqual(await write({}), { attempts: 1, written: program });
  });

  test('a damaged or lost packet is sent again', async () => {
    const damaged = once(3, (packet: Buffer) => (packet.writeUInt8(packet[100] ^ 1, 100), [packet]));
    assert.deepEqual(await write({ toBoard: damaged }), { attempts: 1, written: program });
    assert.deepEqual(await write({ toBoard: once<Buffer>(4, () => []) }), { attempts: 1, written: program });
  });

  test('a doubled packet or a lost acknowledgement makes the board lose count: the transfer starts afresh', async () => {
    const doubled = await write({ toBoard: once(3, (packet: Buffer) => [packet, packet]) });
    assert.equal(doubled.written, program);
    const lost = await write({ fromBoard: once<number>(6, () => []) });
    assert.deepEqual(lost, { attempts: 2, written: program });
  });

  test('noise between the replies is ignored', async () => {
    assert.deepEqual(await write({ fromBoard: (reply) => [0x7e, reply] }), { attempts: 1, written: program });
  });

  test('a transfer that never succeeds ends with an error', async () => {
    const { line } = connect({ fromBoard: (reply) => (reply === 0x06 ? [0x15] : [reply]) });
    const prompt = new Prompt(line);
    await prompt.stopProgram();
    await assert.rejects(
      prompt.writeProgram('x', () => undefined),
      { name: 'UserError', message: /could not be transferred in 4 attempts: the board lost count at the file name/ },
    );
    await line.close();
  });

  test('the program is read back, so a board that garbles its flash is noticed', async () => {
    const { line, board } = connect();
    const prompt = new Prompt(line);
    await prompt.stopProgram();
    Object.defineProperty(board, 'program', { get: () => 'garbled', set() {} });
    await assert.rejects(
      prompt.writeProgram('x', () => undefined),
      /the board stored a different byte/,
    );
    await line.close();
  });

  test('a board without Kaluma is reported as such', async () => {
    const line: SerialLine = {
      path: '/dev/test',
      write: () => Promise.resolve(),
      onData: () => undefined,
      onClose: () => undefined,
      close: () => Promise.resolve(),
    };
    await assert.rejects(new Prompt(line, 100).stopProgram(), /\/dev\/test does not answer like Kaluma/);
  });

  test('a reset during the transfer is recognized', async () => {
    const { line, board } = connect({ toBoard: once<Buffer>(4, () => (board.onReset(), [])) });
    const prompt = new Prompt(line);
    await prompt.stopProgram();
    await assert.rejects(
      prompt.writeProgram(program, () => undefined),
      LineClosedError,
    );
    await line.close();
  });

  test('a reboot goes through the watchdog', async () => {
    const { line, board } = connect();
    const prompt = new Prompt(line);
    await prompt.stopProgram();
    await prompt.reboot();
    assert.equal(board.running, true);
    await line.close();
  });
});

test('a board that never stops talking is given up, and only the newest of what it says is kept', async () => {
  let give: (bytes: Uint8Array) => void = () => undefined;
  const { line } = connect();
  const reader = new LineReader({ ...line, onData: (listener) => (give = listener) });
  const talk = setInterval(() => give(Buffer.alloc(10_000, 'x')), 1);
  const begun = performance.now();
  assert.equal(await reader.until('> ', 60_000), null);
  clearInterval(talk);
  assert.ok(performance.now() - begun < 5000);
  for (let i = 0; i < 100; i++) give(Buffer.alloc(10_000, 'y'));
  give(Buffer.from('\n> '));
  assert.equal((await reader.until('> ', 60_000))?.length, 65_536);
  await line.close();
});

test('CRC-16/XMODEM has its published check value', () => {
  assert.equal(crc16(Buffer.from('123456789')), 0x31c3);
});

test('log lines are parsed, and other text stays unchanged', () => {
  assert.deepEqual(parseLogLine('12.345 INFO tls handshake complete in 3100 ms, heap peak 140000 B'), {
    uptime: 12.345,
    level: 'INFO',
    area: 'tls',
    message: 'handshake complete in 3100 ms, heap peak 140000 B',
  });
  assert.equal(parseLogLine('TypeError: Cannot read property'), null);
});

test('the reason why a port cannot be opened is given, with what to do on this system', () => {
  const told = (message: string, holder: string | null = null, platform: NodeJS.Platform = 'linux'): string =>
    describeOpenProblem('/dev/ttyACM0', message, holder, platform);
  assert.match(told('Error: Inappropriate ioctl for device'), /^\/dev\/ttyACM0 is not a serial port; without --port/);
  assert.match(told('Permission denied'), /sudo usermod -aG dialout \$USER \(on Arch uucp\), then log in again$/);
  assert.match(
    told('Cannot lock port', 'ModemManager (process 7)'),
    /releases the port within a minute, or .*disable --now ModemManager$/,
  );
  assert.match(told('Cannot lock port', 'screen (process 7)'), /busy: screen \(process 7\) uses it; close that first$/);
  assert.match(told('Access denied', null, 'win32'), /another program, such as a serial monitor, uses it/);
  assert.match(noBoardHint('linux', true), /usbipd attach --wsl/);
  assert.match(noBoardHint('darwin', false), /cu\.usbmodem/);
  assert.match(noBoardHint('win32', false), /COM port/);
  assert.equal(noBoardHint('linux', false), '');
});

test('a board that is not there yet is waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'port-'));
  const path = join(folder, 'ttyACM0');
  const told: string[] = [];
  const found = awaitPort(path, new AbortController().signal, (why) => {
    told.push(why);
    writeFileSync(path, '');
  });
  assert.equal(await found, path);
  assert.deepEqual(told, [`${path} is not there`]);
  rmSync(folder, { recursive: true });
  const gone = new AbortController();
  assert.equal(await awaitPort(path, gone.signal, () => gone.abort()), null);
});
