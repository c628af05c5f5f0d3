/**
 * Everything that the code inside the simulated board's context may ask of the board. The two sides belong to different JavaScript
 * realms: only numbers, strings, BigInts, bytes and callbacks cross, and the program never sees an object of the host's.
 * Calls that take time may throw the signal of a reset, which everything must let pass (`isReset`).
 */
export interface Host {
  /** Whether a caught value is the signal that the board has lost its power or was reset. */
  isReset: (error: unknown) => boolean;
  /** An exception that Kaluma swallows; `where` names the callback. */
  lost(where: string, error: unknown): void;
  /** Records something that the board would not survive, or not do. */
  violation(kind: ViolationKind, message: string): void;
  print(text: string): void;

  /** Whole ms since the reset, counted from 0 again after 2^32. */
  millis(): number;
  micros(): number;
  /** Lets time pass in which the program does not run. If `polling`, the network's callbacks run meanwhile. */
  block(ms: number, polling: boolean): void;
  clockTime(): number;
  setClockTime(ms: number): void;
  addTimer(callback: () => void, delay: number, repeat: boolean): number;
  removeTimer(id: number): void;
  startWatchdog(timeoutMs: number): void;
  feedWatchdog(): void;
  /** For so many microseconds, calls a handler again and again while the program waits inside a call; null ends that. */
  setInterrupts(handler: (() => void) | null, micros: number): void;
  random128(): bigint;
  /** Tells that the program has made an array of bytes. @param bytes of the array itself; 0 for a view of another array */
  made(array: object, bytes: number): void;
  /** Tells that the program has forced a garbage collection. */
  collected(): void;
  /** Tells that Kaluma has put a segment into the C heap. */
  received(bytes: number): void;
  memoryUsage(): { heapTotal: number; heapUsed: number; heapPeak: number };

  radio: RadioHost;
  network: NetworkHost;
  files: FilesHost;
  storage: StorageHost;
  pins: PinsHost;
  i2c: I2cHost;
  /** @param address counted from 0x100FC000, also in the two functions below */
  readFlash(address: number, length: number): Uint8Array;
  /** Programs whole pages. */
  programFlash(address: number, bytes: Uint8Array): void;
  /** Erases one sector. */
  eraseFlash(address: number): void;
}

export type ViolationKind =
  | 'freed connection' // the program closed a connection that lwIP had freed already
  | 'long write' // one network write has more bytes than the C stack has room for
  | 'send queue' // more bytes are unacknowledged than the C heap has room for
  | 'stray argument' // the program used an argument that the C code leaves uninitialised
  | 'BigInt division'
  | 'C heap' // a segment came for which the C heap had no room
  | 'memory' // the program created an object that cannot fit
  | 'stack' // calls were nested deeper than the C stack allows while TCP is active
  | 'flash' // the program wrote outside of the program area
  | 'not simulated';

export interface RadioHost {
  /** Blocks until joined or given up. Returns whether it worked. */
  join(network: { ssid: string; password: string; security: string }): boolean;
  leave(): void;
  linkIsUp(): boolean;
  reset(): void;
  /** Blocks; null if it could not. */
  scan(): { ssid: string; bssid: string; rssi: number; channel: number }[] | null;
  setLed(on: boolean): void;
}

/** lwIP. A handle is a connection's number; it stays valid after the connection is freed, as a dangling pointer does. */
export interface NetworkHost {
  address: string;
  /** Blocks up to 3 s. */
  resolve(name: string): { address: string } | { failure: 'timeout' | 'not found' };
  /** tcp_new; null if all control blocks are in use. */
  tcpNew(): number | null;
  /** tcp_connect; false if there is no route. */
  tcpConnect(handle: number, host: string, address: string, port: number, on: TcpCallbacks): boolean;
  /** tcp_write and tcp_output; false if refused. */
  tcpWrite(handle: number, bytes: Uint8Array): boolean;
  tcpClose(handle: number): void;
  /** tcp_shutdown of the sending side; false if not connected. */
  tcpShutdown(handle: number): boolean;
  udpNew(receive: (bytes: Uint8Array) => void): number;
  udpConnect(handle: number, host: string, port: number): void;
  udpSend(handle: number, bytes: Uint8Array): void;
  udpClose(handle: number): void;
}

export interface TcpCallbacks {
  connected(): void;
  /** null: the peer's FIN. */
  received(bytes: Uint8Array | null): void;
}

/** LittleFS; every call returns a negative error code on failure. */
export interface FilesHost {
  open(path: string, flags: number): number;
  read(id: number, buffer: Uint8Array, length: number, position: number): number;
  write(id: number, bytes: Uint8Array, position: number): number;
  close(id: number): number;
  /** Size of a file, `DIRECTORY`, or an error. */
  stat(path: string): number;
  rename(from: string, to: string): number;
  remove(path: string): number;
  makeDirectory(path: string): number;
  list(path: string): string[] | number;
}

export const DIRECTORY = 0x7fffffff;

export interface StorageHost {
  set(key: string, value: string): number;
  get(key: string): string | null;
  remove(key: string): void;
  clear(): void;
  key(index: number): string | null;
  count(): number;
}

export interface PinsHost {
  setMode(pin: number, mode: number): void;
  read(pin: number): 0 | 1;
  write(pin: number, level: 0 | 1): void;
  analogRead(pin: number): number;
  pulseRead(pin: number, count: number, options: PulseRequest): number[] | null;
  pulseWrite(pin: number, level: 0 | 1, intervals: number[]): void;
}

export interface PulseRequest {
  timeoutMicros: number;
  startState: 0 | 1 | null;
  mode: number | null;
  trigger: { pin: number; startState: 0 | 1; intervals: number[] } | null;
}

export interface I2cHost {
  open(bus: number, sda: number, scl: number): boolean;
  close(bus: number): boolean;
  /** Bytes written, or -1 without an acknowledge. */
  write(bus: number, address: number, bytes: Uint8Array): number;
  /** null without an acknowledge. */
  read(bus: number, address: number, length: number): Uint8Array | null;
}
