/**
 * `__netdev`: Kaluma's table of sixteen descriptors over lwIP, with the states and the omissions of
 * module_pico_cyw43.c. Above all: no error callback is registered, so nobody learns that lwIP has freed a connection,
 * and the descriptor keeps pointing to it.
 */
import { checkFunction, checkNumber, checkString, systemError } from './errors.ts';
import type { Host } from './host.ts';

const EREMOTEIO = -121;
const DESCRIPTORS = 16;
/** Two copies of what is written go onto the C stack. */
const WRITE_LIMIT = 256;

const CLOSED = 0;
const CONNECTED = 2;

type Done = (error: number) => void;

export interface SocketObject {
  fd?: number;
  ptcl?: 'STREAM' | 'DGRAM';
  state?: number;
  laddr: string;
  lport: number;
  raddr: string;
  rport: number;
  connect_cb?: () => void;
  read_cb?: (bytes: Uint8Array, stray: object) => void;
  close_cb?: () => void;
  shutdown_cb?: () => void;
}

interface Descriptor {
  /** Its own number while it is taken, else -1. */
  fd: number;
  state: number;
  object: SocketObject | null;
  udp: boolean;
  /** A TCP or UDP control block, whichever was connected last. Taking the descriptor anew leaves it as it was. */
  block: number | null;
}

export interface Netdev {
  errno: number;
  mac?: string;
  ip?: string;
  socket(domain: string, protocol: string): number;
  get(fd: number): SocketObject | undefined;
  connect(fd: number, host: string, port: number, done?: Done): void;
  write(fd: number, data: string, done?: Done): void;
  close(fd: number, done?: Done): void;
  shutdown(fd: number, how: number, done?: Done): void;
}

/** Calls back into the program as the C code does: exceptions are lost. */
export type Vanish = (where: string, callback: () => void) => void;

