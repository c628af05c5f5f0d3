/**
 * Kaluma 1.2.1 on a Pico W, as far as the firmware uses it: its globals and built-in modules with their true
 * signatures, read in Kaluma's source and seen on the real image. Types only. What a reader of the names would not
 * expect stands in the comments; the simulated board behaves in the same way.
 *
 * Three things hold everywhere. Native calls report `0` to their callbacks whatever happened (a C double, -1, becomes
 * an unsigned 0 on the way), so `err` is null even after a failure: ask the device's `errno`. Exceptions thrown in
 * callbacks of the network or of Wi-Fi vanish. And promise jobs run once a turn of the event loop, behind the timers.
 */

/** The global object. */
export interface KalumaGlobals {
  console: KalumaConsole;
  process: KalumaProcess;
  /** Loads a built-in module; the program itself is one file. @throws Error `Failed to load module: …` */
  require<Name extends keyof KalumaModules>(name: Name): KalumaModules[Name];
  storage: KalumaStorage;
  board: { readonly name: string; readonly uid: string };
  __netdev: NetworkDevice;
  __ieee80211dev: WifiDevice;
  SystemError: new (errno: number) => KalumaSystemError;
  /** Ours, not Kaluma's: what the bootstrap tells the program that it loads. */
  boot?: Boot;
  TextEncoder: new (encoding?: 'utf-8' | 'ascii') => { encode(text: string): Uint8Array };
  TextDecoder: new (encoding?: 'utf-8' | 'ascii') => { decode(bytes: Uint8Array): string };

  /**
   * Runs `callback` once more than `delay` ms have passed since the BEGINNING of this turn of the event loop: behind a
   * long computation or a blocking call it is due at once, so measure time with millis(). Both arguments are needed, no
   * others are passed on. At most one one-shot timer runs in a turn; then promise jobs, then the network. An exception
   * is printed.
   */
  setTimeout(callback: () => void, delay: number): number;
  /** As setTimeout, again and again. An exception is printed and ends the timer. */
  setInterval(callback: () => void, delay: number): number;
  clearTimeout(id: number): void;
  clearInterval(id: number): void;
  /** Blocks; nothing is received meanwhile and the watchdog is not fed. */
  delay(ms: number): void;
  delayMicroseconds(us: number): void;
  /** Milliseconds since the reset, whole, in 32 bits: after 49.7 days they begin anew, and no timer runs any more. */
  millis(): number;
  /** Microseconds since the reset. */
  micros(): number;

  readonly HIGH: 1;
  readonly LOW: 0;
  readonly INPUT: number;
  readonly OUTPUT: number;
  readonly INPUT_PULLUP: number;
  readonly INPUT_PULLDOWN: number;
  pinMode(pin: number, mode?: number): void;
  digitalRead(pin: number): 0 | 1;
  digitalWrite(pin: number, value: number): void;
  /**
   * Lengths in µs of up to `count` (≤ 255) level changes, or null if none came. With `trigger`, first drives that pin
   * through the given intervals, in C: the way to time a one-wire slot.
   */
  pulseRead(pin: number, count: number, options?: PulseOptions): number[] | null;
  /** Writes `level`, then toggles after each interval (µs, ≤ 65,535), in C. */
  pulseWrite(pin: number, level: number, intervals: number[]): number;
  /** 0 … 4095/4096 of the reference, pins 26–30; blocks 1 ms. @throws SystemError EINVPIN */
  analogRead(pin: number): number;
  /** Seeds Math.random, which is not for keys. */
  seed(value: number): void;
  btoa(data: string | Uint8Array): string;
  /** Gives bytes, not a string. */
  atob(text: string): Uint8Array;
}

