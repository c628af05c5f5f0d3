/** The board from one reset to the next: its engine, its event loop, its radio, its network, its watchdog. */
import { ResetSignal, type Clock, type ResetReason } from './clock.ts';
import type { I2cBuses } from './devices/i2c.ts';
import type { Pins } from './devices/pins.ts';
import { Engine, stackIsTooDeep } from './engine/context.ts';
import { residentLength } from '../kaluma/language.ts';
import { EventLoop } from './eventLoop.ts';
import type { Faults } from './faults.ts';
import { AREA_BYTES, type Flash, type KeyValueStorage } from './flash.ts';
import type { HeapWatch } from './heapWatch.ts';
import type { LittleFs } from './littlefs.ts';
import type { Path } from './network/connection.ts';
import { Lwip } from './network/lwip.ts';
import type { Destination, Traffic } from './network/peer.ts';
import { Radio } from './network/radio.ts';
import { answerSntp } from './network/sntp.ts';
import type { Host, ViolationKind } from './realm/host.ts';

/** The surroundings of the board, which outlive each boot. */
export interface Surroundings {
  clock: Clock;
  flash: Flash;
  files: LittleFs;
  storage: KeyValueStorage;
  pins: Pins;
  i2c: I2cBuses;
  faults: Faults;
  path: Path;
  traffic: Traffic;
  dial: (host: string, port: number) => Destination;
  random: (length: number) => Uint8Array;
  /** The time that time servers tell, ms since 1970. */
  trueTime: () => number;
  print: (text: string) => void;
  violation: (kind: ViolationKind, message: string) => void;
  /** @param shown whether Kaluma prints it, or swallows it */
  exception: (where: string, error: unknown, shown: boolean) => void;
  /** Does what is scheduled for now, and says when there is more, microseconds. */
  runSchedule: () => number;
  slowdown: number;
  /** Counts the heap, if it is to be counted. */
  heap: HeapWatch | null;
  watchStack: boolean;
}

/** ms that Kaluma takes to start, measured. */
const BOOT_MILLIS = 110;
/** ms that its parser takes for a KB of program, measured. */
const PARSE_MILLIS = 17;
/** Microseconds that a call takes which asks for the time. Without them a loop that waits for a time would not end. */
const CLOCK_CALL_MICROS = 15;
/** ms after which millis() and the clock of the timers begin again at 0. */
const MILLIS_END = 2 ** 32;
/** ms that are added before rounding down: more than floating-point errors, less than any event takes. */
const ROUNDING = 1e-6;
/** Longest time that the watchdog's counter can count, ms. */
const WATCHDOG_LIMIT = 8_388;
/** Bytes of heap: the whole, Kaluma's share while Wi-Fi is joined, and the bytes for each byte of program. Measured. */
const HEAP = { total: 184_312, kaluma: 28_000, perByte: 1.27 };
/** The address of the program area in Kaluma's part of the flash. */
const AREA_ADDRESS = 4 * 4_096;

/** The address of the watchdog's REASON register, counted from the start of Kaluma's part of the flash as well. */
const RESET_REASON = 0x4005_8008 - 0x100f_c000;

/** Microseconds between two simulated interrupts. On the board they come faster, but one a second is enough to feed the watchdog. */
const INTERRUPT_MICROS = 1_000_000;

export class Machine {
  readonly radio: Radio;
  readonly lwip: Lwip;
  /** The reason for which this boot has ended; null while it goes on. */
  ended: ResetReason | null = null;
  private readonly around: Surroundings;
  private readonly bittenBefore: boolean;
  private readonly bootedAt: number;
  private readonly loop: EventLoop;
  private readonly engine: Engine;
  private watchdog: { timeout: number; bitesAt: number } | null = null;
  /** Interrupts that a program has started: their handler, the time of the next one, and the time at which they end. */
  private interrupts: { handler: () => void; next: number; end: number } | null = null;
  private hangsFor = 0;
  private dead = false;
  /** Characters of program that are parsed when it starts. */
  private parsed = 0;
  private clockOffset = 0;
  private executing = false;

  /**
   * @param bittenBefore whether the watchdog ended the boot before this one
   * @param age seconds for which it has been on already
   */
  constructor(around: Surroundings, bittenBefore: boolean, age: number) {
    this.around = around;
    this.bittenBefore = bittenBefore;
    const { clock, faults, path, traffic, dial, trueTime, violation } = around;
    this.bootedAt = clock.now() - age * 1e6;
    this.radio = new Radio(
      faults,
      (ms) => this.spend(ms * 1000, false),
      () => this.lwip.linkChanged(),
    );
    this.lwip = new Lwip({
      path,
      faults,
      cuts: faults.cuts,
      traffic,
      now: () => clock.now(),
      dial,
      datagram: (port, bytes) => (port === 123 ? answerSntp(bytes, faults.timeServer, trueTime()) : []),
      block: (ms) => this.spend(ms * 1000, true),
      violation,
    });
    this.loop = new EventLoop({
      millis: () => this.millis(),
      runJobs: () => this.engine.runJobs(),
      pollNetwork: () => this.lwip.poll(),
      report: (error) => this.report('timer', error),
    });
    this.engine = new Engine(this.makeHost());
  }

