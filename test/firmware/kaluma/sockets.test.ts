import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { dialTcp } from '../../../firmware/kaluma/tcp.ts';
import { askUdp } from '../../../firmware/kaluma/udp.ts';
import { TransportError } from '../../../firmware/kaluma/sockets.ts';
import { withGlobals } from './fakeGlobals.ts';

interface Slot {
  kind: string;
  connected: boolean;
  /** lwIP's connection; dead if it was freed, as after a reset. */
  alive: boolean;
  /** Something is left to be sent. */
  waits?: boolean;
  object: { connect_cb?: () => void; read_cb?: (bytes: Uint8Array) => void; close_cb?: () => void };
}

/** `__netdev` with its traps: a dead connection that is closed is freed twice, and that ends the board. */
class FakeNetdev {
  errno = 0;
  slots: (Slot | undefined)[] = [];
  /** A pointer to a dead connection, left in a slot that was forgotten. */
  dangling = new Set<number>();
  freedTwice = 0;
  readonly written: string[] = [];
  joined = true;
  resolves = true;
  writable = true;
  routed = true;
  /** Without a link, what is written waits. */
  linked = true;

  socket(domain: string, kind: string): number {
    assert.equal(domain, 'AF_INET');
    if (!this.joined) throw new Error('WiFi is not connected.');
    const free = this.slots.findIndex((slot) => slot === undefined);
    const fd = free < 0 ? this.slots.length : free;
    if (fd > 15) throw new Error('Remote I/O error');
    this.slots[fd] = { kind, connected: false, alive: true, object: {} };
    return fd;
  }

  get(fd: number): object | undefined {
    return this.slots[fd]?.object;
  }

  connect(fd: number, host: string): void {
    const slot = this.slots[fd] as Slot;
    if (host !== '127.0.0.1' && !this.resolves) {
      this.errno = -1;
      throw new Error('DNS Error: IP is not found.');
    }
    this.dangling.delete(fd);
    this.errno = this.routed ? 0 : -1;
    slot.connected = this.routed;
  }

  write(fd: number, data: string): void {
    assert.equal(typeof data, 'string', 'a Uint8Array throws on the board');
    assert.ok(data.length <= 256, 'two copies go onto the C stack');
    assert.match(data, /^[\0-\xff]*$/);
    const slot = this.slots[fd] as Slot;
    const isOpen = slot.connected && slot.alive;
    if (isOpen && data !== '') slot.waits = !this.linked;
    this.errno = isOpen && slot.waits !== true && (this.writable || data === '') ? 0 : -1;
    if (this.errno === 0 && data !== '') this.written.push(data);
  }

  shutdown(fd: number, how: number): void {
    assert.equal(how, 1);
    const slot = this.slots[fd] as Slot;
    this.errno = slot.connected && slot.alive ? 0 : -1;
  }

  close(fd: number): void {
    const slot = this.slots[fd];
    if (slot === undefined) return;
    if (!slot.alive || this.dangling.has(fd)) this.freedTwice += 1;
    this.slots[fd] = undefined;
    slot.object.close_cb?.();
  }

  /** The peer's RST: lwIP frees the connection and tells nobody. */
  reset(fd: number): void {
    (this.slots[fd] as Slot).alive = false;
  }

  /** The peer's FIN: Kaluma closes the descriptor, then calls back. */
  fin(fd: number): void {
    this.close(fd);
  }
}

let netdev = new FakeNetdev();

/** Has the effect of `new PicoCYW43Network()` on the device in use. */
class PicoCYW43Network {
  constructor() {
    netdev.slots.forEach((slot, fd) => {
      if (slot !== undefined && !slot.alive) netdev.dangling.add(fd);
    });
    netdev.slots = [];
  }
}

withGlobals({
  get __netdev(): unknown {
    return undefined;
  },
  require: (name: string) => {
    assert.equal(name, 'pico_cyw43');
    return { PicoCYW43Network };
  },
});

beforeEach(() => {
  netdev = new FakeNetdev();
  Object.defineProperty(globalThis, '__netdev', { value: netdev, configurable: true, writable: true });
});

