/**
 * The real engine as the board of a kitchen: Kaluma's own image, executed by the rig in this process, so that faults can
 * be imposed and lifted at any moment. It has what `Kitchen` and the fault matrix use of the simulated board.
 *
 * Kaluma never sleeps: its loop turns every 60 µs, and executing that takes three times as long as the board's own time.
 * Here each turn of the loop is made to last some milliseconds longer. Nothing else is changed.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM_AREA } from '../../../scripts/image/uf2.ts';
import { TimeLimit } from '../../../scripts/simulator/simulatedBoard.ts';
import type { ResetReason } from '../../../scripts/simulator/clock.ts';
import type { KitchenBoard } from '../kitchenBoard.ts';
import {
  hook,
  loadEmulator,
  runPioByClock,
  type EmulatedBoard,
  type EmulatedNetwork,
  type Emulator,
} from './emulator.ts';
import { RigFaults, type Ports } from './faults.ts';
import { Link } from './link.ts';

/** Instructions between two looks at what is due, and such stretches between two turns of Node's event loop. */
const STRETCH = 1000;
const STRETCHES = 40;
/** Volts of the chip's sensor at 21.5 °C: RP2040 datasheet, section 4.9.5. */
const VOLTS = 0.706 - (21.5 - 27) * 0.001721;

/** Its key among the emulated peripherals. */
const WATCHDOG = 0x40058;

/** Where the program area begins in `EmulatedBoard.data`, behind the 16 KB of the key-value storage. */
const AREA = 16 * 1024;

export interface RigBoardOptions {
  program: string;
  /** Password of the access point. */
  password: string;
  /** The port that the board dials. */
  dialled: number;
  /** The local port to which it leads. */
  port: number;
  /** ms by which each turn of Kaluma's loop is lengthened. */
  pauseMillis: number;
  /** Collect in `cHeapFaults` what goes wrong in the C heap. */
  watchMalloc: boolean;
}

/** Bytes of Kaluma's C heap. */
export interface CHeap {
  used: number;
  /** The most that it has taken of its memory since the last boot. */
  peak: number;
  total: number;
}

export class RigBoard implements KitchenBoard {
  serial = '';
  readonly violations = [];
  readonly exceptions = [];
  readonly resets: { reason: ResetReason; at: number }[] = [];
  /** What the C heap could not give, and writes through NULL pointers. */
  readonly cHeapFaults: string[] = [];
  readonly faults: RigFaults;
  /** The other end of its USB cable: what it says, as it says it, and each reset. */
  onOutput: (text: string) => void = () => undefined;
  onReset: () => void = () => undefined;
  private pace: { from: number; began: number } | null = null;
  private readonly emulator: Emulator;
  private readonly link: Link;
  private readonly pauseNanos: number;
  private readonly watchMalloc: boolean;
  private board: EmulatedBoard;
  private network: EmulatedNetwork;
  /** Seconds of the boots before this one. */
  private earlier = 0;
  private bitten = false;
  private powerFailed = false;
  /** The reason for which the engine ended, and whether the test expects that. */
  private death = '';
  private mayDie = false;

  static async boot(options: RigBoardOptions): Promise<RigBoard> {
    const { program, dialled, port } = options;
    const emulator = await loadEmulator();
    const clock = { now: () => 0 };
    const link = await Link.open(port, () => clock.now());
    const closed = await closedPort();
    const board = new RigBoard(emulator, link, { dialled, closed }, options);
    board.board.loadProgram(Buffer.from(program));
    clock.now = () => board.seconds;
    return board;
  }

  private constructor(
    emulator: Emulator,
    link: Link,
    ports: Ports,
    { password, pauseMillis, watchMalloc }: RigBoardOptions,
  ) {
    this.pauseNanos = pauseMillis * 1e6;
    this.watchMalloc = watchMalloc;
    this.emulator = emulator;
    this.link = link;
    this.faults = new RigFaults(link, ports, password, () => {
      this.powerFailed = true;
      this.board.resetting = true;
    });
    [this.board, this.network] = this.switchOn();
  }

  get seconds(): number {
    return this.earlier + this.board.seconds;
  }

  get flashOperations(): number {
    return this.faults.flashOperations;
  }

  async run(seconds: number): Promise<void> {
    const end = this.seconds + seconds;
    while (this.seconds < end) await this.step();
  }

  async runUntil(what: RegExp | (() => boolean), { limitSeconds }: { limitSeconds: number }): Promise<void> {
    const from = this.serial.length;
    const end = this.seconds + limitSeconds;
    const holds = typeof what === 'function' ? what : (): boolean => what.test(this.serial.slice(from));
    while (!holds()) {
      if (this.seconds >= end)
        throw new TimeLimit(`${String(what)} did not come within ${limitSeconds} s${this.tail()}`);
      await this.step();
    }
  }

  powerCycle(): void {
    this.reboot('power');
  }

  /** Whether its time may not run ahead of the PC's, whose commands wait by theirs. */
  set inRealTime(wanted: boolean) {
    this.pace = wanted ? { from: this.seconds, began: performance.now() } : null;
  }

  /** Bytes that come over USB. */
  type(text: string): void {
    this.board.type(text);
  }

  /** What is in Kaluma's program area. */
  get area(): Uint8Array {
    return this.board.data.slice(AREA, AREA + PROGRAM_AREA.size);
  }

