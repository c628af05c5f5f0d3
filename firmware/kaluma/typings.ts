/**
 * Kaluma 1.2.1 on a Pico W, as far as the firmware uses it: its globals and built-in modules with their true signatures,
 * read in Kaluma's source and seen on the real image. Types only. Comments state what the names would not make a reader
 * expect; the simulated board behaves in the same way.
 *
 * Three things are true everywhere. Native calls report `0` to their callbacks whatever happened (a C double of -1
 * becomes an unsigned 0 on the way), so `err` is null even after a failure: ask the device's `errno`. Exceptions
 * thrown in callbacks of the network or of Wi-Fi vanish. Promise jobs run once in a turn of the event loop, after the
 * timers.
 */

/** The global object. */
export interface KalumaGlobals {
  console: KalumaConsole;
  process: KalumaProcess;
  /** Loads a built-in module; the program itself is one file. @throws Error `Failed to load module: …` */
  require<Name extends keyof KalumaModules>(name: Name): KalumaModules[Name];
  storage: KalumaStorage;
  __netdev: NetworkDevice;
  __ieee80211dev: WifiDevice;
  SystemError: new (errno: number) => KalumaSystemError;
  /** Not Kaluma's: the bootstrap sets it for the program that it loads. */
  boot?: Boot;
  TextEncoder: new (encoding?: 'utf-8' | 'ascii') => { encode(text: string): Uint8Array };
  TextDecoder: new (encoding?: 'utf-8' | 'ascii') => { decode(bytes: Uint8Array): string };

  /**
   * Runs `callback` once more than `delay` ms have passed since the BEGINNING of this turn of the event loop: after a
   * long computation or a blocking call it is due at once, so measure time with millis(). Both arguments are needed,
   * others are not passed on. At most one one-shot timer runs in a turn; then promise jobs, then the network. An
   * exception is printed.
   */
  setTimeout(callback: () => void, delay: number): number;
  /** Like setTimeout, repeatedly. An exception is printed and ends the timer. */
  setInterval(callback: () => void, delay: number): number;
  /** Whole ms since the reset, in 32 bits: after 49.7 days they begin again at 0, and no timer runs any more. */
  millis(): number;
  /** Microseconds since the reset. */
  micros(): number;

  readonly LOW: 0;
  readonly OUTPUT: number;
  readonly INPUT_PULLUP: number;
  pinMode(pin: number, mode?: number): void;
  /**
   * Lengths in µs of up to `count` (≤ 255) level changes, or null if none came. With `trigger`, first drives that pin
   * through the given intervals, in C: the way to time a one-wire slot.
   */
  pulseRead(pin: number, count: number, options?: PulseOptions): number[] | null;
  /** Writes `level`, then toggles after each interval (µs, ≤ 65,535), in C. */
  pulseWrite(pin: number, level: number, intervals: number[]): number;
  /** 0 … 4095/4096 of the reference, pins 26–30; blocks 1 ms. @throws SystemError EINVPIN */
  analogRead(pin: number): number;
  /** Returns bytes, not a string. */
  atob(text: string): Uint8Array;
}

/** Globals for programs of other kinds: `unused.ts` deletes them. */
export interface UnusedGlobals {
  analogWrite?: unknown;
  attachInterrupt?: unknown;
  board?: unknown;
  clearInterval?: unknown;
  clearTimeout?: unknown;
  clearWatch?: unknown;
  delay?: unknown;
  delayMicroseconds?: unknown;
  detachInterrupt?: unknown;
  digitalRead?: unknown;
  digitalToggle?: unknown;
  digitalWrite?: unknown;
  disableInterrupts?: unknown;
  enableInterrupts?: unknown;
  noTone?: unknown;
  print?: unknown;
  seed?: unknown;
  setWatch?: unknown;
  tone?: unknown;
}

export interface Boot {
  /** Version of the bootstrap. */
  version: number;
  /** The sector of Kaluma's flash device at which the program's slot begins. */
  sector: number;
  /** The copy of the settings to use, 0 or 1. */
  settings: number;
  /** Sectors of the record in force and of the newest record: 1 or 2; 0 if there is none. */
  record: number;
  newest: number;
  /** Whether this program, or these settings, are on trial. */
  trial: boolean;
  /** Whether a newer program or newer settings wait for this program to find out whether the network works. */
  waiting: boolean;
  /** Whether the watchdog, armed by a program, ended the previous boot; not if the board was flashed meanwhile. */
  bitten: boolean;
  /** Whether the previous boot was a trial that failed. */
  failed: boolean;
}