/** The one descriptor that is taken. */
function taken(): number {
  const fds = [...netdev.slots.keys()].filter((fd) => netdev.slots[fd] !== undefined);
  assert.equal(fds.length, 1);
  return fds[0];
}

/** The object of that one. */
function object(): Slot['object'] {
  return (netdev.slots[taken()] as Slot).object;
}

/** Dials and completes the three-way handshake. */
function connect(received: Uint8Array[] = []) {
  const transport = dialTcp('broker', 8883, (bytes) => void received.push(bytes.slice()));
  object().connect_cb?.();
  return transport;
}

test('a TCP connection counts as connected when the SYN is answered, not before', () => {
  const transport = dialTcp('broker', 8883, () => undefined);
  assert.equal(transport.isConnected(), false);
  object().connect_cb?.();
  assert.equal(transport.isConnected(), true);
  assert.equal(transport.reason(), '');
});

test('a TCP connection writes binary strings of at most 256 bytes, four a turn, all of them in order', () => {
  const transport = connect();
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) & 0xff);
  transport.write(bytes.subarray(0, 1500));
  transport.write(bytes.subarray(1500, 1501));
  transport.write(bytes.subarray(1501));
  let turns = 1;
  while (transport.flush()) turns += 1;
  const written = netdev.written.join('');
  assert.deepEqual(
    Uint8Array.from(written, (char) => char.charCodeAt(0)),
    bytes,
  );
  assert.equal(turns, Math.ceil(netdev.written.length / 4));
});

test('a TCP connection ends when a write fails, because the bytes may have been sent', () => {
  const transport = connect();
  netdev.writable = false;
  transport.write(new Uint8Array(100));
  assert.equal(transport.flush(), false);
  assert.equal(transport.reason(), 'cannot send');
  // Closing the descriptor calls close_cb, as the peer's FIN does.
  assert.equal(transport.isBroken(), true);
  netdev.writable = true;
  transport.flush();
  assert.deepEqual(netdev.written, []);
});

test('a TCP connection hands on what it receives', () => {
  const received: Uint8Array[] = [];
  connect(received);
  object().read_cb?.(Uint8Array.of(1, 2, 3));
  assert.deepEqual(received, [Uint8Array.of(1, 2, 3)]);
});

test('TCP callbacks return nothing, because Kaluma never frees it, and take no rest parameters', () => {
  connect();
  const { connect_cb: connected, read_cb: read } = object();
  assert.equal(connected?.(), undefined);
  assert.equal(read?.(new Uint8Array(1)), undefined);
  assert.equal(read?.length, 1);
  assert.doesNotMatch(String(read), /\.\.\.|arguments/);
});

test('a TCP connection notices the peer’s FIN and leaves the descriptor to the next socket', () => {
  const transport = connect();
  const fd = taken();
  netdev.fin(fd);
  assert.equal(transport.reason(), 'closed by the other side');
  while (netdev.socket('AF_INET', 'DGRAM') < fd);
  transport.close();
  transport.probe();
  assert.notEqual(netdev.slots[fd], undefined, 'the next socket’s descriptor is not closed');
});

test('a TCP connection finds out that it was refused or reset', () => {
  const refused = dialTcp('broker', 8883, () => undefined);
  refused.probe();
  assert.equal(refused.reason(), '');
  netdev.reset(taken());
  refused.probe();
  assert.equal(refused.reason(), 'refused');
  const reset = connect();
  netdev.reset(taken());
  reset.probe();
  assert.equal(reset.reason(), 'reset');
  assert.equal(reset.isConnected(), false);
});

test('a dead TCP connection is never closed, and the next needs no second descriptor, a hundred times', () => {
  for (let i = 0; i < 100; i++) {
    const transport = connect();
    netdev.reset(taken());
    if (i % 2 === 0) transport.probe();
    transport.close();
  }
  connect().close();
  assert.equal(netdev.freedTwice, 0);
  assert.equal(netdev.slots.filter((slot) => slot !== undefined).length, 0);
});

