/** Tests the files between the program and Kaluma, each with a stand-in that behaves like Kaluma. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fromBase64 } from '../../../firmware/kaluma/base64.ts';
import { createClock } from '../../../firmware/kaluma/clock.ts';
import { chipNonce, jitter } from '../../../firmware/kaluma/chipRandom.ts';
import { createRandom, EntropyError } from '../../../firmware/kaluma/entropy.ts';
import { files } from '../../../firmware/kaluma/files.ts';
import { i2cDevice } from '../../../firmware/kaluma/i2c.ts';
import { createWatchdog, wasResetByWatchdog } from '../../../firmware/kaluma/watchdog.ts';
import { isWifiJoined, joinWifi } from '../../../firmware/kaluma/wifi.ts';
import { withGlobals } from './fakeGlobals.ts';

let calls: string[] = [];
let now = 0;

/** LittleFS of Kaluma's: `a` is useless, a file that is not there leaks when opened, writes ignore byteOffset. */
const disk = new Map<string, Uint8Array>();
const open = new Map<number, { path: string; bytes: Uint8Array }>();
let full = false;

/** The value of the watchdog's register REASON. */
let resetReason = 0;
let scratch4 = 0;
class Flash {
  read(sector: number, buffer: Uint8Array, offset: number) {
    assert.equal(0x100f_c000 + sector * 4096 + offset, 0x4005_8008, 'RP2040 datasheet, section 4.7.6');
    new DataView(buffer.buffer).setUint32(0, resetReason, true);
    new DataView(buffer.buffer).setUint32(0x14, scratch4, true);
  }
}
const mounted = {
  open(path: string, flags: number, mode: number) {
    assert.equal(typeof mode, 'number');
    const [create, empty] = [flags & 4, flags & 32];
    if (create === 0 && !disk.has(path)) assert.fail('opening it would leak C memory');
    const bytes = empty === 0 ? disk.get(path) : undefined;
    open.set(open.size + 1, { path, bytes: bytes ?? new Uint8Array(0) });
    return open.size;
  },
  read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number) {
    assert.equal(buffer.byteOffset, 0);
    const file = open.get(fd);
    assert.ok(file);
    const bytes = file.bytes.subarray(position, position + length);
    new Uint8Array(buffer.buffer).set(bytes, offset);
    return bytes.length;
  },
  write(fd: number, data: Uint8Array, offset = 0, length = data.length, position = 0) {
    if (full) throw new Error('No space left on device');
    const file = open.get(fd) as { bytes: Uint8Array };
    const longer = new Uint8Array(Math.max(file.bytes.length, position + length));
    longer.set(file.bytes);
    longer.set(new Uint8Array(data.buffer).subarray(offset, offset + length), position);
    file.bytes = longer;
  },
  close(fd: number) {
    const file = open.get(fd) as { path: string; bytes: Uint8Array };
    disk.set(file.path, file.bytes);
    open.delete(fd);
  },
  stat(path: string) {
    const bytes = disk.get(path);
    if (bytes === undefined) throw new Error('No such file or directory');
    return { type: 1, size: bytes.length };
  },
  readdir: () => [...disk.keys()].map((path) => path.slice(1)),
  unlink: (path: string) => void disk.delete(path),
};

class WDT {
  constructor(timeout: number) {
    calls.push(`watchdog ${timeout}`);
  }
  feed = feed;
}
function feed(): void {
  calls.push('feed');
}

let randoms: bigint[] = [];
const pio =
  (name: string) =>
  (...values: unknown[]) => {
    calls.push(
      `${name} ${values.map((value) => (typeof value === 'function' ? value.name : JSON.stringify(value))).join(' ')}`,
    );
    return 27;
  };
const rp2 = {
  randomBigInt: () => randoms.shift() ?? assert.fail('no more random numbers'),
  pio_add_program: (...values: [number, Uint16Array]) => pio('program')(values[0], [...values[1]]),
  pio_sm_init: pio('init'),
  pio_sm_put: pio('put'),
  pio_sm_irq: pio('irq'),
  pio_sm_set_enabled: pio('enabled'),
};