export interface PulseOptions {
  /** µs, default 1,000,000. */
  timeout?: number;
  /** Wait for this level first. */
  startState?: number;
  mode?: number;
  trigger?: { pin?: number; startState?: number; interval: number[] };
}

/** The modules that `require` can load. */
export interface KalumaModules {
  rp2: Rp2;
  rtc: Rtc;
  wdt: { WDT: new (timeoutMs: number) => WatchdogTimer };
  i2c: { I2C: new (bus: number, options?: I2cOptions) => I2c };
  fs: FileSystem;
  /** Its constructor marks all descriptors as free; the object works like `__netdev`. */
  pico_cyw43: {
    PicoCYW43Network: new () => NetworkDevice;
    /** Pin 0 is the board's LED. */
    PicoCYW43: new () => { putGpio(pin: number, on: boolean): void; getGpio(pin: number): boolean };
  };
  flash: { Flash: new (baseSector: number, sectors: number) => FlashDevice };
  url: object;
}

/** A module that was loaded. */
export interface KalumaModule {
  readonly id: string;
  readonly exports: object;
  /** `cache` holds all modules that were loaded; nothing else leads to them. */
  readonly constructor: { readonly cache: Record<string, KalumaModule> };
}

/** An error with a negative code. @see {@link KalumaErrno} */
export interface KalumaSystemError extends Error {
  errno: number;
}

/** The codes that the firmware can meet. */
export type KalumaErrno =
  | -2 /* ENOENT */
  | -9 /* EBADF */
  | -17 /* EEXIST */
  | -28 /* ENOSPC */
  | -121 /* EREMOTEIO: all 16 descriptors are taken */
  | -140 /* EINVPIN */
  | -142 /* ESTGFULL */
  | -144 /* ESTGSIZE */
  | -145 /* EDEVINIT: bus in use, or wrong pins */
  | -146 /* EDEVREAD: no acknowledge, or too slow */
  | -147; /* EDEVWRITE */

