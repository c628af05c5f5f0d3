/**
 * The type of the values that a JSON Schema accepts, for the keywords that the board config's schema uses. A property
 * with a default is always present, because the validator fills it in.
 */
export type FromSchema<S> = S extends { const: infer Value }
  ? Value
  : S extends { enum: readonly (infer Value)[] }
    ? Value
    : S extends { oneOf: readonly (infer Variant)[] } | { anyOf: readonly (infer Variant)[] }
      ? Variant extends unknown
        ? FromSchema<Variant>
        : never
      : S extends { properties: infer Properties }
        ? Flat<
            { [Name in Given<S, Properties>]: FromSchema<Properties[Name]> } & {
              [Name in Exclude<keyof Properties, Given<S, Properties>>]?: FromSchema<Properties[Name]>;
            }
          >
        : S extends { type: 'array'; items: infer Item }
          ? FromSchema<Item>[]
          : S extends { type: 'string' }
            ? string
            : S extends { type: 'integer' | 'number' }
              ? number
              : S extends { type: 'boolean' }
                ? boolean
                : never;

/** Names of the properties that are required or have a default. */
type Given<S, Properties> =
  | (S extends { required: readonly (infer Name)[] } ? Extract<Name, keyof Properties> : never)
  | { [Name in keyof Properties]: Properties[Name] extends { default: unknown } ? Name : never }[keyof Properties];

/** Turns an intersection into a single object type. */
type Flat<T> = { [Name in keyof T]: T[Name] };
