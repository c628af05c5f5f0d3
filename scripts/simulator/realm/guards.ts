/** Makes the context's JavaScript Kaluma's: its built-ins and no others, its clock, its memory. Runs before the program. */
import type { Host } from './host.ts';

/** Bytes that one object may take: the heap is 184,312 B, of which the program and Kaluma hold most. */
const LARGEST = 64 * 1024;
/** Bytes that no array can have. Asked for so many, the engine collects garbage and then makes an array that takes no memory. */
const IMPOSSIBLE = 184_312;
/** A plain array's slot has four bytes in the engine. */
const ELEMENT_BYTES = {
  ArrayBuffer: 1,
  Array: 4,
  Int8Array: 1,
  Uint8Array: 1,
  Uint8ClampedArray: 1,
  Int16Array: 2,
  Uint16Array: 2,
  Int32Array: 4,
  Uint32Array: 4,
  Float32Array: 4,
  Float64Array: 8,
  BigInt64Array: 8,
  BigUint64Array: 8,
};

type Names = Readonly<Record<string, string>>;

/** Deletes every property of the built-ins that the engine does not have, and every global that `globals` does not name. */
export function prune(globals: string, properties: Names): void {
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;
  const typedArray = Object.getPrototypeOf(Uint8Array) as object;
  const roots: Record<string, object> = { TypedArray: typedArray, Iterator: { prototype: iterator } };
  for (const [path, names] of Object.entries(properties)) {
    const [root, prototype] = path.split('.');
    const owner = roots[root] ?? (globalThis as unknown as Record<string, object>)[root];
    const object = prototype === undefined ? owner : (owner as { prototype: object }).prototype;
    const kept = new Set([...names.split(' '), 'length', 'name', 'prototype', 'constructor', 'message']);
    for (const key of Reflect.ownKeys(object)) {
      const name = typeof key === 'string' ? key : String(key).replace(/^Symbol\(Symbol\.(.*)\)$/, '@@$1');
      if (!kept.has(name)) Reflect.deleteProperty(object, key);
    }
  }
  const kept = new Set(globals.split(' '));
  for (const key of Reflect.ownKeys(globalThis)) {
    if (typeof key !== 'string' || !kept.has(key)) Reflect.deleteProperty(globalThis, key);
  }
}

/** Makes constructors throw for objects that cannot fit the heap. The board would end there, without an exception. */
export function limitMemory(host: Host): void {
  const check = (what: string, bytes: number) => {
    if (what === 'Array' && bytes > IMPOSSIBLE) return host.collected();
    if (!(bytes > LARGEST)) return;
    host.violation('memory', `${what} of ${bytes} B, ${LARGEST} is the most that could fit`);
    throw new RangeError(`${what} of ${bytes} B`);
  };
  const sizeOf = (first: unknown, unit: number) => {
    if (typeof first === 'number') return first * unit;
    const source = first as { length?: number; byteLength?: number } | null | undefined;
    return source instanceof ArrayBuffer ? 0 : (source?.length ?? 0) * unit;
  };
  const guard = (name: string, unit: number) => {
    const original = (globalThis as unknown as Record<string, new (...args: unknown[]) => object>)[name];
    const guarded: object = new Proxy(original, {
      construct(target, values, newTarget): object {
        const bytes = sizeOf(values[0], unit);
        check(name, bytes);
        const made = Reflect.construct(target, values, newTarget === guarded ? target : newTarget) as object;
        if (name !== 'Array') host.made(made, bytes);
        return made;
      },
      apply(target, self, values): unknown {
        check(name, sizeOf(values[0], unit));
        return Reflect.apply(target as unknown as () => unknown, self, values);
      },
    });
    define(original.prototype as object, 'constructor', guarded);
    define(globalThis, name, guarded);
  };
  for (const [name, unit] of Object.entries(ELEMENT_BYTES)) guard(name, unit);
  const strings = String.prototype as unknown as Record<string, (this: string, ...values: unknown[]) => string>;
  for (const method of ['repeat', 'padStart', 'padEnd']) {
    const original = strings[method];
    define(strings, method, function (this: string, ...values: unknown[]) {
      const count = Number(values[0]);
      check('string', method === 'repeat' ? this.length * count : count);
      return original.apply(this, values);
    });
  }
}

/**
 * Lets a promise job that the end of the boot interrupts leave its promise unsettled: as a rejection, the signal of the reset
 * would end the process.
 */
export function interruptJobs(host: Host): void {
  type Job = ((value: unknown) => unknown) | null | undefined;
  // Read now, because after the end of a boot the host answers every access with the signal of the reset.
  const { isReset } = host;
  // oxlint-disable-next-line typescript/unbound-method -- called with the promise as `this`
  const { then } = Promise.prototype;
  const interruptible = (job: Job): Job =>
    typeof job !== 'function'
      ? job
      : (value) => {
          try {
            return job(value);
          } catch (error) {
            if (isReset(error)) return new Promise(() => undefined);
            throw error;
          }
        };
  define(Promise.prototype, 'then', function (this: Promise<unknown>, fulfilled: Job, rejected: Job) {
    return then.call(this, interruptible(fulfilled), interruptible(rejected));
  });
}

/** Date and Math.random: the board's clock, in UTC, and a generator that starts alike after every reset. */
export function replaceClock(host: Host): { seed: (value: number) => void } {
  const Original = Date;
  const prototype = Original.prototype as unknown as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const universal = name.replace(/^([gs]et)(?!UTC)/, '$1UTC');
    if (universal !== name && universal in prototype) define(prototype, name, prototype[universal]);
  }
  define(prototype, 'getTimezoneOffset', () => 0);
  const Simulated: unknown = new Proxy(Original, {
    construct(target, values, newTarget) {
      let [first] = values as unknown[];
      if (values.length === 0) first = host.clockTime();
      if (values.length > 1) first = Original.UTC(...(values as [number, number]));
      return Reflect.construct(target, [first], newTarget === Simulated ? target : newTarget) as object;
    },
    apply: () => new Original(host.clockTime()).toUTCString(),
  });
  define(Original, 'now', () => host.clockTime());
  define(Original.prototype, 'constructor', Simulated);
  define(globalThis, 'Date', Simulated);

  let state = 1;
  define(Math, 'random', () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 1) / 0x80000000;
  });
  return {
    seed: (value) => {
      state = value >>> 0;
    },
  };
}

/** Defines a property like those of built-in objects: writable, configurable, not enumerable. */
export function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}