test('a TCP connection takes another descriptor than the last one, whose peer may still send its FIN', () => {
  for (let i = 0; i < 6; i++) {
    const last = connect();
    const fd = taken();
    if (i % 3 === 2) netdev.reset(fd);
    last.close();
    if (i % 3 === 2) continue;
    const transport = connect();
    netdev.fin(fd);
    assert.ok(transport.isConnected());
    transport.close();
  }
  assert.equal(netdev.freedTwice, 0);
});

test('a TCP connection that cannot send because Wi-Fi is gone is closed, since lwIP still has it', () => {
  const transport = connect();
  netdev.linked = false;
  transport.write(new Uint8Array(10));
  transport.flush();
  assert.equal(transport.reason(), 'cannot send');
  assert.ok(netdev.slots.every((slot) => slot === undefined));
  netdev.linked = true;
  const next = connect();
  assert.ok(next.isConnected());
  next.close();
  assert.equal(netdev.freedTwice, 0);
});

test('the last three descriptors are never used again, even if others were used in between', () => {
  const numbers: number[] = [];
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 2) {
      netdev.resolves = false;
      assert.throws(() => dialTcp('broker', 8883, () => undefined), TransportError);
      netdev.resolves = true;
    }
    const transport = connect();
    numbers.push(taken());
    transport.close();
  }
  numbers.forEach((fd, i) => assert.ok(!numbers.slice(Math.max(0, i - 2), i).includes(fd), numbers.join()));
  assert.ok(Math.max(...numbers) < 5, 'five are enough');
});

test('nothing is left in the object of an abandoned descriptor, which is never freed', () => {
  const transport = connect();
  const left = object();
  netdev.reset(taken());
  transport.close();
  assert.deepEqual(Object.keys(left), []);
});

test('the descriptor of a name that does not resolve is freed, also after a dead connection', () => {
  for (let i = 0; i < 40; i++) {
    netdev.resolves = false;
    assert.throws(
      () => dialTcp('broker', 8883, () => undefined),
      (error: unknown) => error instanceof TransportError && /IP is not found/.test(error.message),
    );
    netdev.resolves = true;
    const transport = connect();
    netdev.reset(taken());
    transport.close();
  }
  assert.equal(netdev.freedTwice, 0);
});

test('dialling throws without Wi-Fi and without a route', () => {
  netdev.joined = false;
  assert.throws(() => dialTcp('broker', 8883, () => undefined), /WiFi is not connected/);
  netdev.joined = true;
  netdev.routed = false;
  assert.throws(() => dialTcp('broker', 8883, () => undefined), /no route/);
  assert.equal(netdev.slots.filter((slot) => slot !== undefined).length, 0);
});

test('a TCP connection closes only once', () => {
  const transport = connect();
  transport.close();
  transport.close();
  assert.equal(transport.reason(), 'closed');
  assert.ok(netdev.slots.every((slot) => slot === undefined));
});

test('a UDP socket sends a datagram and keeps a copy of the first answer, whatever else comes', () => {
  const isAnswer = (datagram: Uint8Array): boolean => datagram[0] === 1;
  const exchange = askUdp('pool.ntp.org', 123, Uint8Array.of(0, 128, 255), isAnswer);
  assert.deepEqual(netdev.written, ['\0\x80\xff']);
  assert.equal(exchange.answer(), null);
  for (let i = 0; i < 10; i++) object().read_cb?.(Uint8Array.of(0, i));
  const bytes = Uint8Array.of(1, 7);
  object().read_cb?.(bytes);
  bytes[1] = 8;
  object().read_cb?.(Uint8Array.of(1, 9));
  assert.deepEqual(exchange.answer(), Uint8Array.of(1, 7));
});

test('a UDP socket frees its descriptor only once', () => {
  const exchange = askUdp('pool.ntp.org', 123, new Uint8Array(48), () => true);
  const fd = taken();
  exchange.close();
  assert.equal(netdev.slots[fd], undefined);
  while (netdev.socket('AF_INET', 'STREAM') < fd);
  exchange.close();
  assert.notEqual(netdev.slots[fd], undefined);
});

test('a UDP socket frees its descriptor when the name does not resolve', () => {
  netdev.resolves = false;
  assert.throws(() => askUdp('pool.ntp.org', 123, new Uint8Array(48), () => true), TransportError);
  assert.ok(netdev.slots.every((slot) => slot === undefined));
});