  /** Starts Kaluma and runs the program's top level. */
  boot(): void {
    const { clock, flash, violation, watchStack } = this.around;
    let starting = true;
    const parsing = (bytes: number): void => {
      if (clock.virtual) this.spend((PARSE_MILLIS * bytes * 1000) / 1024, false);
      if (starting) this.parsed += bytes;
    };
    if (clock.virtual) this.spend(BOOT_MILLIS * 1000, false);
    const text = programText(flash.area);
    parsing(residentLength(text));
    const division = (operator: string): never => {
      violation('BigInt division', `\`${operator}\` of BigInts gives wrong results on the board`);
      throw this.engine.makeError('RangeError', `BigInt ${operator}`);
    };
    const entry = () => {
      const depth = this.lwip.hasOpenConnection ? stackIsTooDeep() : null;
      if (depth !== null) violation('stack', `${depth} calls deep with a connection open`);
    };
    this.execute(() => {
      try {
        this.engine.run(text, { division, entry: watchStack ? entry : null, parsing });
      } catch (error) {
        // Kaluma prints it and starts its engine again, without the program.
        this.report('program', error);
        this.loop.clear();
      }
    });
    starting = false;
  }

  /** One turn of Kaluma's event loop. */
  turn(): void {
    this.execute(() => {
      const micros = this.hangsFor;
      this.hangsFor = 0;
      this.spend(micros, false);
      this.loop.turn();
    });
  }

  /** Stops the board because its heap is exhausted. Only the watchdog, if it runs, can still end this boot. */
  die(): void {
    this.dead = true;
  }

  /** Makes the next turn take so long. */
  hang(seconds: number): void {
    this.hangsFor = seconds * 1e6;
  }

  /** Time at which there is something to do again, in the clock's microseconds. */
  nextWake(): number {
    if (this.dead) return this.watchdog?.bitesAt ?? Infinity;
    const ends = Math.floor(this.micros() / 1000 / MILLIS_END);
    const timer = this.bootedAt + (ends * MILLIS_END + this.loop.nextTimer()) * 1000;
    return Math.min(timer, this.lwip.nextArrival(), this.watchdog?.bitesAt ?? Infinity);
  }

  /** Ends this boot; from within the program does not return. */
  end(reason: ResetReason): void {
    this.ended ??= reason;
    if (this.executing) throw new ResetSignal(reason);
  }

  bitten(): boolean {
    return this.watchdog !== null && this.around.clock.now() >= this.watchdog.bitesAt;
  }

  /**
   * Lets time pass while the program waits inside a call. What is scheduled happens meanwhile, the watchdog among it.
   * @param polling whether the network's callbacks run
   */
  spend(micros: number, polling: boolean): void {
    const { clock, runSchedule } = this.around;
    const until = clock.now() + micros;
    for (;;) {
      const scheduled = runSchedule();
      this.interrupt();
      if (this.bitten()) this.end('watchdog');
      if (polling) this.lwip.poll();
      const rest = until - clock.now();
      if (rest <= 0) return;
      const arrival = polling ? Math.max(this.lwip.nextArrival(), clock.now() + 1) : Infinity;
      const interrupt = this.interrupts?.next ?? Infinity;
      const next = Math.min(until, scheduled, arrival, interrupt, this.watchdog?.bitesAt ?? Infinity);
      clock.spend(Math.max(1, Math.min(next - clock.now(), clock.virtual ? Infinity : 20_000)));
    }
  }

  private execute(work: () => void): void {
    const { clock, slowdown } = this.around;
    const started = performance.now();
    this.executing = true;
    try {
      work();
      if (clock.virtual && slowdown > 0) this.spend((performance.now() - started) * 1000 * slowdown, false);
    } catch (error) {
      if (!(error instanceof ResetSignal)) throw error;
    } finally {
      this.executing = false;
    }
  }

  private report(where: string, error: unknown): void {
    if (error instanceof ResetSignal) throw error;
    this.around.exception(where, error, true);
    this.around.print(`${describe(error)}\n`);
  }

  private millis(): number {
    // After a power cut at any moment the clock has fractions: rounded down, a timer would be due for ever and never fire.
    return Math.floor(this.micros() / 1000 + ROUNDING) % MILLIS_END;
  }

  private micros(): number {
    return this.around.clock.now() - this.bootedAt;
  }

