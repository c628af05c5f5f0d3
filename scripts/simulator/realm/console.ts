import type { Host } from './host.ts';

/**
 * `console` and `print`: strings as they are, other values as Kaluma's REPL shows them, its colours left out.
 * A BigInt prints nothing at all (seen on the real image).
 */
export function makeConsole(host: Host): {
  log: (...values: unknown[]) => void;
  print: (...values: unknown[]) => void;
} {
  const format = (values: unknown[]) =>
    values.map((value) => (typeof value === 'string' ? value : pretty(value, 2, ''))).join(' ');
  return {
    log(...values) {
      if (values.length > 0) host.print(`${format(values)}\n`);
    },
    print(...values) {
      if (values.length > 0) host.print(format(values));
    },
  };
}

/** @param depth levels of objects still to open */
function pretty(value: unknown, depth: number, indent: string): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return '[Function]';
  if (typeof value === 'symbol') return '[Symbol]';
  if (typeof value === 'bigint') return '';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength:${value.byteLength}}`;
  if (value instanceof DataView) return '[DataView]';
  if (value instanceof Promise) return '[Promise]';
  const isTyped = ArrayBuffer.isView(value);
  if (Array.isArray(value) || isTyped) {
    const name = isTyped ? typedArrayName(value) : '';
    if (depth === 0) return `[${isTyped ? name : 'Array'}]`;
    const items = Array.from(value as unknown as ArrayLike<unknown>, (item) => pretty(item, depth - 1, `${indent}  `));
    return `${isTyped ? `${name} ` : ''}${block('[', items, ']', indent)}`;
  }
  if (depth === 0) return '[Object]';
  if (value instanceof Error) return String(value);
  const items: string[] = [];
  for (const key in value) {
    const property = (value as Record<string, unknown>)[key];
    items.push(`${key}: ${pretty(property, depth - 1, `${indent}  `)}`);
  }
  return block('{', items, '}', indent);
}

function block(open: string, items: string[], close: string, indent: string): string {
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}

/** Kaluma has no names for the 64-bit ones. */
function typedArrayName(value: object): string {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return name.startsWith('Big') ? 'TypedArray' : name;
}
