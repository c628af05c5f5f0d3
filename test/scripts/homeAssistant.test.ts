/** Checks Home Assistant's configs with the rules that it publishes, and on a broker that others wrote. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Ajv } from 'ajv';
import { runCommand } from '../../scripts/lib/cli.ts';
import { provisionCommand } from '../../scripts/provision/command.ts';
import { discoveryConfigs, discoveryFilter, type DiscoveredBoard } from '../../scripts/provision/homeAssistant.ts';
import { encodeKeyPem, encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import { boardTopics } from '../../firmware/topics.ts';
import { readBroker } from '../support/readBroker.ts';
import { freePort, missing, Program } from '../interop/programs.ts';

const text = { type: 'string', minLength: 1 };
/** A topic to subscribe to: not empty, no NUL, wildcards for whole levels only. */
const topic = { type: 'string', pattern: '^[^+#\\u0000]+$' };
const template = { type: 'string', pattern: '^\\{\\{ .+ \\}\\}$' };

/**
 * What Home Assistant takes of a sensor, written down from its own schema (home-assistant/core,
 * homeassistant/components/mqtt: schemas.py, sensor.py, config.py; components/sensor/const.py), as far as we use it. It
 * drops what it does not know; we want to hear of it.
 */
const SENSOR = {
  type: 'object',
  additionalProperties: false,
  required: ['state_topic', 'unique_id', 'name', 'device', 'origin', 'value_template'],
  properties: {
    name: text,
    state_topic: topic,
    value_template: template,
    unique_id: text,
    availability_topic: topic,
    availability_template: template,
    device_class: { enum: ['temperature', 'humidity', 'atmospheric_pressure', 'duration', 'data_size'] },
    unit_of_measurement: text,
    state_class: { enum: ['measurement', 'total', 'total_increasing'] },
    suggested_display_precision: { type: 'integer', minimum: 0 },
    entity_category: { enum: ['diagnostic'] },
    device: {
      type: 'object',
      additionalProperties: false,
      // At least one of identifiers and connections.
      required: ['identifiers'],
      properties: {
        identifiers: { type: 'array', minItems: 1, items: text },
        name: text,
        manufacturer: text,
        model: text,
        sw_version: text,
      },
    },
    origin: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: text, sw_version: text },
    },
  },
  // The units that a device class takes; a text has neither unit nor state class.
  allOf: Object.entries({
    temperature: '°C',
    humidity: '%',
    atmospheric_pressure: 'hPa',
    duration: 's',
    data_size: 'B',
  }).map(([name, unit]) => ({
    if: { properties: { device_class: { const: name } }, required: ['device_class'] },
    then: { properties: { unit_of_measurement: { const: unit } }, required: ['unit_of_measurement', 'state_class'] },
  })),
};

/** Its own pattern for discovery topics (discovery.py, TOPIC_MATCHER). */
const TOPIC = /^homeassistant\/(\w+)\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)\/config$/;

const board: DiscoveredBoard = {
  thing: 'kitchen:1',
  topics: boardTopics('kitchen/kitchen:1/temperature', 'kitchen:1'),
  sensors: [
    { name: 'fridge', measures: ['celsius'] },
    { name: 'room', measures: ['celsius', 'humidity', 'pressure'] },
  ],
  firmwareVersion: '0.1.0',
};

test('each config is one that Home Assistant takes, under a topic that it reads', () => {
  const validate = new Ajv({ strict: false }).compile(SENSOR);
  const configs = [...discoveryConfigs(board)];
  assert.equal(configs.length, 4 + 8);
  const ids = new Set<unknown>();
  for (const [name, payload] of configs) {
    assert.equal(TOPIC.exec(name)?.[1], 'sensor', name);
    const config = JSON.parse(payload) as Record<string, unknown>;
    assert.ok(validate(config), `${name}: ${JSON.stringify(validate.errors)}`);
    ids.add(config['unique_id']);
    assert.deepEqual((config['device'] as { identifiers: unknown }).identifiers, ['pico-kitchen_kitchen_c1']);
    // What we keep for a broker is bounded, and Home Assistant's discovery messages are no exception.
    assert.ok(Buffer.byteLength(payload) < 2048);
  }
  assert.equal(ids.size, configs.length);
});

