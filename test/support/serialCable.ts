/**
 * A board on a serial port of the system's: the stand-in of Kaluma, or the emulated Pico W, behind a pseudo-terminal
 * that socat makes. Commands open it as they would /dev/ttyACM0.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { KalumaSerial } from './kalumaSerial.ts';

/** For the second parameter of `test()`. */
export const needsSocat = {
  skip: spawnSync('socat', ['-V']).error === undefined ? false : 'socat is not installed',
};

/** A pseudo-terminal at `path`, gone when it is closed, whose other end is `far`: STDIO or EXEC:command. */
export class Cable {
  readonly path: string;
  readonly socat: ChildProcessWithoutNullStreams;

  private constructor(path: string, far: string) {
    this.path = path;
    // ignoreeof: a command that closes its end does not end the cable.
    this.socat = spawn('socat', [`PTY,link=${path},raw,echo=0,ignoreeof`, far]);
    this.socat.stdin.on('error', () => undefined);
  }

  static async plugIn(path: string, far = 'STDIO'): Promise<Cable> {
    const cable = new Cable(path, far);
    while (!existsSync(path)) await sleep(20);
    return cable;
  }

  async unplug(): Promise<void> {
    if (this.socat.exitCode !== null || this.socat.signalCode !== null) return;
    const gone = new Promise((done) => this.socat.once('close', done));
    this.socat.kill();
    await gone;
  }
}

/** The stand-in on a cable; each reset of its chip takes the port away for a moment. */
export class PluggedBoard {
  readonly board: KalumaSerial;
  private cable: Cable | null = null;
  private coming: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.board = new KalumaSerial((bytes) => this.cable?.socat.stdin.write(bytes));
    this.board.onReset = (): void => {
      this.coming = this.unplug()
        .then(() => sleep(500))
        .then(() => this.plugIn(path));
    };
  }

  static async at(path: string): Promise<PluggedBoard> {
    const plugged = new PluggedBoard(path);
    await plugged.plugIn(path);
    return plugged;
  }

  /** The board without its port, until it is plugged in again. */
  async unplug(): Promise<void> {
    await this.cable?.unplug();
    this.cable = null;
  }

  async plugIn(path: string): Promise<void> {
    this.cable = await Cable.plugIn(path);
    let waiting = Buffer.alloc(0);
    this.cable.socat.stdout.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      // The pipe cuts packets in pieces, which the stand-in wants whole.
      while (waiting.length > 0) {
        const length = waiting[0] === 0x02 ? 1029 : waiting[0] === 0x01 ? 133 : 1;
        if (waiting.length < length) break;
        this.board.receive(waiting.subarray(0, length));
        waiting = waiting.subarray(length);
      }
    });
  }

  /** Waits until the port that a reset took away is there again. */
  async back(): Promise<void> {
    await this.coming;
  }

  async close(): Promise<void> {
    await this.back();
    this.board.stop();
    await this.unplug();
  }
}
