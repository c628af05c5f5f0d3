/**
 * Installs Kaluma in a fresh context: this code is bundled and runs inside it, so that every object that the program meets
 * is of the program's own realm.
 */
import { makeConsole } from './console.ts';
import { makeI2c, makePins, makeSmallModules } from './devices.ts';
import { checkFunction, checkNumber, checkString, raise, SystemError } from './errors.ts';
import { makeDisk, makeFs, makeStorage } from './fs.ts';
import { define, interruptJobs, limitMemory, prune, replaceClock } from './guards.ts';
import type { Host } from './host.ts';
import { makeModules } from './modules.ts';
import { makeNetdev, type Vanish } from './netdev.ts';
import { makeRp2Natives } from './pio.ts';
import { makeWifiDevice } from './wifi.ts';

export interface Allowed {
  languageGlobals: string;
  boardGlobals: string;
  builtinModules: string;
  properties: Readonly<Record<string, string>>;
}

export function install(host: Host, allowed: Allowed): void {
  const vanish: Vanish = (where, callback) => {
    try {
      callback();
    } catch (error) {
      if (host.isReset(error)) throw error;
      host.lost(where, error);
    }
  };
  const { seed } = replaceClock(host);
  interruptJobs(host);
  const storage = makeStorage(host);
  const small = makeSmallModules(host);
  const PicoCYW43WIFI = makeWifiDevice(host, vanish);
  const PicoCYW43Network = makeNetdev(host, vanish);
  const devices = { __ieee80211dev: new PicoCYW43WIFI(), __netdev: new PicoCYW43Network() };

  const mounts = [makeDisk(host)];
  const makers: Record<string, () => object> = {
    fs: () => makeFs(mounts.splice(0)),
    storage: () => storage,
    i2c: () => makeI2c(host),
    pico_cyw43: () => ({ PicoCYW43WIFI, PicoCYW43Network, PicoCYW43: small.PicoCYW43 }),
    rtc: () => small.rtc,
    rp2: () => small.rp2,
    wdt: () => small.wdt,
    flash: () => small.flash,
  };

  const { feed } = small.wdt.WDT.prototype;
  // Each call begins the module anew.
  const binding = Object.assign((name: string) => (name === 'rp2' ? makeRp2Natives(host, feed) : undefined), {
    rp2: 'rp2',
  });

  const builtinModules = allowed.builtinModules.split(' ');
  const { require, getBuiltinModule } = makeModules(
    () => process,
    builtinModules,
    makers,
    (what) => notSimulated(host, what),
  );
  const process = {
    arch: 'cortex-m0-plus',
    platform: 'rp2',
    version: '1.2.1',
    builtin_modules: builtinModules,
    binding,
    getBuiltinModule,
    memoryUsage: () => ({ ...host.memoryUsage() }),
  };

  const { log, print } = makeConsole(host);
  const globals: Record<string, unknown> = {
    ...makePins(host),
    ...makeTimers(host),
    ...makeText(),
    ...devices,
    console: { log, error: log },
    print,
    seed(value: number): void {
      checkNumber(value, 'seed');
      seed(value);
    },
    process,
    SystemError,
    require,
    board: { name: 'pico-w', uid: 'E6612483CB000000' },
    global: globalThis,
  };

  limitMemory(host);
  prune(allowed.languageGlobals, allowed.properties);
  for (const name of allowed.boardGlobals.split(' ')) {
    if (name === 'storage') continue;
    define(globalThis, name, globals[name] ?? (() => void raise(notSimulated(host, name))));
  }
  Object.defineProperty(globalThis, 'storage', { get: () => storage });
}

function makeTimers(host: Host) {
  const add = (repeat: boolean) => (callback: () => void, delay: number) => {
    checkFunction(callback, 'callback');
    checkNumber(delay, 'delay');
    // `callback()`, not a method call: the program's function gets no `this` and no values.
    return host.addTimer(() => callback(), Math.trunc(delay), repeat);
  };
  const remove = (id: number) => {
    checkNumber(id, 'id');
    host.removeTimer(id);
  };
  return {
    setTimeout: add(false),
    setInterval: add(true),
    clearTimeout: remove,
    clearInterval: remove,
    delay: (ms = 0) => host.block(ms, false),
    delayMicroseconds: (us = 0) => host.block(us / 1000, false),
    millis: () => host.millis(),
    micros: () => Math.floor(host.micros()),
  };
}

function makeText() {
  const encoding = (label: string) => {
    if (label !== 'utf-8' && label !== 'ascii') throw new Error('Unsupported encoding.');
    return label === 'ascii';
  };
  class TextEncoder {
    encoding: string;

    constructor(label = 'utf-8') {
      this.encoding = label;
    }

    encode(text: string): Uint8Array {
      checkString(text, 'input');
      const binary = encoding(this.encoding) ? text : unescape(encodeURIComponent(text));
      return Uint8Array.from(binary, (char) => char.charCodeAt(0) & 0xff);
    }
  }
  class TextDecoder {
    encoding: string;

    constructor(label = 'utf-8') {
      this.encoding = label;
    }

    decode(bytes: Uint8Array): string {
      if (!(bytes instanceof Uint8Array)) throw new Error('input must be Uint8Array.');
      let binary = '';
      for (let i = 0; i < bytes.length; i += DECODED_AT_ONCE) {
        const piece = bytes.subarray(i, i + DECODED_AT_ONCE) as unknown as number[];
        binary += String.fromCharCode.apply(null, piece);
      }
      return encoding(this.encoding) ? binary : decodeURIComponent(escape(binary));
    }
  }
  return { TextEncoder, TextDecoder, btoa: toBase64, atob: fromBase64 };
}

/** Bytes that are decoded at a time: a call can surely have so many arguments. */
const DECODED_AT_ONCE = 4096;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A new line begins every 72 characters. Nothing becomes undefined. */
function toBase64(data: string | Uint8Array): string | undefined {
  const bytes = typeof data === 'string' ? Array.from(data, (char) => char.charCodeAt(0) & 0xff) : data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = [18, 12, 6, 0].map((shift) => ALPHABET[(group >> shift) & 63]);
    text += digits.map((digit, at) => (i + at > bytes.length ? '=' : digit)).join('');
  }
  return text === '' ? undefined : (text.match(/.{1,72}/g) ?? []).join('\n');
}

/** Other characters are passed over; what is not in groups of four becomes undefined. */
function fromBase64(text: string): Uint8Array | undefined {
  checkString(text, 'encodedData');
  const known = text.replace(/[^A-Za-z0-9+/=]/g, '');
  if (known === '' || known.length % 4 !== 0) return undefined;
  const digits = Array.from(known.replace(/=+$/, ''), (digit) => ALPHABET.indexOf(digit));
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  for (let i = 0; i < bytes.length; i++) {
    const at = Math.floor((i * 4) / 3);
    const shift = (i % 3) * 2;
    bytes[i] = (digits[at] << (2 + shift)) | (digits[at + 1] >> (4 - shift));
  }
  return bytes;
}

function notSimulated(host: Host, what: string): Error {
  host.violation('not simulated', what);
  return new Error(`the simulated board has no ${what}`);
}
