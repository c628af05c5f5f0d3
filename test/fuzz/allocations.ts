/** Watches how much memory for bytes is asked for. */

const KINDS = ['Uint8Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigUint64Array', 'ArrayBuffer'] as const;

export interface Allocations {
  /** Bytes of the largest array made. */
  largest: number;
  /** Bytes of all arrays made, whatever became of them. */
  total: number;
}

/**
 * Runs `body`, and counts the arrays that are made by `new` meanwhile; views of a buffer that exists count nothing.
 * @param onMade gets each of them
 */
export function allocationsOf(body: () => void, onMade: (made: ArrayBuffer) => void = () => undefined): Allocations {
  const counted: Allocations = { largest: 0, total: 0 };
  const globals = globalThis as unknown as Record<string, new (...args: unknown[]) => ArrayBuffer>;
  const originals = KINDS.map((name) => globals[name]);
  KINDS.forEach((name, i) => {
    globals[name] = new Proxy(originals[i], {
      construct(target, args: unknown[], newTarget) {
        const made = Reflect.construct(target, args, newTarget) as ArrayBuffer;
        if (!(args[0] instanceof originals[KINDS.length - 1])) {
          onMade(made);
          counted.total += made.byteLength;
          counted.largest = Math.max(counted.largest, made.byteLength);
        }
        return made;
      },
    });
  });
  try {
    body();
  } finally {
    KINDS.forEach((name, i) => (globals[name] = originals[i]));
  }
  return counted;
}
