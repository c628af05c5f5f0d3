/** Compares the check of configs against their schema with Ajv's: the first fault, and the defaults that are filled in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { BOARD_SCHEMA } from '../../scripts/config/schema.ts';
import { findFault } from '../../scripts/config/schemaCheck.ts';
import { SeededRandom } from '../support/random.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const ajv = new Ajv({ useDefaults: true, discriminator: true, verbose: true, strict: false });
const validate = ajv.compile(BOARD_SCHEMA);

/** A config with every field of the schema, and one with a single sensor. */
const example = JSON.parse(readFileSync('board/config.example.json', 'utf8')) as { [name: string]: Json };
const { sensor: _sensor, ...rest } = example;
const CONFIGS: Json[] = [
  { ...example, sensor: { type: 'tmp117', bus: 1, sda: 6, scl: 7, address: 72, offsetCelsius: 1 } },
  {
    ...rest,
    endpoint: { host: 'h', port: 1, alpn: 'a', jobs: true, username: 'u', password: 'p', keepAliveSeconds: 60 },
    tls: { anchors: ['aws'], certificate: 'c', key: 'k' },
    sensors: [
      { name: 'chip', type: 'rp2040', offsetCelsius: 1 },
      { name: 'fridge', type: 'ds18b20', pin: 15, id: '28-0316a2794aff' },
      { name: 'room', type: 'bme280' },
    ],
    alarms: [
      { sensor: 'room', above: 20, forSeconds: 60, hysteresis: 1 },
      { silentForSeconds: 300, below: 2 },
    ],
    telemetry: { topic: 't', intervalSeconds: 60, status: 'a', health: false, alarm: 'e', shadow: true },
    time: { servers: ['ntp.home.lan'] },
  },
];

const VALUES: Json[] = [
  ...[null, true, false, 0, -1, 1.5, 15, 23, 1e300, '', 'x', 'a..b', '0x40', 'rp2040', 'tmp117', 'ds18b20', [], {}],
  ...[
    [''],
    ['x', 1],
    Array<Json>(20).fill('x'),
    { type: 'rp2040' },
    { type: 'none' },
    { name: 'a', type: 'ds18b20', pin: 23 },
  ],
  JSON.parse('{"__proto__":{"type":"rp2040"}}') as Json,
];

/** Changes a value at one place chosen at random: replaces it, removes it, or adds a field beside it. */
function change(value: Json, random: SeededRandom): Json {
  const any = (): Json => structuredClone(VALUES[random.below(VALUES.length)]);
  if (typeof value !== 'object' || value === null || random.below(6) === 0) return any();
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    return [...value.slice(0, at), change(value[at] ?? null, random), ...value.slice(at + 1)];
  }
  const names = Object.keys(value);
  const name = random.below(5) === 0 ? ['type', 'constructor', 'username', 'key', 'other'][random.below(5)] : null;
  if (name !== null || names.length === 0) return { ...value, [name ?? 'other']: any() };
  const chosen = names[random.below(names.length)];
  if (random.below(4) > 0) return { ...value, [chosen]: change(value[chosen], random) };
  return Object.fromEntries(Object.entries(value).filter(([field]) => field !== chosen));
}

test('a field that is undefined counts as one that is missing', () => {
  const config = { ...example, sensor: undefined, time: undefined };
  assert.equal(findFault(BOARD_SCHEMA, config), null);
  assert.ok(validate({ ...example, sensor: undefined, time: undefined }));
  assert.ok(Array.isArray((config.time as unknown as { servers: unknown }).servers), 'the default is filled in');
});

test('the first fault of 5,000 changed configs, and the defaults of the good ones, are those of Ajv', () => {
  const faults = new Map<string, number>();
  for (let seed = 1; seed <= 5000; seed++) {
    const random = new SeededRandom(seed * 7919);
    let config = CONFIGS[seed % CONFIGS.length];
    for (let changes = random.below(3); changes >= 0; changes--) config = change(config, random);
    const [ours, theirs] = [structuredClone(config), structuredClone(config)];
    const found = findFault(BOARD_SCHEMA, ours);
    validate(theirs);
    const wanted = validate.errors?.[0];
    const text = JSON.stringify(config);
    assert.equal(found?.keyword, wanted?.keyword, text);
    faults.set(found?.keyword ?? '', (faults.get(found?.keyword ?? '') ?? 0) + 1);
    if (found === null || wanted === undefined) {
      assert.deepEqual(ours, theirs, text);
      continue;
    }
    assert.equal(found.path.map((step) => `/${step}`).join(''), wanted.instancePath, text);
    assert.equal(found.schema.description, (wanted.parentSchema as { description?: string }).description, text);
    const params = wanted.params as { missingProperty?: string; additionalProperty?: string; property?: string };
    if (found.keyword === 'additionalProperties') assert.equal(found.property, params.additionalProperty, text);
    if (found.keyword === 'required') assert.equal(found.property, params.missingProperty, text);
    if (found.keyword === 'dependencies')
      assert.deepEqual([found.property, found.neededBy], [params.missingProperty, params.property], text);
  }
  // Every keyword that the schema uses was broken, and some configs stayed good.
  const used = JSON.stringify(BOARD_SCHEMA);
  for (const keyword of [
    '',
    'type',
    'minimum',
    'maximum',
    'minLength',
    'pattern',
    'const',
    'enum',
    'not',
    'minItems',
  ]) {
    assert.ok(faults.has(keyword) || !used.includes(`"${keyword}":`), `${keyword} was never broken`);
  }
  for (const keyword of ['maxItems', 'required', 'additionalProperties', 'dependencies', 'discriminator']) {
    assert.ok(faults.has(keyword), `${keyword} was never broken`);
  }
});
