/**
 * Checks a value against a JSON Schema, for the keywords that the config's schema uses, and fills in defaults. It finds
 * the first fault in the same order as Ajv, which the tests compare it with; Ajv would take each command 0.2 s to compile.
 */

/** The keywords of JSON Schema that are known here; others are annotations. */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  not?: Schema;
  anyOf?: readonly Schema[];
  /** With `discriminator`: one of these has the value's `type` in the `enum` of that property. */
  oneOf?: readonly Schema[];
  discriminator?: { propertyName: string };
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  required?: readonly string[];
  properties?: Record<string, Schema>;
  additionalProperties?: false;
  /** Properties that must be there if the named one is. */
  dependencies?: Record<string, readonly string[]>;
}

export interface SchemaFault {
  /** The keyword that the value breaks. */
  keyword: string;
  /** Names and indexes that lead to the value. */
  path: readonly (string | number)[];
  data: unknown;
  /** The schema that has the keyword. */
  schema: Schema;
  /** The property that is missing or unknown, and for `dependencies` the one that needs it. */
  property: string;
  neededBy: string;
}

type Found = SchemaFault | null;

/** @returns the first fault; null if there is none, and then `data` has its defaults */
export function findFault(schema: Schema, data: unknown, path: readonly (string | number)[] = []): Found {
  const fault = (keyword: keyof Schema, property = '', neededBy = ''): SchemaFault => {
    return { keyword, path, data, schema, property, neededBy };
  };
  if (schema.type !== undefined && !hasType(data, schema.type)) return fault('type');
  if (typeof data === 'number') {
    if (schema.maximum !== undefined && data > schema.maximum) return fault('maximum');
    if (schema.minimum !== undefined && data < schema.minimum) return fault('minimum');
  }
  if (typeof data === 'string') {
    if (schema.minLength !== undefined && data.length < schema.minLength) return fault('minLength');
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(data)) return fault('pattern');
  }
  if (schema.const !== undefined && data !== schema.const) return fault('const');
  if (schema.enum !== undefined && !schema.enum.includes(data)) return fault('enum');
  if (schema.not !== undefined && findFault(schema.not, data, path) === null) return fault('not');
  if (schema.anyOf !== undefined) {
    const faults = schema.anyOf.map((one) => findFault(one, data, path));
    if (!faults.includes(null)) return faults[0];
  }
  if (Array.isArray(data)) return inArray(schema, data, path, fault);
  return typeof data === 'object' && data !== null ? inObject(schema, data as Fields, path, fault) : null;
}

type Fields = Record<string, unknown>;
type Refuse = (keyword: keyof Schema, property?: string, neededBy?: string) => SchemaFault;

function hasType(data: unknown, type: NonNullable<Schema['type']>): boolean {
  if (type === 'array') return Array.isArray(data);
  if (type === 'object') return typeof data === 'object' && data !== null && !Array.isArray(data);
  if (type === 'integer') return Number.isInteger(data);
  return type === 'number' ? Number.isFinite(data) : typeof data === type;
}

function inArray(schema: Schema, data: unknown[], path: SchemaFault['path'], fault: Refuse): Found {
  if (schema.maxItems !== undefined && data.length > schema.maxItems) return fault('maxItems');
  if (schema.minItems !== undefined && data.length < schema.minItems) return fault('minItems');
  for (const [i, item] of data.entries()) {
    const found = schema.items === undefined ? null : findFault(schema.items, item, [...path, i]);
    if (found !== null) return found;
  }
  return null;
}

function inObject(schema: Schema, data: Fields, path: SchemaFault['path'], fault: Refuse): Found {
  // A value made in code may have fields that are undefined, which JSON leaves out.
  const has = (name: string): boolean => Object.hasOwn(data, name) && data[name] !== undefined;
  const properties = Object.entries(schema.properties ?? {});
  for (const [name, { default: preset }] of properties) {
    if (preset !== undefined && !has(name)) data[name] = structuredClone(preset);
  }
  const missing = schema.required?.find((name) => !has(name));
  if (missing !== undefined) return fault('required', missing);
  if (schema.additionalProperties === false) {
    const unknown = Object.keys(data).find((name) => !Object.hasOwn(schema.properties ?? {}, name));
    if (unknown !== undefined) return fault('additionalProperties', unknown);
  }
  for (const [name, needed] of Object.entries(schema.dependencies ?? {})) {
    const lacking = has(name) ? needed.find((other) => !has(other)) : undefined;
    if (lacking !== undefined) return fault('dependencies', lacking, name);
  }
  for (const [name, property] of properties) {
    const found = has(name) ? findFault(property, data[name], [...path, name]) : null;
    if (found !== null) return found;
  }
  if (schema.discriminator === undefined) return null;
  const { propertyName } = schema.discriminator;
  const variant = schema.oneOf?.find((one) => one.properties?.[propertyName].enum?.includes(data[propertyName]));
  return variant === undefined ? fault('discriminator') : findFault(variant, data, path);
}