  /** Unplugs the board, puts something else there, and plugs it in again. */
  set area(bytes: Uint8Array) {
    this.powerCycle();
    const { data } = this.board;
    data.set(bytes, AREA);
    this.board.data = data;
  }

  /** Unplugs the board, drops a file on it in BOOTSEL mode, and lets it start. */
  dropUf2(file: Uint8Array): void {
    this.powerCycle();
    this.board.loadUf2(file);
  }

  /** Bytes of the JavaScript heap in use, garbage collected: Kaluma's prompt has commands for both. */
  async heapLevel(): Promise<number> {
    this.board.type('.gc\r');
    await this.run(0.2);
    return this.askHeap('occupied');
  }

  /** The most bytes of the JavaScript heap that were in use since the last boot. */
  async heapPeak(): Promise<number> {
    return this.askHeap('peak');
  }

  /** Kaluma's C heap: between the end of its variables and that of the RAM. newlib's list has what was freed there. */
  cHeap(): CHeap {
    const { symbols, mcu } = this.board;
    const symbol = (name: string): number => symbols.get(name) ?? 0;
    const start = symbol('__end__');
    const end = mcu.readUint32(symbol('heap_end.0'));
    let free = 0;
    // A block has its size, then the next one's address.
    for (let at = mcu.readUint32(symbol('__malloc_free_list')); at !== 0; at = mcu.readUint32(at + 4)) {
      free += mcu.readUint32(at);
    }
    return { used: end - start - free, peak: end - start, total: symbol('__HeapLimit') - start };
  }

  /** Uses the heap up, with a loop given to Kaluma's prompt: the engine ends, without an exception. */
  exhaustHeap(): void {
    this.mayDie = true;
    this.board.type('for(let a=[];;)a.push([])\r');
  }

  /** A program may end the engine from now on, until the next reset. */
  expectDeath(): void {
    this.mayDie = true;
  }

  close(): void {
    this.link.close();
  }

  private switchOn(): [EmulatedBoard, EmulatedNetwork] {
    const board = this.emulator.makeBoard({
      wifi: 'ok',
      watchMalloc: this.watchMalloc,
      onLog: (line) => {
        if (line.startsWith('[fault]')) this.cHeapFaults.push(`${this.seconds.toFixed(1)} s: ${line}`);
      },
      onSerial: (text) => this.hear(text),
      onFrame: (frame) => {
        if (!this.faults.isLost(frame)) network.handle(frame);
      },
      onFatal: (why) => (this.death = why),
      onReset: () => (this.bitten = true),
      cutInFlash: () => this.faults.cutInFlash(),
    });
    const network = this.emulator.makeNetwork(board, this.faults.options);
    board.setVolts(4, VOLTS);
    runPioByClock(board);
    hook(board, 'km_custom_infinite_loop', () => {
      board.clock.tick(this.pauseNanos);
      return false;
    });
    this.faults.attach(board, network);
    return [board, network];
  }

  private hear(text: string): void {
    this.onOutput(text);
    // The prompt, when commands are typed, moves the cursor about.
    // oxlint-disable-next-line no-control-regex
    this.serial += text.replace(/\x1b\[[0-9;]*[A-Za-z]|\x1b[78]|\r/g, '');
  }

  private async askHeap(what: 'occupied' | 'peak'): Promise<number> {
    const from = this.serial.length;
    const answer = new RegExp(`${what}: (\\d+)\\D`);
    this.board.type('.mem\r');
    await this.runUntil(answer, { limitSeconds: 10 });
    return Number(answer.exec(this.serial.slice(from))?.[1]);
  }

  private reboot(reason: ResetReason): void {
    this.resets.push({ reason, at: this.seconds });
    // The peers hear nothing of it.
    this.network.blackhole();
    const { data, seconds } = this.board;
    this.earlier += seconds;
    [this.bitten, this.powerFailed, this.mayDie, this.death] = [false, false, false, ''];
    if (!this.serial.endsWith('\n')) this.serial += '\n';
    [this.board, this.network] = this.switchOn();
    this.board.data = data;
    this.onReset();
    if (reason !== 'watchdog') return;
    const watchdog = this.board.mcu.peripherals[WATCHDOG];
    // As the SDK leaves it when the watchdog is armed.
    watchdog.scratchData[4] = 0x6ab7_3121;
    watchdog.reason = 1;
  }

  private async step(): Promise<void> {
    for (let i = 0; i < STRETCHES && !this.bitten && !this.powerFailed; i++) {
      this.board.run(STRETCH);
      if (this.death !== '' && !this.mayDie) throw new Error(`the engine died: ${this.death}${this.tail()}`);
      this.link.release();
      this.faults.cutWhatIsDue();
    }
    if (this.bitten || this.powerFailed) this.reboot(this.bitten ? 'watchdog' : 'power');
    await new Promise((resolve) => setImmediate(resolve));
    if (this.pace === null) return;
    const ahead = (this.seconds - this.pace.from) * 1000 - (performance.now() - this.pace.began);
    if (ahead > 1) await sleep(ahead);
    // What it lost on a slow PC it may not make up for.
    if (ahead < 0) this.inRealTime = true;
  }

  private tail(): string {
    return `; the board's last lines:\n${this.serial.split('\n').slice(-16).join('\n')}`;
  }
}

/** A local port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