/** An I2C bus that is opened twice at no price but an exception. */
let busOpen = false;
let answering = true;
class I2C {
  constructor(bus: number, { sda, scl }: { sda: number; scl: number }) {
    if (busOpen) throw new Error('EDEVINIT');
    busOpen = true;
    calls.push(`open ${bus} ${sda} ${scl}`);
  }
  write(data: Uint8Array, address: number, timeout: number): void {
    assert.equal(data.byteLength, data.buffer.byteLength, 'the whole ArrayBuffer goes out');
    calls.push(`write ${[...data].join()} to ${address}`);
    assert.ok(timeout > 0 && timeout < 256);
    if (!answering) throw new Error('EDEVWRITE');
  }
  read(length: number, address: number, timeout: number): Uint8Array {
    calls.push(`read ${length} from ${address}`);
    assert.ok(timeout > 0 && timeout < 256, 'taken modulo 256');
    if (!answering) throw new Error('EDEVREAD');
    return new Uint8Array(length).fill(7);
  }
  close(): void {
    busOpen = false;
    calls.push('close');
  }
}

const radio = {
  errno: 0,
  joined: false,
  works: true,
  connect(network: object): void {
    calls.push(`join ${JSON.stringify(network)}`);
    radio.joined = radio.works;
    // Kaluma's error here is not reliable.
    radio.errno = 0;
  },
  get_connection(): void {
    radio.errno = radio.joined ? 0 : -1;
  },
};

/** How often the native part of `rp2` was asked for: a second time forgets what its interrupts call. */
let bindings = 0;
const memory = new Uint8Array(8);
withGlobals({
  process: Object.assign(Object.create(process) as object, {
    binding: (name: string) => (name === 'rp2' && bindings++ === 0 ? rp2 : undefined),
  }),
  require: (name: string) =>
    ({
      fs: { __mounts: [mounted] },
      flash: { Flash },
      wdt: { WDT },
      i2c: { I2C },
      rtc: { setTime: (time: number) => void calls.push(`rtc ${time}`) },
    })[name],
  millis: () => now,
  atob: (text: string) => {
    memory.fill(text.length);
    return memory.subarray(0, 4);
  },
  __ieee80211dev: radio,
  pinMode: (pin: number, mode: number) => void calls.push(`mode ${pin} ${mode}`),
  pulseWrite: (pin: number, level: number, intervals: number[]) =>
    void calls.push(`pulses ${pin} ${level} ${intervals.length}`),
  OUTPUT: 1,
  LOW: 0,
});

beforeEach(() => {
  calls = [];
  now = 0;
  full = false;
  disk.clear();
});

test('decoded base64 is copied out of C memory', () => {
  const bytes = fromBase64('xxxx');
  memory.fill(0);
  assert.deepEqual(bytes, Uint8Array.of(4, 4, 4, 4));
});

test('the clock is unknown at first, and then counted by the timer from the time that was set', () => {
  const clock = createClock();
  assert.equal(clock.at(5), null);
  now = 10_000;
  clock.set(1_000_000);
  assert.deepEqual(calls, ['rtc 1000000']);
  assert.equal(clock.at(10_000), 1_000_000);
  assert.equal(clock.at(12_500), 1_002_500);
  assert.equal(clock.at(4000), 994_000, 'also before it was told');
});

test('the generator is seeded by 512 bits of the chip and by the key, and each of these counts', () => {
  const first = [1n, 2n, 3n, 4n].map((n) => n << 100n);
  const draw = (secret: bigint, chip: bigint[]): string => {
    randoms = chip.slice();
    const random = createRandom(secret);
    assert.equal(randoms.length, 0);
    return Buffer.from(random(32)).toString('hex');
  };
  const outputs = [
    draw(5n, first),
    draw(6n, first),
    ...first.map((_, i) =>
      draw(
        5n,
        first.map((n, j) => (i === j ? n + 1n : n)),
      ),
    ),
  ];
  assert.equal(new Set(outputs).size, 6);
  assert.equal(draw(5n, first), outputs[0]);
  randoms = first.slice();
  const random = createRandom(5n);
  assert.notDeepEqual(random(32), random(32));
  assert.equal(random(100).length, 100);
});

test('a chip that repeats itself is refused as a source of entropy', () => {
  for (const chip of [
    [0n, 0n, 0n, 0n],
    [7n, 7n, 8n, 9n],
    [7n, 8n, 9n, 9n],
  ]) {
    randoms = chip;
    assert.throws(() => createRandom(5n), EntropyError);
  }
});

