/**
 * A Pico W with Kaluma 1.2.1, simulated: runs the very program text that is flashed, in a context that has the board's globals
 * and modules and nothing of Node's, behaves as the board does, and records what the board would not survive.
 */
import { randomBytes } from 'node:crypto';
import { RealClock, VirtualClock, type Clock, type ResetReason } from './clock.ts';
import { I2cBuses } from './devices/i2c.ts';
import { Pins } from './devices/pins.ts';
import type { Environment } from './devices/sensors.ts';
import { parseForEngine, ProgramRefused } from '../kaluma/language.ts';
import { Faults } from './faults.ts';
import { Flash, KeyValueStorage } from './flash.ts';
import { HeapWatch } from './heapWatch.ts';
import { LittleFs } from './littlefs.ts';
import { Machine, type Surroundings } from './machine.ts';
import { Traffic, type Destination } from './network/peer.ts';
import type { AccessPoint } from './network/radio.ts';
import type { ViolationKind } from './realm/host.ts';

export interface SimulatedBoardOptions {
  /** The program's text, or everything that the program area is to hold from its beginning on. */
  program: string;
  /** Most bytes that the program may have. */
  programBudget?: number;
  clock: 'virtual' | 'real';
  /** Returns the target of each connection that the board dials. */
  dial?: (host: string, port: number) => Destination;
  accessPoint?: AccessPoint;
  /** Seconds for which the board has been on when it is made: 0, if absent. */
  age?: number;
  /** The time that time servers tell when the board is made, ms since 1970; now, if absent. */
  startTime?: number;
  /** Random bytes for the board's generator; the system's, if absent. */
  random?: (length: number) => Uint8Array;
  /** Gets what the board prints, without colours. */
  onSerial?: (text: string) => void;
  /** Device microseconds for each microsecond that the program computes here; virtual clock only. */
  slowdown?: number;
  /** Look for calls nested too deep; costs speed. */
  watchStack?: boolean;
  /** Count what the program keeps; a board whose heap is exhausted dies, as the real one does. Costs speed. */
  watchHeap?: boolean;
  /** True while peers still work on something of their own accord: the virtual clock waits for them. */
  peersAreBusy?: () => boolean;
}

/** An act of the program that the real board would not survive, or would do otherwise. */
export interface Violation {
  kind: ViolationKind;
  message: string;
  /** Seconds since the board was made. */
  at: number;
}

export interface RecordedException {
  /** The callback that threw it. */
  where: string;
  error: unknown;
  /** Whether Kaluma prints it; it swallows those of the network's and Wi-Fi's callbacks. */
  shown: boolean;
  at: number;
}

/** The text or condition that a test waited for did not come. */
export class TimeLimit extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TimeLimit';
  }
}

const ROUND_TRIP_MILLIS = 30;
/** Turns of the host's event loop without traffic after which the peers count as being at rest. */
const QUIET_TURNS = 24;
/** Milliseconds without traffic that must pass as well, if the host's kernel may still carry bytes. */
const QUIET_MILLIS = 2;
/** Longest sleep with the real clock, and longest stretch without letting the host's event loop turn: milliseconds. */
const NAP_MILLIS = 20;

export class SimulatedBoard {
  /** The quantities that its sensors measure. */
  readonly environment: Environment = { celsius: 21.5, relativeHumidity: 45, hectopascals: 1013.25 };
  readonly i2c = new I2cBuses();
  readonly pins = new Pins(this.environment);
  readonly flash = new Flash();
  readonly faults: Faults;
  readonly violations: Violation[] = [];
  readonly exceptions: RecordedException[] = [];
  readonly resets: { reason: ResetReason; at: number }[] = [];
  /** Everything printed since the board was made. */
  serial = '';
  private readonly clock: Clock;
  private readonly traffic = new Traffic();
  private readonly files = new LittleFs(this.flash);
  private readonly surroundings: Surroundings;
  private readonly peersAreBusy: () => boolean;
  private schedule: { at: number; action: () => void }[] = [];
  private machine: Machine | null = null;
  private offUntil = 0;
  private age: number;
  private lastBreath = 0;

