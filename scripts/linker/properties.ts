/**
 * Which property names the build may shorten: names of ours that never leave the program. The names of the language and
 * of Kaluma stay, and so does every name in a module where names are data (JSON, `in`, keys of objects).
 */
import { readFileSync } from 'node:fs';
import type { Node } from 'acorn';

/** Built-ins whose properties, and whose instances' properties, are the language's. */
const LANGUAGE = [
  ...[Object, Function, Array, String, Boolean, Number, Date, RegExp, Error, Promise, Map, Set, WeakMap, WeakSet],
  ...[Symbol, Proxy, BigInt, ArrayBuffer, DataView, Uint8Array, Object.getPrototypeOf(Uint8Array) as object],
  ...[Math, Reflect, JSON, globalThis, (function* () {})(), [].values(), new Map().values(), /x/.exec('x') as object],
  ...[
    new Error(),
    Object.getOwnPropertyDescriptor({ x: 0 }, 'x') as object,
    { get: 0, set: 0, done: 0, value: 0, raw: 0 },
  ],
];

/** Kaluma's typings: every name in them that is no comment. */
const KALUMA = 'firmware/kaluma/typings.ts';

export function keptProperties(): Set<string> {
  const kept = new Set<string>();
  for (const value of LANGUAGE) {
    const own = typeof value === 'function' ? (value.prototype as object | undefined) : undefined;
    for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) keep(at, kept);
    if (own !== undefined) keep(own, kept);
  }
  const typings = readFileSync(KALUMA, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  for (const [name] of typings.matchAll(/[A-Za-z_$][\w$]*/g)) kept.add(name);
  return kept;
}

/** Whether a piece of code uses names of properties as data. */
export function namesAreData(node: Node): boolean {
  const { type, name } = node as Node & { name?: string };
  // esbuild's helper for fields of JavaScript packages takes their names as strings.
  if (type === 'Identifier') return name === '__publicField';
  if (type === 'BinaryExpression') return (node as Node & { operator: string }).operator === 'in';
  if (type === 'ForInStatement') return true;
  if (type !== 'MemberExpression') return false;
  const { object, property } = node as Node & { object: Node & { name?: string }; property: Node & { name?: string } };
  return object.name === 'JSON' || (object.name === 'Object' && /^(keys|values|entries)$/.test(property.name ?? ''));
}

/** The name of a property that code spells out, unquoted; null for any other node. */
export function propertyName(node: Node): string | null {
  const { type, computed } = node as Node & { computed?: boolean };
  if (computed === true) return null;
  const named = node as Node & { property?: Node & { name?: string }; key?: Node & { name?: string } };
  if (type === 'MemberExpression') return named.property?.name ?? null;
  return /^(Property|MethodDefinition|PropertyDefinition)$/.test(type) ? (named.key?.name ?? null) : null;
}

function keep(value: object, kept: Set<string>): void {
  for (const name of Object.getOwnPropertyNames(value)) kept.add(name);
}