export interface KalumaConsole {
  /** Prints a line on the serial port. Values other than strings are printed in colour, and objects over many lines. */
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

export interface KalumaProcess {
  readonly arch: 'cortex-m0-plus';
  readonly platform: 'rp2';
  /** `1.2.1` */
  readonly version: string;
  readonly builtin_modules: string[];
  /** The native part of a built-in module. Each call initializes the module anew: that of `rp2` forgets the callbacks of interrupts. */
  binding: (name: string) => unknown;
  /** Called by `require` for a module's code. */
  getBuiltinModule: (name: string) => (exports: object, require: unknown, module: KalumaModule) => void;
  /** The JavaScript heap, bytes; the C heap beside it (received data, queued sends) is not counted. */
  memoryUsage(): { heapTotal: number; heapUsed: number; heapPeak: number };
}

/**
 * `__netdev`. Descriptors are 0 … 15, shared by TCP and UDP.
 *
 * lwIP frees a connection that was refused or reset, while its descriptor still points to it. Closing the descriptor then
 * frees the connection a second time, and two connections later the board panics and hangs (seen on the real image). So
 * before close() and before any new connection, check whether it is alive: if not, `write(fd, '')` gives errno -1. lwIP
 * also frees, after minutes, a connection that is never answered, and that cannot be seen: give up within a minute.
 * A dead descriptor can be taken back (133 times in a row on the real image, ~10 B of heap each):
 * close all others; delete every property of `get(fd)`, which leaks; call `new PicoCYW43Network()`, which forgets all
 * descriptors but not what they point to; call `socket()` until `fd` comes again; call `connect(fd, '127.0.0.1', 1)`,
 * which fails because there is no route, but replaces the pointer first; close those sockets.
 *
 * After close() the peer's FIN is still on its way, and closes whatever socket has the descriptor by then (seen on the
 * real image): let some seconds pass before the next socket(), even a UDP one.
 */
export interface NetworkDevice {
  /** 0 if the last call succeeded, else -1. Failures show nowhere else. */
  readonly errno: 0 | -1;
  readonly mac?: string;
  /** Set by the first socket(). */
  readonly ip?: string;
  /** @throws Error `WiFi is not connected.`; SystemError EREMOTEIO if none of the 16 is free */
  socket(domain: 'AF_INET', protocol: 'STREAM' | 'DGRAM'): number;
  /** Undefined for a descriptor that is not open. */
  get(fd: number): NetworkSocket | undefined;
  /**
   * For TCP, queues the SYN; for UDP, sets the peer. Blocks up to 3 s for the name, while callbacks of other sockets
   * may run. No callback tells that a connection is refused or reset: keep timers for connecting and for silence.
   */
  connect(fd: number, host: string, port: number, done?: (error: 0) => void): void;
  /**
   * Sends at once, or fails with errno (the send buffer has 11,680 B, the C heap less).
   * @param data one character a byte; a character above U+00FF becomes a zero. At most 256 at a time, because two copies
   *   go onto the C stack. A Uint8Array throws TypeError.
   */
  write(fd: number, data: string, done?: (error: 0) => void): void;
  /** Calls the socket's close_cb, then `done`. */
  close(fd: number, done?: (error: 0) => void): void;
  /** how: 0 receiving, 1 sending, 2 both. */
  shutdown(fd: number, how: 0 | 1 | 2, done?: (error: 0) => void): void;
}

/** A socket, as `NetworkDevice.get` returns it. The callbacks are plain properties to set. */
export interface NetworkSocket {
  readonly fd: number;
  readonly ptcl: 'STREAM' | 'DGRAM';
  /** 0 closed, 1 bound, 2 connecting or connected, 3 listening; stays 2 after a reset. */
  readonly state: number;
  readonly laddr: string;
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
  /** The SYN-ACK arrived. */
  connect_cb?: () => void;
  /** At most 1,460 B (sometimes several segments), in C memory that the collector does not count: copy and drop. */
  read_cb?: (bytes: Uint8Array) => void;
  /** The peer's FIN, or close(). From then on the descriptor may belong to another socket. */
  close_cb?: () => void;
  shutdown_cb?: () => void;
}

export interface WifiNetwork {
  /** At most 32 B. */
  ssid: string;
  /** At least 8 characters; with fewer the network counts as open. */
  password?: string;
  security?: 'WPA2_WPA_PSK' | 'WPA2_PSK' | 'WPA_PSK' | 'OPEN';
}

/** `__ieee80211dev`. The `wifi` module wraps it, costs 4 KB of heap, and hides the outcome of its calls. */
export interface WifiDevice {
  /** 0 if the last call succeeded, else -1. */
  readonly errno: 0 | -1;
  /**
   * Blocks until joined and addressed by DHCP, 30 s at most, with the watchdog unfed; the callbacks come during the call.
   * Only `errno` tells whether it succeeded. A network that is joined already is joined anew; that is necessary after the
   * access point went away, which causes no event.
   */
  connect(network: WifiNetwork, done?: (error: 0) => void): void;
  /** Sets `errno` to 0 if joined and addressed, otherwise to -1. Calls back before it returns. */
  get_connection(done?: (error: 0, connection?: { ssid: string; bssid: string }) => void): void;
}

export interface Rp2 {
  /** 128 random bits from the chip's oscillator and timers. */
  randomBigInt(): bigint;
  /** The pin number of the chip's own temperature sensor: 30. */
  readonly TEMPERATURE_ADC: number;
}

/** The native functions that the `rp2` module wraps (loading the module costs 6 KB of heap). */
export interface NativeRp2 {
  randomBigInt(): bigint;
  /** @returns where the program begins in the PIO's memory */
  pio_add_program(pio: 0 | 1, program: Uint16Array): number;
  /** Stops a state machine and sets it to `offset`, from which `wrap` and `wrapTarget` are counted. */
  pio_sm_init(
    pio: 0 | 1,
    machine: number,
    options: { freq: number; offset: number; wrapTarget: number; wrap: number },
  ): void;
  pio_sm_put(pio: 0 | 1, machine: number, word: number): void;
  /** Calls back within the interrupt, whatever the engine is doing: only pass a native function. */
  pio_sm_irq(pio: 0 | 1, callback: () => void): void;
  pio_sm_set_enabled(pio: 0 | 1, machine: number, enabled: boolean): void;
}

export interface Rtc {
  /** Milliseconds since 1970; the clock starts at 0 after every reset. Date follows it. */
  setTime(ms: number): void;
  getTime(): number;
}

/** The constructor starts it (at most 8,388 ms; more is reduced to that). Nothing stops it, not even a soft reset. */
export interface WatchdogTimer {
  feed(): void;
}

export interface I2cOptions {
  /** Bus 0: 4/5 by default, bus 1: 2/3. */
  sda?: number;
  scl?: number;
  baudrate?: number;
}

/** The constructor throws SystemError EDEVINIT if the bus is open already: close it first. */
export interface I2c {
  /** Sends the whole ArrayBuffer, even if `data` shows only a part of it. @throws SystemError EDEVWRITE */
  write(data: Uint8Array | string, address: number, timeoutMs?: number): number;
  /** @param timeoutMs is taken modulo 256; without it 5,000, which becomes 136. @throws SystemError EDEVREAD */
  read(length: number, address: number, timeoutMs?: number): Uint8Array;
  /**
   * Sends the register and the data as two transfers, each with the address, so that register devices take the first byte
   * of the data for a register. Send both with one write() instead.
   */
  memWrite(data: Uint8Array | string, address: number, register: number, registerBits?: 8 | 16): number;
  memRead(length: number, address: number, register: number, registerBits?: 8 | 16): Uint8Array;
  close(): void;
}

/** The part of the module `fs` that the program uses; `unused.ts` frees the rest. */
export interface FileSystem {
  /** The disks; Kaluma mounts one, at `/`. */
  readonly __mounts: readonly Disk[];
}

/**
 * LittleFS, 512 KB, in blocks of 4 KB; the module `fs` wraps it. A write becomes visible, as a whole, when the file is closed; a
 * power cut before that leaves the old content. All calls block (a block erase takes 45 ms and more) and throw SystemError.
 */
export interface Disk {
  /**
   * @param path begins with `/`
   * @param flags 1 to read, 2 to write, 4 to create, 32 to empty the file; without 4 it must exist, or C memory leaks
   * @param mode means nothing, but must be a number
   * @returns a number for the file
   */
  open(path: string, flags: number, mode: number): number;
  /**
   * read() and write() begin at the start of the ArrayBuffer behind `buffer`, NOT where a subarray begins.
   * @param position from the start of the file; without it, the current position
   * @returns how many bytes
   */
  read(file: number, buffer: Uint8Array, offset?: number, length?: number, position?: number): number;
  write(file: number, data: Uint8Array, offset?: number, length?: number, position?: number): number;
  close(file: number): void;
  /** @returns `type` 1 for a file, 2 for a directory */
  stat(path: string): { type: number; size: number };
  readdir(path: string): string[];
  unlink(path: string): void;
}

/** Sectors of 4,096 B counted from 0x100FC000: 0–3 storage, 4–131 program, 132–259 file system. */
export interface FlashDevice {
  /** Does not check the address, so all of the chip's addresses can be read. */
  read(sector: number, buffer: Uint8Array, offset?: number): void;
  /**
   * Clears bits; only an erase sets them again. Interrupts are off meanwhile, 0.4 ms a page. Unless offset and length are
   * multiples of 256, nothing is written, without an error. The whole ArrayBuffer is written, even if `data` shows
   * only a part of it. The sector is not checked: a wrong one can destroy Kaluma.
   */
  write(sector: number, data: Uint8Array, offset?: number): void;
  /** 6 erases a sector, which sets all its bits. Interrupts are off meanwhile, for 45 ms, on a worn chip up to 400. */
  ioctl(operation: 6, sector: number): number;
}

/**
 * 64 slots of key and value, at most 253 B together; each change uses up a slot until all are swept. Prefer FileSystem:
 * getItem copies up to the next zero byte in flash into a buffer of the value's length, so it damages the C heap.
 */
export interface KalumaStorage {
  setItem(key: string, value: string): void;
  getItem(key: string): string | null;
  removeItem(key: string): void;
  clear(): void;
  key(index: number): string | null;
  readonly length: number;
}