test('an entity takes the messages of its own sensor, and is there while the board is online', () => {
  const configs = discoveryConfigs(board);
  const config = JSON.parse(
    configs.get('homeassistant/sensor/kitchen_c1/room_humidity_percent/config') ?? '',
  ) as Record<string, unknown>;
  assert.equal(config['name'], 'room humidity');
  assert.equal(
    config['value_template'],
    "{{ value_json.humidity_percent if value_json.humidity_percent is defined and value_json.sensor == 'room' }}",
  );
  assert.equal(config['availability_topic'], 'kitchen/kitchen:1/status');
  assert.equal(config['availability_template'], '{{ value_json.state }}');
  assert.equal(config['state_topic'], 'kitchen/kitchen:1/temperature');
});

test('topics that the config switched off are not announced', () => {
  const topics = { ...board.topics, status: null, health: null };
  const configs = [...discoveryConfigs({ ...board, topics }).values()];
  assert.equal(configs.length, 4);
  assert.ok(configs.every((payload) => !payload.includes('availability')));
});

test('boards whose names differ in a character only do not share entities', () => {
  const names = ['a:b', 'a_b', 'a_cb', 'a__b', 'a-b'];
  assert.equal(new Set(names.map(discoveryFilter)).size, names.length);
});

const skip = missing('mosquitto', 'mosquitto_passwd');
test('on mosquitto: made, then kept, changed where it changed, removed', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'home-assistant-'));
  after(() => rmSync(folder, { recursive: true }));
  const { key, certificates, anchor } = await makeServerChain({ kind: 'ecdsa', host: 'broker.test' });
  const put = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const port = await freePort();
  const users = put('users', 'home:a throw-away password\n');
  await new Program('mosquitto_passwd', ['-U', users]).ends();
  const conf = [
    `listener ${port} 127.0.0.1`,
    `certfile ${put('chain.pem', certificates.map((der) => encodePem('CERTIFICATE', der)).join(''))}`,
    `keyfile ${put('key.pem', encodeKeyPem(key))}`,
    'user root',
    'allow_anonymous false',
    `password_file ${users}`,
    '',
  ];
  const broker = new Program('mosquitto', ['-c', put('mosquitto.conf', conf.join('\n'))]);
  await broker.says(/mosquitto version .* running/);
  put('root.pem', encodePem('CERTIFICATE', anchor));
  const config = (type: string): string =>
    put(
      'board.json',
      JSON.stringify({
        thing: 'kitchen-1',
        wifi: { ssid: 'home', password: '' },
        endpoint: { host: 'broker.test', port, username: 'home', password: 'a throw-away password' },
        tls: { anchors: ['root.pem'] },
        sensor: { type },
        telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
      }),
    );
  const run = async (...argv: string[]): Promise<string[]> => {
    let output = '';
    const sink = { write: (chunk: string) => (output += chunk) };
    const file = join(folder, 'board.json');
    const code = await runCommand(provisionCommand, {
      argv: ['--board', file, '--home-assistant', '--address', '127.0.0.1', ...argv],
      env: {},
      stdout: sink,
      stderr: sink,
    });
    assert.equal(code, 0, output);
    return output.trim().split('\n');
  };
  const count = (lines: string[], done: string): number => lines.filter((line) => line.startsWith(done)).length;

  config('bme280');
  const made = await run();
  assert.equal(count(made, 'made'), 11, made.join('\n'));
  const retained = await readBroker({
    port,
    anchor,
    host: 'broker.test',
    username: 'home',
    password: 'a throw-away password',
  });
  assert.equal(retained.size, 11);
  const kept = await run();
  assert.deepEqual([kept.length, count(kept, 'kept')], [11, 11]);

  // Another sensor measures less: what is not there any more goes.
  config('tmp117');
  const changed = await run();
  assert.deepEqual([count(changed, 'kept'), count(changed, 'removed')], [9, 2], changed.join('\n'));
  const removed = await run('--remove');
  assert.deepEqual([removed.length, count(removed, 'removed')], [9, 9]);
  const left = await readBroker({
    port,
    anchor,
    host: 'broker.test',
    username: 'home',
    password: 'a throw-away password',
  });
  assert.equal(left.size, 0);
  broker.kill();
});
