/** The rig's own modules, `board.mjs` and `network.mjs`, as far as they are used here. */
import { dirname, join } from 'node:path';
import type { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { installRig } from '../../../scripts/lib/rig.ts';

export interface EmulatedBoard {
  readonly seconds: number;
  wifi: 'ok' | 'badauth' | 'nonet';
  /** The state that survives a power cycle. */
  data: Uint8Array;
  /** Set to end the run under way, as the watchdog does. */
  resetting: boolean;
  readonly clock: { tick(nanos: number): void; createAlarm(callback: () => void): { schedule(nanos: number): void } };
  readonly symbols: Map<string, number>;
  /** Hooks that run in place of functions of the image, by their addresses; a hook that returns false lets the function run. */
  readonly hooks: Map<number, () => boolean | void>;
  readonly hooked: Uint8Array;
  readonly mcu: {
    readUint32(address: number): number;
    i2c: { onConnect: (address: number) => void; completeConnect(acknowledged: boolean): void }[];
    pio: Pio[];
    /** By address >> 12. */
    readonly peripherals: Record<number, { reason: number; readonly scratchData: Uint32Array }>;
  };
  run(instructions: number): void;
  loadProgram(source: Uint8Array): void;
  loadUf2(file: Uint8Array): void;
  setVolts(channel: number, volts: number): void;
  attachI2c(bus: number, address: number, registers: Map<number, number[]>): void;
  type(text: string): void;
  receive(frame: Uint8Array): void;
  dropWifi(): void;
}

interface Pio {
  readonly stopped: boolean;
  readonly machines: { readonly clockDivInt: number; readonly clockDivFrac: number }[];
  step(): void;
  run(): void;
}

export interface EmulatedConnection {
  dead: boolean;
  blackhole: boolean;
  /** Bytes from and to the board; `out` waits for its window. */
  sent: number;
  received: number;
  out: Uint8Array;
  socket: Socket;
}

export interface NetworkOptions {
  dns: 'ok' | 'nx' | 'silent';
  ntp: 'ok' | 'silent';
  /** Seconds. */
  ntpOffset: number;
  /** Ports that the board dials, and the local ones that they lead to. */
  ports: Map<number, number>;
}

export interface EmulatedNetwork {
  options: NetworkOptions;
  readonly connections: Map<string, EmulatedConnection>;
  handle(frame: Buffer): void;
  resetAll(): void;
  blackhole(): void;
}

interface BoardOptions {
  elf: string;
  bootrom: unknown;
  wifi: EmulatedBoard['wifi'];
  /** Tells `onLog` when the C heap has nothing left to give, and when something is written through a NULL pointer. */
  watchMalloc: boolean;
  onLog: (line: string) => void;
  onSerial: (text: string) => void;
  onFrame: (frame: Buffer) => void;
  onFatal: (why: string) => void;
  onReset: () => void;
  /** Asked at each page and erase: the share of it that is done when the power fails; undefined if it does not. */
  cutInFlash: () => number | undefined;
}

export interface Emulator {
  makeBoard(options: Omit<BoardOptions, 'elf' | 'bootrom'>): EmulatedBoard;
  makeNetwork(board: EmulatedBoard, options: NetworkOptions): EmulatedNetwork;
}

/** Where Kaluma's image begins in the address space. */
const FLASH = 0x10000000;
/** At 125 MHz. */
const NANOS_PER_CYCLE = 8;

/** Only where `rigMissing()` is null. */
export async function loadEmulator(): Promise<Emulator> {
  const folder = dirname(installRig());
  const load = async <T>(file: string): Promise<T> => (await import(pathToFileURL(file).href)) as T;
  const { KALUMA_ELF = '', RP2040_BOOTROM = '' } = process.env;
  const { Board } = await load<{ Board: new (options: BoardOptions) => EmulatedBoard }>(join(folder, 'board.mjs'));
  const { Network } = await load<{
    Network: new (board: EmulatedBoard, options: NetworkOptions) => EmulatedNetwork;
  }>(join(folder, 'network.mjs'));
  const { bootromB1 } = await load<{ bootromB1: unknown }>(RP2040_BOOTROM);
  return {
    makeBoard: (options) => new Board({ elf: KALUMA_ELF, bootrom: bootromB1, ...options }),
    makeNetwork: (board, options) => new Network(board, options),
  };
}

/** Does something before a function of the image, or in its place: see `hooks`. */
export function hook(board: EmulatedBoard, name: string, action: () => boolean | void): void {
  const address = (board.symbols.get(name) ?? 0) & ~1;
  const former = board.hooks.get(address) ?? (() => false);
  board.hooks.set(address, () => {
    const outcome = action();
    return outcome === false ? former() : outcome;
  });
  board.hooked[(address - FLASH) >> 1] = 1;
}

/**
 * Makes the first PIO run by the board's time, at the rate of its first state machine (RP2040 datasheet, section 3.5.5).
 * rp2040js runs it by Node's timers, 1,000 steps at a time whatever the divider: the machine that feeds the watchdog for
 * a minute of the board's time would fall silent after a second of the PC's.
 */
export function runPioByClock(board: EmulatedBoard): void {
  const [pio] = board.mcu.pio;
  const [machine] = pio?.machines ?? [];
  if (pio === undefined || machine === undefined) return;
  const step = (): void => {
    if (pio.stopped) return;
    pio.step();
    alarm.schedule((machine.clockDivInt + machine.clockDivFrac / 256) * NANOS_PER_CYCLE);
  };
  const alarm = board.clock.createAlarm(step);
  pio.run = step;
}