export function makeNetdev(host: Host, vanish: Vanish): new () => Netdev {
  const { network, radio } = host;
  const table: Descriptor[] = Array.from({ length: DESCRIPTORS }, () => ({
    fd: -1,
    state: CLOSED,
    object: null,
    udp: false,
    block: null,
  }));

  const finish = (device: Netdev, ok: boolean, done: Done | undefined, where: string) => {
    device.errno = ok ? 0 : -1;
    // The C code hands on its errno through an unsigned type, where -1 becomes 0.
    if (done !== undefined) vanish(where, () => done(0));
  };
  /** The C code announces two arguments to read_cb and gives one: the other is left from earlier use of the stack. */
  const touched = () => {
    host.violation('stray argument', 'the second argument of read_cb is not a value');
    return undefined;
  };
  const stray = new Proxy({}, { get: touched, has: () => touched() !== undefined, ownKeys: () => [touched() ?? ''] });
  const describe = (fd: unknown): Descriptor | undefined => {
    checkNumber(fd, 'fd');
    return table[fd];
  };

  function closeDescriptor(entry: Descriptor): void {
    entry.state = CLOSED;
    entry.fd = -1;
    if (entry.block !== null) {
      if (entry.udp) network.udpClose(entry.block);
      else network.tcpClose(entry.block);
    }
    entry.block = null;
    const { object } = entry;
    if (object === null) return;
    if (typeof object.close_cb === 'function') vanish('close_cb', () => object.close_cb?.());
    entry.object = null;
  }

  function received(entry: Descriptor, bytes: Uint8Array | null): void {
    if (bytes === null) {
      if (entry.state !== CLOSED || entry.object !== null) closeDescriptor(entry);
      return;
    }
    const { object } = entry;
    if (entry.state === CLOSED || object === null || typeof object.read_cb !== 'function') return;
    host.received(bytes.length);
    const copy = new Uint8Array(bytes);
    vanish('read_cb', () => object.read_cb?.(copy, stray));
  }

  function connectTcp(entry: Descriptor, name: string, address: string, port: number): boolean {
    entry.block = network.tcpNew();
    // Out of control blocks: Kaluma goes on as if it were connected.
    if (entry.block === null) return true;
    return network.tcpConnect(entry.block, name, address, port, {
      connected: () => {
        if (entry.state === CLOSED) return;
        const { object } = entry;
        if (typeof object?.connect_cb === 'function') vanish('connect_cb', () => object.connect_cb?.());
      },
      received: (bytes) => received(entry, bytes),
    });
  }

  return class PicoCYW43Network implements Netdev {
    errno = 0;
    mac?: string;
    ip?: string;

    /** Marks every descriptor free, open ones included. */
    constructor() {
      for (const entry of table) entry.fd = -1;
    }

    socket(domain: string, protocol: string): number {
      checkString(domain, 'domain');
      checkString(protocol, 'protocol');
      if (protocol !== 'STREAM' && protocol !== 'DGRAM') throw new TypeError('un-supported domain or protocol.');
      if (!radio.linkIsUp()) throw new Error('WiFi is not connected.');
      const fd = table.findIndex((entry, i) => entry.fd !== i);
      if (fd < 0) throw systemError(EREMOTEIO);
      const entry = table[fd];
      entry.fd = fd;
      entry.state = CLOSED;
      entry.udp = protocol === 'DGRAM';
      this.mac = '28:CD:C1:01:02:03';
      this.ip = network.address;
      entry.object = { fd, ptcl: protocol, state: CLOSED, laddr: this.ip, lport: 0, raddr: '0.0.0.0', rport: 0 };
      return fd;
    }

    get(fd: number): SocketObject | undefined {
      const entry = describe(fd);
      return entry === undefined || entry.fd < 0 || entry.object === null ? undefined : entry.object;
    }

    connect(fd: number, name: string, port: number, done?: Done): void {
      const entry = describe(fd);
      checkString(name, 'addr');
      checkNumber(port, 'port');
      if (done !== undefined) checkFunction(done, 'callback');
      if (entry === undefined || entry.state !== CLOSED) return finish(this, false, done, 'connect callback');
      const found = network.resolve(name);
      if ('failure' in found) {
        this.errno = -1;
        throw new Error(found.failure === 'timeout' ? 'DNS response timeout.' : 'DNS Error: IP is not found.');
      }
      Object.assign(entry.object ?? {}, { raddr: found.address, rport: port });
      let ok = true;
      if (entry.udp) {
        entry.block = network.udpNew((bytes) => received(entry, bytes));
        network.udpConnect(entry.block, name, port);
      } else {
        ok = connectTcp(entry, name, found.address, port);
      }
      if (ok) {
        entry.state = CONNECTED;
        if (entry.object !== null) entry.object.state = CONNECTED;
      }
      finish(this, ok, done, 'connect callback');
    }

    write(fd: number, data: string, done?: Done): void {
      const entry = describe(fd);
      checkString(data, 'data');
      if (done !== undefined) checkFunction(done, 'callback');
      if (data.length > WRITE_LIMIT) host.violation('long write', `${data.length} B in one write, ${WRITE_LIMIT} fit`);
      if (entry === undefined || entry.state !== CONNECTED) return finish(this, false, done, 'write callback');
      const bytes = Uint8Array.from(data, (char) => (char.charCodeAt(0) > 0xff ? 0 : char.charCodeAt(0)));
      let ok = true;
      if (entry.udp) network.udpSend(entry.block ?? -1, bytes);
      else ok = entry.block !== null && network.tcpWrite(entry.block, bytes);
      finish(this, ok, done, 'write callback');
    }

    close(fd: number, done?: Done): void {
      const entry = describe(fd);
      if (done !== undefined) checkFunction(done, 'callback');
      if (entry !== undefined && (entry.state !== CLOSED || entry.object !== null)) closeDescriptor(entry);
      finish(this, true, done, 'close callback');
    }

    shutdown(fd: number, how: number, done?: Done): void {
      const entry = describe(fd);
      checkNumber(how, 'how');
      if (done !== undefined) checkFunction(done, 'callback');
      const ok = entry !== undefined && (entry.udp || entry.block === null || network.tcpShutdown(entry.block));
      const object = entry?.object;
      if (ok && typeof object?.shutdown_cb === 'function') vanish('shutdown_cb', () => object.shutdown_cb?.());
      finish(this, ok, done, 'shutdown callback');
    }
  };
}
