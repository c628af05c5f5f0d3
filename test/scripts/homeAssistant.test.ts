/** Checks Home Assistant's configs with the rules that it publishes, and on a broker that others wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { runCommand } from '../../scripts/lib/cli.ts';
import { provisionCommand } from '../../scripts/provision/command.ts';
import { discoveryConfigs, discoveryFilter, type DiscoveredBoard } from '../../scripts/provision/homeAssistant.ts';
import { encodeKeyPem, encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import { boardTopics } from '../../firmware/topics.ts';
import { byPassword, MOSQUITTO, startMosquitto } from '../interop/mosquitto.ts';
import { folder, missing } from '../interop/programs.ts';
import { retainedAt } from '../support/plainMqtt.ts';

const text = { type: 'string', minLength: 1 };
/** A topic to subscribe to: not empty, no NUL, wildcards for whole levels only. */
const topic = { type: 'string', pattern: '^[^+#\\u0000]+$' };
const template = { type: 'string', pattern: '^\\{\\{ .+ \\}\\}$' };

/** The fields of every entity. */
const COMMON = {
  name: text,
  state_topic: topic,
  value_template: template,
  unique_id: text,
  availability_topic: topic,
  availability_template: template,
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
};
const entity = {
  type: 'object',
  additionalProperties: false,
  required: ['state_topic', 'unique_id', 'name', 'device', 'origin', 'value_template'],
};

/**
 * The fields that Home Assistant accepts for a sensor and a binary sensor, copied from its own schemas (home-assistant/core,
 * homeassistant/components/mqtt: schemas.py, sensor.py, binary_sensor.py, config.py; components/sensor/const.py), as far as we
 * use them. It drops unknown fields; here they are errors.
 */
const SCHEMAS: Record<string, object> = {
  sensor: {
    ...entity,
    properties: {
      ...COMMON,
      device_class: { enum: ['temperature', 'humidity', 'atmospheric_pressure', 'duration', 'data_size'] },
      unit_of_measurement: text,
      state_class: { enum: ['measurement', 'total', 'total_increasing'] },
      suggested_display_precision: { type: 'integer', minimum: 0 },
      entity_category: { enum: ['diagnostic'] },
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
  },
  binary_sensor: {
    ...entity,
    properties: { ...COMMON, device_class: { enum: ['problem'] } },
  },
};

/** Its own pattern for discovery topics (discovery.py, TOPIC_MATCHER). */
const TOPIC = /^homeassistant\/(\w+)\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)\/config$/;

const board: DiscoveredBoard = {
  thing: 'kitchen:1',
  topics: boardTopics('kitchen/kitchen:1/temperature', 'kitchen:1', {}, { alarms: true }),
  sensors: [
    { name: 'fridge', measures: ['celsius'] },
    { name: 'room', measures: ['celsius', 'humidity', 'pressure'] },
  ],
  alarms: ['fridge above 8', 'fridge above 8.5', 'room below -12.5', 'room silent 900'],
  firmwareVersion: '0.1.0',
};

/** Evaluates a template for a board's message, as Home Assistant does; this one alone has a condition in parentheses. */
function stateOf(config: Record<string, unknown>, message: { active?: string[] }): string {
  const match = /^\{\{ \('ON' if '(.+)' in value_json\.active else 'OFF'\) if value_json\.active is defined \}\}$/.exec(
    String(config['value_template']),
  );
  assert.ok(match !== null, String(config['value_template']));
  if (message.active === undefined) return '';
  return message.active.includes(match[1]) ? 'ON' : 'OFF';
}