export interface Boot {
  /** Of the bootstrap. */
  version: number;
  /** Where the program's slot begins, in sectors of Kaluma's flash device. */
  sector: number;
  /** Which copy of the settings to use, 0 or 1. */
  settings: number;
  /** Sectors of the record that counts, and of the newest: 1 or 2, 0 if there is none. */
  record: number;
  newest: number;
  /** Whether this program, or these settings, are on trial. */
  trial: boolean;
  /** Whether newer ones are waiting for this program to find out if the network is there. */
  waiting: boolean;
  /** Whether the watchdog, armed by a program, ended the boot before this one. */
  bitten: boolean;
  /** Whether that boot was a trial, which failed. */
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

/** What `require` knows. */
export interface KalumaModules {
  rp2: Rp2;
  rtc: Rtc;
  wdt: { WDT: new (timeoutMs: number) => WatchdogTimer };
  i2c: { I2C: new (bus: number, options?: I2cOptions) => I2c };
  fs: FileSystem;
  /** Its constructor marks all descriptors free; the object that it makes works like `__netdev`. */
  pico_cyw43: {
    PicoCYW43Network: new () => NetworkDevice;
    /** Pin 0 is the board's LED. */
    PicoCYW43: new () => { putGpio(pin: number, on: boolean): void; getGpio(pin: number): boolean };
  };
  flash: { Flash: new (baseSector: number, sectors: number) => FlashDevice };
}

/** A message and a code below zero. @see {@link KalumaErrno} */
export interface KalumaSystemError extends Error {
  errno: number;
}

/** The codes that matter here. */
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
  /** A line on the serial port. Values that are not strings are printed in colour and, objects, over many lines. */
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

export interface KalumaProcess {
  readonly arch: 'cortex-m0-plus';
  readonly platform: 'rp2';
  /** `1.2.1` */
  readonly version: string;
  readonly builtin_modules: string[];
  /**
   * The native part of a built-in module, by the name that the function has a property for. Each call begins the module
   * anew: of `rp2`, the callbacks of interrupts are forgotten.
   */
  binding: ((name: string) => unknown) & { readonly rp2: string };
  /** The JavaScript heap, bytes; the C heap beside it (received data, queued sends) is not counted. */
  memoryUsage(): { heapTotal: number; heapUsed: number; heapPeak: number };
}

/**
 * `__netdev`. Descriptors are 0 … 15, shared by TCP and UDP.
 *
 * A connection that was refused or reset is freed by lwIP while its descriptor goes on pointing there. To close it then
 * frees it a second time, and two connections later the board panics and hangs (seen on the real image). So before
 * close() and any new connection, ask whether it lives: `write(fd, '')` gives errno -1 if it does not. lwIP
 * frees what is never answered too, after minutes, and that cannot be seen: give up a connection within a minute.
 * A dead descriptor can be taken back (133 times in a row on the real image, ~10 B of heap each):
 * close all the others; delete every property of `get(fd)`, which leaks; `new PicoCYW43Network()`, which forgets all
 * descriptors but not what they point to; `socket()` until `fd` comes again; `connect(fd, '127.0.0.1', 1)`, which fails for
 * want of a route, after having replaced the pointer; close those sockets.
 *
 * After close() the peer's FIN is still on its way, and closes whatever socket has the descriptor by then (seen on the
 * real image): let some seconds pass before the next socket(), a UDP one included.
 */
export interface NetworkDevice {
  /** 0 if the last call went well, else -1. The one place where failures show. */
  readonly errno: 0 | -1;
  readonly mac?: string;
  /** Set by the first socket(). */
  readonly ip?: string;
  /** @throws Error `WiFi is not connected.`; SystemError EREMOTEIO if none of the 16 is free */
  socket(domain: 'AF_INET', protocol: 'STREAM' | 'DGRAM'): number;
  /** Undefined for a descriptor that is not open. */
  get(fd: number): NetworkSocket | undefined;
  /**
   * For TCP queues the SYN, for UDP sets the peer. Blocks up to 3 s for the name, during which callbacks of other sockets
   * may run. A connection that is refused or reset calls nobody back: keep timers for connecting and for silence.
   * @throws Error if the name does not resolve: the descriptor stays taken until close()
   */
  connect(fd: number, host: string, port: number, done?: (error: 0) => void): void;
  /**
   * Sends at once, or fails with errno (the send buffer is 11,680 B, the C heap smaller).
   * @param data one character a byte; a character above U+00FF becomes a zero. At most 256 at a time: two copies go
   *   onto the C stack. A Uint8Array throws TypeError.
   */
  write(fd: number, data: string, done?: (error: 0) => void): void;
  /** Calls the socket's close_cb, then `done`. */
  close(fd: number, done?: (error: 0) => void): void;
  /** how: 0 receiving, 1 sending, 2 both. */
  shutdown(fd: number, how: 0 | 1 | 2, done?: (error: 0) => void): void;
}

/** What `NetworkDevice.get` returns; the callbacks are plain properties to set. */
export interface NetworkSocket {
  readonly fd: number;
  readonly ptcl: 'STREAM' | 'DGRAM';
  /** 0 closed, 1 bound, 2 connecting or connected, 3 listening; stays 2 after a reset. */
  readonly state: number;
  readonly laddr: string;
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
  /** The SYN-ACK came. */
  connect_cb?: () => void;
  /** At most 1,460 B (a few segments may come joined), in C memory that the collector does not count: copy and drop. */
  read_cb?: (bytes: Uint8Array) => void;
  /** The peer's FIN, or close(); the descriptor may belong to another socket from then on. */
  close_cb?: () => void;
  shutdown_cb?: () => void;
}

export interface WifiNetwork {
  /** At most 32 B. */
  ssid: string;
  /** At least 8 characters, else the network is taken for an open one. */
  password?: string;
  security?: 'WPA2_WPA_PSK' | 'WPA2_PSK' | 'WPA_PSK' | 'OPEN';
}

/** `__ieee80211dev`. The `wifi` module wraps it, which costs 4 KB of heap and hides the outcome of its calls. */
export interface WifiDevice {
  /** 0 if the last call went well, else -1. */
  readonly errno: 0 | -1;
  /**
   * Blocks until joined and addressed by DHCP, 30 s at most, with the watchdog unfed; the callbacks come inside the call.
   * `errno` alone tells whether it went well. A network that is joined already is joined anew, which is needed after
   * the access point went away: that gives no event.
   */
  connect(network: WifiNetwork, done?: (error: 0) => void): void;
  /** Sets `errno` to 0 if joined and addressed, else to -1. Calls back before it returns. */
  get_connection(done?: (error: 0, connection?: { ssid: string; bssid: string }) => void): void;
}

export interface Rp2 {
  /** 128 random bits from the chip's oscillator and timers. */
  randomBigInt(): bigint;
  /** The pin number of the chip's own temperature sensor: 30. */
  readonly TEMPERATURE_ADC: number;
}

/** What the `rp2` module wraps (which costs 6 KB of heap). */
export interface NativeRp2 {
  randomBigInt(): bigint;
  /** @returns where it begins in the PIO's memory */
  pio_add_program(pio: 0 | 1, program: Uint16Array): number;
  /** Stops a state machine and puts it at `offset`, from where `wrap` and `wrapTarget` count. */
  pio_sm_init(
    pio: 0 | 1,
    machine: number,
    options: { freq: number; offset: number; wrapTarget: number; wrap: number },
  ): void;
  pio_sm_put(pio: 0 | 1, machine: number, word: number): void;
  /** Calls back in the interrupt itself, whatever the engine is doing: only a native function may be given. */
  pio_sm_irq(pio: 0 | 1, callback: () => void): void;
  pio_sm_set_enabled(pio: 0 | 1, machine: number, enabled: boolean): void;
}

export interface Rtc {
  /** Milliseconds since 1970; the clock starts at 0 after every reset. Date follows it. */
  setTime(ms: number): void;
  getTime(): number;
}

/** The constructor starts it (≤ 8,388 ms; more is cut to that) and nothing stops it, not even a soft reset. */
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
  /** The whole ArrayBuffer is sent, whatever part of it `data` shows. @throws SystemError EDEVWRITE */
  write(data: Uint8Array | string, address: number, timeoutMs?: number): number;
  /** @param timeoutMs is taken modulo 256; 5,000 if absent, which makes it 136. @throws SystemError EDEVREAD */
  read(length: number, address: number, timeoutMs?: number): Uint8Array;
  /**
   * Sends the register and the data as two transfers, each beginning with the address, so that register devices take the
   * first data byte for a register. Use write() with both.
   */
  memWrite(data: Uint8Array | string, address: number, register: number, registerBits?: 8 | 16): number;
  memRead(length: number, address: number, register: number, registerBits?: 8 | 16): Uint8Array;
  close(): void;
}