  private makeHost(): Host {
    const { clock, flash, files, storage, pins, i2c, random } = this.around;
    const inArea = (address: number, length: number): boolean => {
      const inside = address >= AREA_ADDRESS && address + length <= AREA_ADDRESS + AREA_BYTES;
      if (!inside) this.around.violation('flash', `${length} B written at 0x${(0x100f_c000 + address).toString(16)}`);
      return inside;
    };
    const unixTime = () => Math.floor(this.micros() / 1000 + this.clockOffset);
    const spendCall = () => {
      if (clock.virtual) this.spend(CLOCK_CALL_MICROS, false);
    };
    return this.guarded<Host>({
      isReset: (error) => error instanceof ResetSignal,
      lost: (where, error) => this.around.exception(where, error, false),
      violation: this.around.violation,
      print: this.around.print,
      millis: () => {
        spendCall();
        return this.millis();
      },
      micros: () => {
        spendCall();
        return this.micros();
      },
      block: (ms, polling) => this.spend(ms * 1000, polling),
      clockTime: unixTime,
      setClockTime: (ms) => {
        this.clockOffset = ms - this.micros() / 1000;
      },
      addTimer: (callback, delay, repeat) => this.loop.add(callback, delay, repeat),
      removeTimer: (id) => this.loop.remove(id),
      startWatchdog: (timeoutMs) => {
        this.watchdog = { timeout: Math.min(timeoutMs, WATCHDOG_LIMIT) * 1000, bitesAt: 0 };
        this.feed();
      },
      feedWatchdog: () => this.feed(),
      setInterrupts: (handler, micros) => {
        const start = clock.now();
        this.interrupts = handler && { handler, next: start, end: start + micros };
      },
      random128: () => BigInt(`0x${Buffer.from(random(16)).toString('hex')}`),
      made: (array, bytes) => this.around.heap?.add(array, bytes),
      collected: () => this.around.heap?.collected(),
      received: (bytes) => {
        if (this.around.heap?.receive(bytes) === false) this.around.violation('C heap', `no room for ${bytes} B`);
      },
      memoryUsage: () => {
        // Parts that are loaded later are loaded for a while only.
        const used = Math.round(HEAP.kaluma + HEAP.perByte * this.parsed);
        return { heapTotal: HEAP.total, heapUsed: used, heapPeak: used };
      },
      radio: this.guarded(this.radio),
      network: this.guarded(this.lwip),
      files: this.guarded(files),
      storage: this.guarded(storage),
      pins: this.guarded(pins),
      i2c: this.guarded(i2c),
      readFlash: (address, length) => {
        if (address === RESET_REASON) return this.resetReason();
        const start = address - AREA_ADDRESS;
        const bytes = new Uint8Array(length).fill(0xff);
        const from = Math.max(0, start);
        bytes.set(flash.area.subarray(from, Math.max(from, start + length)), Math.min(from - start, length));
        return bytes;
      },
      programFlash: (address, bytes) => {
        if (inArea(address, bytes.length)) flash.programArea(address - AREA_ADDRESS, bytes);
      },
      eraseFlash: (address) => {
        if (inArea(address, 1)) flash.eraseArea((address - AREA_ADDRESS) / 4_096);
      },
    });
  }

  /** REASON of the watchdog and what follows, up to SCRATCH4, where the SDK leaves 0x6ab73121. */
  private resetReason(): Uint8Array {
    const registers = new Uint32Array(6);
    if (this.bittenBefore) [registers[0], registers[5]] = [1, 0x6ab7_3121];
    return new Uint8Array(registers.buffer);
  }

  private interrupt(): void {
    const { interrupts } = this;
    if (interrupts === null || this.around.clock.now() < interrupts.next) return;
    interrupts.next = interrupts.next < interrupts.end ? this.around.clock.now() + INTERRUPT_MICROS : Infinity;
    interrupts.handler();
  }

  private feed(): void {
    if (this.watchdog !== null) this.watchdog.bitesAt = this.around.clock.now() + this.watchdog.timeout;
  }

  /** After its end a boot's program may still run through its own handlers, but nothing it does counts. */
  private guarded<T extends object>(object: T): T {
    // The program asks for the time at every step, so functions are bound once.
    const bound = new Map<PropertyKey, unknown>();
    return new Proxy(object, {
      get: (target, key) => {
        if (this.ended !== null) throw new ResetSignal(this.ended);
        if (bound.has(key)) return bound.get(key);
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        const method: unknown = value.bind(target);
        bound.set(key, method);
        return method;
      },
    });
  }
}

/** Describes an exception as Kaluma prints it, without the lines of its stack. */
function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

/** The text that Kaluma parses at boot: the program area up to the first NUL; empty if it is erased. */
function programText(area: Uint8Array): string {
  if (area[0] === 0xff) return '';
  const end = area.indexOf(0);
  return Buffer.from(area.subarray(0, end < 0 ? area.length : end)).toString('utf8');
}
