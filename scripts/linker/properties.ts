/**
 * Decides which names of properties the build may shorten: names of ours that never leave the program. Names of the
 * language and of Kaluma stay, and so do all names in a module that uses names as data (JSON, `in`, keys of objects).
 */
import { readFileSync } from 'node:fs';
import type { Node } from 'acorn';
import type { Node as TypedNode } from 'typescript';

/** Built-ins of the language. Their properties, and those of their instances, keep their names. */
const LANGUAGE = [
  ...[Object, Function, Array, String, Boolean, Number, Date, RegExp, Error, Promise, Map, Set, WeakMap, WeakSet],
  ...[Symbol, Proxy, BigInt, ArrayBuffer, DataView, Uint8Array, Object.getPrototypeOf(Uint8Array) as object],
  ...[Math, Reflect, JSON, globalThis, (function* () {})(), [].values(), new Map().values(), /x/.exec('x') as object],
  ...[/x/, [], new Uint8Array(0), (): void => undefined],
  ...[
    new Error(),
    Object.getOwnPropertyDescriptor({ x: 0 }, 'x') as object,
    { get: 0, set: 0, done: 0, value: 0, raw: 0 },
  ],
];

/** Names of members in these files stay: Kaluma's typings, and the settings, which are JSON. */
const TYPINGS = ['firmware/kaluma/typings.ts', 'firmware/settings.ts'];
/** Its fields, such as a sensor's, are in the settings' JSON too. */
const SCHEMA = 'board/config.schema.json';

export async function keptProperties(): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const value of LANGUAGE) {
    const own = typeof value === 'function' ? (value.prototype as object | undefined) : undefined;
    for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) keep(at, kept);
    if (own !== undefined) keep(own, kept);
  }
  for (const file of TYPINGS) {
    for (const name of await memberNames(readFileSync(file, 'utf8'))) kept.add(name);
  }
  // A reviver sees every property; those of an object named `properties` are names of fields.
  JSON.parse(readFileSync(SCHEMA, 'utf8'), (key, value: unknown) => {
    if (key === 'properties') for (const name of Object.keys(value as object)) kept.add(name);
    return value;
  });
  return kept;
}

/** The names of properties and methods in TypeScript's interfaces and object types. */
export async function memberNames(typings: string): Promise<Set<string>> {
  // Every command that may build imports this file, and loading TypeScript takes a second.
  const { default: ts } = await import('typescript');
  const names = new Set<string>();
  const visit = (node: TypedNode): void => {
    const isMember = ts.isPropertySignature(node) || ts.isMethodSignature(node);
    if (isMember && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('typings.ts', typings, ts.ScriptTarget.Latest));
  return names;
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

/** The name of a property that is literal in the code; null for any other node. */
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