  /** @throws ProgramRefused for a program over its budget, or that the engine would not parse */
  constructor(options: SimulatedBoardOptions) {
    const { program, programBudget = Infinity } = options;
    const bytes = Buffer.byteLength(program);
    if (bytes > programBudget) throw new ProgramRefused(`the program has ${bytes} B, ${programBudget} are allowed`);
    this.flashProgram(program);
    const clock = options.clock === 'virtual' ? new VirtualClock() : new RealClock();
    const startTime = options.startTime ?? Date.now();
    const path = {
      roundTrip: clock.virtual ? ROUND_TRIP_MILLIS : 0,
      bytesPerSecond: Infinity,
      linkIsUp: () => this.machine?.radio.linkIsUp() === true,
    };
    this.clock = clock;
    this.age = options.age ?? 0;
    this.peersAreBusy = options.peersAreBusy ?? (() => false);
    this.flash.attach((ms) => this.machine?.spend(ms * 1000, false));
    const accessPoint = options.accessPoint ?? { ssid: 'kitchen', password: 'correct horse' };
    this.faults = new Faults(accessPoint, path, this.flash, {
      machine: () => this.machine,
      cutPower: () => this.powerCycle(),
    });
    this.surroundings = {
      clock,
      path,
      flash: this.flash,
      files: this.files,
      storage: new KeyValueStorage(this.flash),
      pins: this.pins,
      i2c: this.i2c,
      faults: this.faults,
      traffic: this.traffic,
      dial: options.dial ?? (() => null),
      random: options.random ?? randomBytes,
      trueTime: () => startTime + clock.now() / 1000,
      print: (text) => {
        this.serial += text;
        options.onSerial?.(text);
      },
      violation: (kind, message) => void this.violations.push({ kind, message, at: this.seconds }),
      exception: (where, error, shown) => void this.exceptions.push({ where, error, shown, at: this.seconds }),
      runSchedule: () => this.runSchedule(),
      slowdown: options.slowdown ?? 0,
      heap: options.watchHeap === true ? new HeapWatch() : null,
      watchStack: options.watchStack ?? false,
    };
  }

  /** Since the board was made, in its own time. */
  get seconds(): number {
    return this.clock.now() / 1e6;
  }

  /** Pages programmed and sectors erased since the board was made. */
  get flashOperations(): number {
    return this.flash.wear.programmed + this.flash.wear.erased;
  }

  /** The most that its heap held, bytes, as estimated; only if it is watched. */
  get heapPeak(): number {
    return this.surroundings.heap?.peak ?? 0;
  }

  /** Uses its heap up: the program ends, without an exception, and without a restart. */
  exhaustHeap(): void {
    this.machine?.die();
  }

  get ledIsOn(): boolean {
    return this.machine?.radio.led ?? false;
  }

  /** Runs `action` when so much of the board's time has passed, even in the middle of a blocking call. */
  after(seconds: number, action: () => void): void {
    this.schedule.push({ at: this.clock.now() + seconds * 1e6, action });
    this.schedule.sort((a, b) => a.at - b.at);
  }

  /** Cuts the power. The flash keeps what it has; the peers hear nothing. */
  powerCycle(offSeconds = 1): void {
    this.offUntil = this.clock.now() + offSeconds * 1e6;
    this.machine?.end('power');
  }

  /**
   * Erases the program area and writes it, as flashing over USB does.
   * @throws ProgramRefused for what the engine would not parse
   */
  flashProgram(program: string): void {
    parseForEngine(program.split('\0', 1)[0]);
    this.flash.area.fill(0xff);
    Buffer.from(`${program}\0`).copy(this.flash.area);
  }

  /** Lets the board run for so long. */
  async run(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds * 1e6;
    this.traffic.unsettled = true;
    while (this.clock.now() < end) {
      const pending = this.step(end);
      if (pending !== undefined) await pending;
    }
  }

  /**
   * Lets the board run until something is printed (from now on) or a condition holds.
   * @throws TimeLimit if it does not happen within so many of the board's seconds; quotes the last lines printed
   */
  async runUntil(what: string | RegExp | (() => boolean), { limitSeconds }: { limitSeconds: number }): Promise<void> {
    const from = this.serial.length;
    const end = this.clock.now() + limitSeconds * 1e6;
    this.traffic.unsettled = true;
    const printed = () => this.serial.slice(from);
    const holds =
      typeof what === 'function'
        ? what
        : () => (typeof what === 'string' ? printed().includes(what) : what.test(printed()));
    while (!holds()) {
      if (this.clock.now() >= end) {
        const tail = this.serial.split('\n').slice(-16).join('\n');
        throw new TimeLimit(`${String(what)} did not come within ${limitSeconds} s; the board's last lines:\n${tail}`);
      }
      const pending = this.step(end);
      if (pending !== undefined) await pending;
    }
  }