test('Home Assistant accepts each config, under a topic that it reads', () => {
  const ajv = new Ajv({ strict: false });
  const configs = [...discoveryConfigs(board)];
  assert.equal(configs.length, 4 + 8 + 4);
  const ids = new Set<unknown>();
  for (const [name, payload] of configs) {
    const [, component = ''] = TOPIC.exec(name) ?? [];
    assert.ok(Object.hasOwn(SCHEMAS, component), name);
    const validate = ajv.compile(SCHEMAS[component]);
    const config = JSON.parse(payload) as Record<string, unknown>;
    assert.ok(validate(config), `${name}: ${JSON.stringify(validate.errors)}`);
    ids.add(config['unique_id']);
    assert.deepEqual((config['device'] as { identifiers: unknown }).identifiers, ['pico-kitchen_kitchen_c1']);
    // The number of messages kept for a broker is bounded, and that holds for Home Assistant's discovery messages too.
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

test('an alarm is on while the retained message lists it, and stays as it is for other messages', () => {
  const config = JSON.parse(
    discoveryConfigs(board).get('homeassistant/binary_sensor/kitchen_c1/alarm_fridge_above_8_5/config') ?? '',
  ) as Record<string, unknown>;
  assert.equal(config['name'], 'fridge above 8.5');
  assert.equal(config['state_topic'], 'kitchen/kitchen:1/alarm');
  assert.equal(config['device_class'], 'problem');
  assert.equal(stateOf(config, { active: ['fridge above 8', 'fridge above 8.5'] }), 'ON');
  assert.equal(stateOf(config, { active: ['fridge above 8'] }), 'OFF');
  assert.equal(stateOf(config, {}), '');
});

test('topics that the config switched off are not announced', () => {
  const topics = { ...board.topics, status: null, health: null, alarm: null };
  const configs = [...discoveryConfigs({ ...board, topics }).values()];
  assert.equal(configs.length, 4);
  assert.ok(configs.every((payload) => !payload.includes('availability')));
});

test('boards whose names differ in a character only do not share entities', () => {
  const names = ['a:b', 'a_b', 'a_cb', 'a__b', 'a-b'];
  assert.equal(new Set(names.map(discoveryFilter)).size, names.length);
});

const skip = missing(...MOSQUITTO);
test(
  'configs on mosquitto are made, then kept, changed where the board changed, and removed',
  { skip, timeout: 120_000 },
  async () => {
    const put = await folder();
    const { key, certificates, anchor } = await makeServerChain({ kind: 'ecdsa', host: 'broker.test' });
    const chain = certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
    const user = { username: 'home', password: 'a throw-away password' };
    const access = await byPassword(put, user.username, user.password);
    const { broker, port } = await startMosquitto(put, { chain, key: encodeKeyPem(key) }, access);
    await put('root.pem', encodePem('CERTIFICATE', anchor));
    const boardFile = (type: string, alarms: object[]): Promise<string> =>
      put(
        'board.json',
        JSON.stringify({
          thing: 'kitchen-1',
          wifi: { ssid: 'home', password: '' },
          endpoint: { host: 'broker.test', port, ...user },
          tls: { anchors: ['root.pem'] },
          sensor: { type },
          alarms,
          telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
        }),
      );
    let file = await boardFile('bme280', [{ above: 30 }, { silentForSeconds: 900 }]);
    const run = async (...argv: string[]): Promise<string[]> => {
      let output = '';
      const sink = { write: (chunk: string) => (output += chunk) };
      const code = await runCommand(provisionCommand, {
        argv: ['--board', file, '--home-assistant', '--address', '127.0.0.1', ...argv],
        env: {},
        stdout: sink,
        stderr: sink,
      });
      assert.equal(code, 0, output);
      return output.trim().split('\n');
    };
    const retained = (): Promise<Map<string, string>> =>
      retainedAt({ port, anchor, host: 'broker.test', ...user }, 'homeassistant/#');
    const count = (lines: string[], done: string): number => lines.filter((line) => line.startsWith(done)).length;

    const made = await run();
    assert.equal(count(made, 'made'), 13, made.join('\n'));
    assert.equal((await retained()).size, 13);
    const kept = await run();
    assert.deepEqual([kept.length, count(kept, 'kept')], [13, 13]);

    // The other sensor measures less, and one alarm is another: the entities that are not there any more go.
    file = await boardFile('tmp117', [{ above: 30 }, { above: 31 }]);
    const changed = await run();
    const counts = ['kept', 'made', 'removed'].map((done) => count(changed, done));
    assert.deepEqual(counts, [10, 1, 3], changed.join('\n'));
    const removed = await run('--remove');
    assert.deepEqual([removed.length, count(removed, 'removed')], [11, 11]);
    assert.equal((await retained()).size, 0);
    broker.kill();
  },
);