/**
 * LittleFS, 512 KB at `/`, in blocks of 4 KB. What is written becomes visible, all at once, when the file is closed; a power
 * cut before that leaves the old content. Everything blocks (a block erase 45 ms and more) and throws SystemError.
 */
export interface FileSystem {
  /** `w` creates or empties, `r+` needs the file; `a` does NOT create and needs the file as well. */
  open(path: string, flags?: 'r' | 'r+' | 'w' | 'a'): number;
  /**
   * Both calls work on the ArrayBuffer behind `buffer` from ITS beginning, not from where a subarray begins.
   * @param position from the start of the file; the current one if absent
   */
  read(fd: number, buffer: Uint8Array, offset?: number, length?: number, position?: number): number;
  write(fd: number, data: Uint8Array, offset?: number, length?: number, position?: number): number;
  close(fd: number): void;
  readFile(path: string): Uint8Array;
  /** Leaks the descriptor if the disk is full. See read() about subarrays. */
  writeFile(path: string, data: Uint8Array): void;
  exists(path: string): boolean;
  stat(path: string): { size: number; isFile(): boolean; isDirectory(): boolean };
  readdir(path: string): string[];
  /** Replaces the target, atomically. Absolute paths only. */
  rename(from: string, to: string): void;
  unlink(path: string): void;
  mkdir(path: string): void;
  rmdir(path: string): void;
}

/** Sectors of 4,096 B counted from 0x100FC000: 0–3 storage, 4–131 program, 132–259 file system. */
export interface FlashDevice {
  /** The address is not checked, so that all of the chip's can be read. */
  read(sector: number, buffer: Uint8Array, offset?: number): void;
  /**
   * Clears bits; nothing but an erase sets them again. Interrupts are off meanwhile, 0.4 ms a page. Nothing is written, and
   * nothing said, unless offset and length are multiples of 256. The whole ArrayBuffer is written from its beginning, whatever
   * part of it `data` shows. The sector is not checked: a wrong one can destroy Kaluma.
   */
  write(sector: number, data: Uint8Array, offset?: number): void;
  /** 6 erases a sector: all its bits are set. Interrupts are off meanwhile, 45 ms and up to 400 on a worn chip. */
  ioctl(operation: 6, sector: number): number;
}

/**
 * 64 slots of key and value, ≤ 253 B together; a change costs a slot until all are swept. Prefer FileSystem: getItem copies
 * up to the next zero byte in flash into a buffer of the value's length, past its end, so it damages the C heap.
 */
export interface KalumaStorage {
  setItem(key: string, value: string): void;
  getItem(key: string): string | null;
  removeItem(key: string): void;
  clear(): void;
  key(index: number): string | null;
  readonly length: number;
}