  /** Closes every connection; the board must not be run any more. */
  close(): void {
    this.traffic.destroy();
  }

  /**
   * One turn, or one wait until there is something to do, `end` at the latest.
   * @returns a promise only where there is something to wait for: a promise for each of a board's turns took a third of the time
   */
  private step(end: number): Promise<void> | undefined {
    const scheduled = this.runSchedule();
    const { machine } = this;
    if (machine === null || machine.ended !== null) {
      this.boot();
      return undefined;
    }
    if (machine.bitten()) {
      machine.end('watchdog');
      return undefined;
    }
    if (machine.nextWake() <= this.clock.now()) {
      machine.turn();
      if (this.surroundings.heap !== null) return this.weigh(machine, this.surroundings.heap);
      return performance.now() - this.lastBreath < NAP_MILLIS ? undefined : this.breathe();
    }
    if (this.traffic.unsettled && this.clock.virtual) return this.settle();
    const until = Math.min(machine.nextWake(), scheduled, end);
    if (!this.clock.virtual) return this.nap((until - this.clock.now()) / 1000);
    this.clock.spend(Math.max(0, until - this.clock.now()));
    return undefined;
  }

  /** A peer has just sent something: the virtual clock waits until it has arrived. */
  awaitPeers(): void {
    this.traffic.unsettled = true;
  }

  /** Lets a board die whose heap is exhausted. */
  private async weigh(machine: Machine, heap: HeapWatch): Promise<void> {
    await this.breathe();
    if (heap.isExhausted()) machine.die();
  }

  private boot(): void {
    if (this.machine !== null) {
      const reason = this.machine.ended ?? 'power';
      this.resets.push({ reason, at: this.seconds });
      this.machine.lwip.goSilent();
      this.surroundings.heap?.reset();
      this.files.forgetOpenFiles();
      this.pins.reset();
      this.i2c.closeAll();
      this.machine = null;
      if (reason === 'power') this.clock.spend(Math.max(0, this.offUntil - this.clock.now()));
    }
    this.machine = new Machine(this.surroundings, this.resets.at(-1)?.reason === 'watchdog', this.age);
    this.age = 0;
    this.machine.boot();
  }

  /** @returns when the next thing is scheduled */
  private runSchedule(): number {
    while (this.schedule.length > 0 && this.schedule[0].at <= this.clock.now()) {
      // An action may have moved the far end of a connection.
      this.traffic.unsettled = true;
      this.schedule.shift()?.action();
    }
    return this.schedule[0]?.at ?? Infinity;
  }

  /** Waits until the peers have nothing left to do. Used with the virtual clock, which stands still meanwhile. */
  private settle(): Promise<void> {
    let { count } = this.traffic;
    const quietMillis = this.traffic.throughKernel ? QUIET_MILLIS : 0;
    let quietSince = performance.now();
    let turns = 0;
    // One promise for all turns: node:test's hooks make each promise, and each turn, expensive.
    return new Promise((resolve) => {
      const turn = (): void => {
        turns++;
        if (this.traffic.count !== count) {
          ({ count } = this.traffic);
          turns = 0;
          quietSince = performance.now();
        }
        if (turns < QUIET_TURNS || this.peersAreBusy()) {
          setImmediate(turn);
          return;
        }
        // Sleeps, because turns that find nothing to do take the processor from others. Timers run before what has arrived is
        // read, which on a busy PC may be long due, so the next turn is behind that.
        if (performance.now() - quietSince < quietMillis) {
          setTimeout(() => setImmediate(turn), 1);
          return;
        }
        this.traffic.unsettled = false;
        resolve();
      };
      setImmediate(turn);
    });
  }

  /** Lets the host's event loop turn, for servers and tests in the same process. */
  private async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.lastBreath = performance.now();
  }

  /** Sleeps until bytes arrive, `millis` at most. Used with the real clock. */
  private async nap(millis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(millis, NAP_MILLIS)));
      this.traffic.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.traffic.wake = null;
  }
}