test("nonces and jitter are the chip's lowest bits", () => {
  randoms = [(0xffn << 64n) | 0x0102030405060708n, 0xabcd_8000n];
  assert.deepEqual(chipNonce(), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  assert.equal(jitter(), 0.5);
});

test('files are replaced, appended to, read in parts, and removed', () => {
  assert.deepEqual(files.read('/a', 0, 10), new Uint8Array(0));
  const larger = Uint8Array.of(9, 9, 1, 2, 3, 4, 9);
  files.append('/a', larger.subarray(2, 4));
  files.append('/a', larger.subarray(4, 6));
  assert.deepEqual(disk.get('/a'), Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(files.read('/a', 1, 2), Uint8Array.of(2, 3));
  assert.deepEqual(files.read('/a', 2, 100), Uint8Array.of(3, 4));
  files.write('/a', larger.subarray(1, 3));
  assert.deepEqual(disk.get('/a'), Uint8Array.of(9, 1));
  assert.deepEqual(files.list(), [{ name: 'a', size: 2 }]);
  files.remove('/a');
  files.remove('/a');
  assert.deepEqual(files.list(), []);
});

test('the descriptor of a file is freed when the disk is full', () => {
  full = true;
  assert.throws(() => files.write('/a', new Uint8Array(4)), /No space/);
  assert.throws(() => files.append('/b', new Uint8Array(4)), /No space/);
  assert.equal(open.size, 0);
});

test('the watchdog does nothing before it is armed', () => {
  const watchdog = createWatchdog();
  watchdog.feed();
  assert.equal(
    watchdog.during(() => 5),
    5,
  );
  assert.deepEqual(calls, []);
});

test('while something blocks, the PIO feeds the watchdog by a native function alone, and no longer than that', () => {
  const watchdog = createWatchdog();
  watchdog.arm();
  watchdog.arm();
  assert.deepEqual(calls, ['watchdog 8000', 'program 0 [32928,40999,49152,66,4]', 'irq 0 feed']);
  calls = [];
  assert.throws(() =>
    watchdog.during(() => {
      calls.push('blocking');
      throw new Error('Wi-Fi');
    }),
  );
  assert.deepEqual(calls, [
    'init 0 0 {"freq":1908,"offset":27,"wrapTarget":0,"wrap":4}',
    'put 0 0 65535',
    'enabled 0 0 true',
    'blocking',
    'enabled 0 0 false',
  ]);
  // With two ticks an interrupt that is 69 s, and then the watchdog resets.
  const seconds = (65_536 * 2) / 1908;
  assert.ok(seconds > 60 && seconds < 75);
});

test("the watchdog's register distinguishes its reset from other restarts", () => {
  for (const [reason, scratch, bit] of [
    [0, 0x6ab7_3121, false],
    [1, 0x6ab7_3121, true],
    [2, 0x6ab7_3121, false],
    [3, 0x6ab7_3121, true],
    // The boot ROM restarts the chip so when a UF2 file was copied to it.
    [1, 0, false],
    [1, 0x6ab7_3122, false],
  ] as const) {
    [resetReason, scratch4] = [reason, scratch];
    assert.equal(wasResetByWatchdog(), bit);
  }
});

test('the watchdog resets the board at once for a restart', () => {
  createWatchdog().restart();
  assert.deepEqual(calls, ['watchdog 1']);
});

test('joining Wi-Fi asks the link, and ignores what connect() reports', () => {
  radio.works = false;
  assert.equal(joinWifi('kitchen', 'wrong one'), false);
  radio.works = true;
  assert.equal(joinWifi('kitchen', 'right one'), true);
  assert.equal(isWifiJoined(), true);
  radio.joined = false;
  assert.equal(isWifiJoined(), false);
  assert.equal(calls[0], 'join {"ssid":"kitchen","password":"wrong one"}');
});

test('an I2C bus is opened once, its transfers use arrays of their own and are limited in time', () => {
  const device = i2cDevice({ bus: 1, sda: 6, scl: 7 }, 0x48);
  device.write(1, 2);
  assert.deepEqual(device.read(2), Uint8Array.of(7, 7));
  assert.deepEqual(calls, ['open 1 6 7', 'write 1,2 to 72', 'read 2 from 72']);
  busOpen = false;
});

test('an I2C bus that hangs is clocked free and opened anew', () => {
  const device = i2cDevice({ bus: 0, sda: 4, scl: 5 }, 0x44);
  answering = false;
  assert.throws(() => device.write(0), /NoAnswerError: no answer from 0x44 on I2C/);
  // Nine clocks: low and high in turn, ending high.
  assert.deepEqual(calls.slice(2), ['close', 'mode 5 1', 'pulses 5 0 19']);
  answering = true;
  calls = [];
  device.write(0);
  assert.deepEqual(calls, ['open 0 4 5', 'write 0 to 68']);
  busOpen = false;
});
