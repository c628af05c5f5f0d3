/** Kaluma's prompt on the serial port: runs its commands, and JavaScript typed into it. */
import { randomInt } from 'node:crypto';
import { UserError } from '../lib/cli.ts';
import { LineReader, type SerialLine } from './line.ts';
import { cancelTransfer, sendFile, TransferError } from './ymodem.ts';

/** The prompt prints this after the output of every command. */
const END_OF_OUTPUT = '\x1b[0m';
const SOFT_RESET = '\x04';
/** ms between two pieces of an answer. A turn of the board's event loop may take half a second. */
const PATIENCE = 5_000;
/** ms until the program prints its first line, and between two lines. */
const LOAD_PATIENCE = 15_000;
/** ms. A board that looks for a missing Wi-Fi network does not read its serial port for 30 s. */
const BUSY_PATIENCE = 45_000;
const ATTEMPTS = 4;
/** Bytes that are read back at a time. */
const READ_LENGTH = 2048;

export class Prompt {
  private readonly line: SerialLine;
  private readonly reader: LineReader;
  private readonly busyPatience: number;

  constructor(line: SerialLine, busyPatience = BUSY_PATIENCE) {
    this.line = line;
    this.busyPatience = busyPatience;
    this.reader = new LineReader(line);
  }

  /**
   * Makes the board listen: ends an unfinished transfer, a half-typed line, and the running program.
   * @param onBusy called if that takes long
   * @throws UserError if nothing answers
   */
  async stopProgram(onBusy: () => void = () => undefined): Promise<void> {
    await this.interrupt();
    if ((await this.reader.until('soft reset', PATIENCE)) === null) {
      onBusy();
      await this.interrupt();
      if ((await this.reader.until('soft reset', this.busyPatience)) === null) {
        throw new UserError(
          `${this.line.path} does not answer like Kaluma; is Kaluma 1.2.1 on the board? (BOOTSEL, then its UF2)`,
        );
      }
    }
    await this.type('.echo off\r');
    // The answer to this follows the answers to everything typed before, including a second soft reset.
    const mark = randomInt(1e9);
    await this.type(`'mark'+${mark}\r`);
    if ((await this.reader.until(`mark${mark}`, PATIENCE)) === null) throw this.noAnswer();
    await this.output(PATIENCE);
    await this.output(PATIENCE);
  }

  private async interrupt(): Promise<void> {
    await cancelTransfer(this.line);
    // Kaluma waits half a second after a cancelled transfer.
    await sleep(700);
    await this.type(`\r${SOFT_RESET}`);
  }

  private noAnswer(): UserError {
    return new UserError(`no answer on ${this.line.path}; unplug the board, plug it in again and retry`);
  }

  /** The board's output up to and including the end of one. @throws UserError */
  private async output(patience: number): Promise<Buffer> {
    const output = await this.reader.until(END_OF_OUTPUT, patience);
    if (output === null) throw this.noAnswer();
    return output;
  }

  /** The output of a command or an expression, without what surrounds it. */
  async command(text: string, patience = PATIENCE): Promise<string> {
    this.reader.clear();
    await this.type(`${text}\r`);
    const output = await this.output(patience);
    // The value of an expression ends with the same sequence as the output. The next command must not find the second.
    if (!text.startsWith('.')) await this.output(patience);
    // The prompt ends the last line of the output, and prints every line feed as CR LF.
    return output.toString('latin1').slice(0, -END_OF_OUTPUT.length).replace(/\r\n$/, '').replaceAll('\r\n', '\n');
  }

  /**
   * Writes a program into the program area and reads it back; repeats that if it fails.
   * @param onProgress called with the number of acknowledged bytes and of the attempt
   * @throws UserError after the last attempt
   */
  async writeProgram(code: string, onProgress: (sent: number, attempt: number) => void): Promise<void> {
    let problem = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        this.reader.clear();
        await this.type('.flash -w\r');
        await sendFile(this.line, this.reader, 'program.js', Buffer.from(code, 'latin1'), (sent) =>
          onProgress(sent, attempt),
        );
        await this.reader.until(END_OF_OUTPUT, PATIENCE);
        const at = await this.firstDifference(Buffer.from(`${code}\0`, 'latin1'));
        if (at === null) return;
        problem = `the board stored a different byte at ${at}`;
      } catch (error) {
        if (!(error instanceof TransferError)) throw error;
        problem = error.message;
      }
      await this.stopProgram();
    }
    throw new UserError(
      `the program could not be transferred in ${ATTEMPTS} attempts: ${problem}; try another cable or USB port`,
    );
  }

  /** The first byte at which the program area differs from what was written; null if it does not. */
  private async firstDifference(written: Buffer): Promise<number | null> {
    for (let at = 0; at < written.length; at += READ_LENGTH) {
      const wanted = written.subarray(at, at + READ_LENGTH);
      const found = await this.readArea(at, wanted.length);
      if (!found.equals(wanted)) return at + wanted.findIndex((byte, i) => byte !== found[i]);
    }
    return null;
  }

  /**
   * Reads from the program area. Kaluma's own `.flash -r` ends at the first NUL, which follows the bootstrap.
   * @param length at most READ_LENGTH, because the board encodes it as base64 in its C heap
   */
  async readArea(start: number, length: number): Promise<Buffer> {
    const output = await this.command(
      `(b=>{new(require('flash').Flash)(4,128).read(0,b,${start});return btoa(b)})(new Uint8Array(${length}))`,
    );
    // Kaluma's btoa() starts a new line every 72 characters.
    const base64 = /'([A-Za-z0-9+/=\n]*)'/.exec(output)?.[1].replaceAll('\n', '') ?? '';
    return Buffer.from(base64, 'base64');
  }

  /** Clears bits of a page of the program area. @param bytes 256, mostly 0xff, which leaves the flash as it is */
  async writePage(start: number, bytes: Uint8Array): Promise<void> {
    const changes = [...bytes].flatMap((byte, i) => (byte === 0xff ? [] : [`b[${i}]=${byte};`])).join('');
    await this.command(
      `(b=>{${changes}new(require('flash').Flash)(4,128).write(0,b,${start})})(new Uint8Array(${bytes.length}).fill(255))`,
    );
  }

  /** Starts the program that lies in flash, without a reset. @returns what it prints up to `end`; null if that does not come */
  async load(end: string): Promise<string | null> {
    this.reader.clear();
    await this.type('.load\r');
    return (await this.reader.until(end, LOAD_PATIENCE))?.toString('latin1') ?? null;
  }

  /** Resets the chip by its watchdog, which is like pulling the plug: the port disappears and comes back. */
  async reboot(): Promise<void> {
    await this.type('.echo on\r');
    await sleep(50);
    await this.type("new (require('wdt').WDT)(20)\r");
  }

  private async type(text: string): Promise<void> {
    await this.line.write(Buffer.from(text, 'latin1'));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
