/**
 * The USB port of an emulated board: a pseudo-terminal that commands open as they would /dev/ttyACM0. It disappears when the
 * chip is reset, and comes back.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cable } from '../../support/serialCable.ts';
import type { RigBoard } from './rigBoard.ts';

/** Seconds of the board's time until a PC has a port for it after a reset. */
const ENUMERATION = 0.5;

export interface CommandResult {
  /** Null if the command was ended, because it went on for ever. */
  status: number | null;
  stdout: string;
  stderr: string;
  /** The board's seconds that it took. */
  seconds: number;
}

export class UsbPort {
  readonly path: string;
  private readonly board: RigBoard;
  private cable: Cable | null = null;
  private coming: Promise<void> = Promise.resolve();
  /** A command has the port open. What a board says while no one has, it says to nobody. */
  private isOpen = false;
  private isGone = false;

  static async plugIn(board: RigBoard, path: string): Promise<UsbPort> {
    const port = new UsbPort(board, path);
    await port.appear();
    return port;
  }

  private constructor(board: RigBoard, path: string) {
    this.board = board;
    this.path = path;
    board.onOutput = (text) => void (this.isOpen && this.cable?.socat.stdin.write(text, 'latin1'));
    board.onReset = () => {
      this.coming = this.coming.then(() => this.reappear());
    };
  }

  /** Runs a command while the board runs in real time, at most for so many of its seconds. */
  async during(
    [file, ...argv]: string[],
    run: (isOver: () => boolean) => Promise<unknown>,
    limitSeconds: number,
  ): Promise<CommandResult> {
    const { board } = this;
    // A person waits for the port too.
    while (this.cable === null) await board.run(0.1);
    const [from, child] = [board.seconds, spawn(file, argv)];
    const result: CommandResult = { status: null, stdout: '', stderr: '', seconds: 0 };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
    let isOver = false;
    child.once('close', (status) => {
      [isOver, result.status] = [true, status];
    });
    board.inRealTime = true;
    try {
      await run(() => isOver || board.seconds - from > limitSeconds);
    } finally {
      if (!isOver) child.kill('SIGKILL');
      board.inRealTime = false;
      this.isOpen = false;
    }
    result.seconds = board.seconds - from;
    return result;
  }

  async unplug(): Promise<void> {
    this.isGone = true;
    await this.coming;
    await this.cable?.unplug();
  }

  private async appear(): Promise<void> {
    this.cable = await Cable.plugIn(this.path);
    this.cable.socat.stdout.on('data', (bytes: Buffer) => {
      // Each command types something first.
      this.isOpen = true;
      this.board.type(bytes.toString('latin1'));
    });
  }

  private async reappear(): Promise<void> {
    const { cable } = this;
    [this.isOpen, this.cable] = [false, null];
    await cable?.unplug();
    const due = this.board.seconds + ENUMERATION;
    while (!this.isGone && this.board.seconds < due) await sleep(10);
    if (!this.isGone) await this.appear();
  }
}
