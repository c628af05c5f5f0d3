import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  checkBoardConfig,
  isAws,
  readBoardConfig,
  readCompleteConfig,
  readConfigForBoard,
} from '../../scripts/config/config.ts';
import { ConfigError } from '../../scripts/config/errors.ts';
import { BOARD_SCHEMA } from '../../scripts/config/schema.ts';
import { alarmsOf } from '../../scripts/config/alarms.ts';
import { sensorsOf } from '../../scripts/config/sensors.ts';
import { readingTopics, telemetryTopic, topicsOf } from '../../scripts/config/topics.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
after(() => rmSync(folder, { recursive: true }));

type Fields = Record<string, unknown>;
type Json = Fields & Record<'wifi' | 'endpoint' | 'tls' | 'telemetry', Fields>;
const example = (): Json => JSON.parse(readFileSync('board/config.example.json', 'utf8')) as Json;

/** The error, of one line, for a changed example. */
function refusal(change: (config: Json) => void): string {
  const config = example();
  change(config);
  try {
    checkBoardConfig(config, 'board/config.json');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  assert.fail('the config was taken');
}

test('board/config.schema.json is the declaration: node --import ./scripts/typescript.js scripts/generate/configSchema.ts writes it', () => {
  assert.deepEqual(JSON.parse(readFileSync('board/config.schema.json', 'utf8')), BOARD_SCHEMA);
});

test('the example is a valid config', () => {
  const config = readBoardConfig('board/config.example.json');
  assert.equal(config.endpoint.keepAliveSeconds, 120);
  assert.equal(telemetryTopic(config), 'kitchen/kitchen-1/temperature');
  assert.ok(isAws(config));
  assert.throws(
    () => readCompleteConfig('board/config.example.json'),
    /endpoint\.host: found the example's .*provision/,
  );
});

test('sensors get the pins of their bus', () => {
  for (const [bus, sda, scl] of [
    [0, 4, 5],
    [1, 6, 7],
  ]) {
    const config = checkBoardConfig({ ...example(), sensor: { type: 'tmp117', bus } }, 'f');
    assert.deepEqual(config.sensor, { type: 'tmp117', bus, sda, scl, offsetCelsius: 0 });
  }
  const config = checkBoardConfig({ ...example(), sensor: { type: 'bme280', bus: 1, sda: 2, scl: 3 } }, 'f');
  assert.deepEqual(config.sensor, { type: 'bme280', bus: 1, sda: 2, scl: 3, offsetCelsius: 0 });
});

test('pins that the bus cannot use, or the Pico W has taken, are refused', () => {
  const cases: [sensor: Fields, RegExp][] = [
    [
      { type: 'tmp117', sda: 5, scl: 4 },
      /: sensor\.sda: found 5, which is SCL of bus 0; wanted SDA of bus 0: 0, 4, 8, 12, 16 or 20$/,
    ],
    [{ type: 'tmp117', sda: 2 }, /: sensor\.sda: found 2, which is SDA of bus 1; wanted SDA of bus 0: /],
    [{ type: 'tmp117', bus: 1, sda: 22 }, /: sensor\.sda: found 22, which is taken .* bus 1: 2, 6, 10, 14, 18 or 26$/],
    [{ type: 'tmp117', scl: 25 }, /: sensor\.scl: found 25, .*; wanted SCL of bus 0: 1, 5, 9, 13, 17 or 21$/],
    [{ type: 'tmp117', bus: 1, scl: 23 }, /: sensor\.scl: found 23, .*; wanted SCL of bus 1: 3, 7, 11, 15, 19 or 27$/],
    [{ type: 'tmp117', sda: 28 }, /: sensor\.sda: found 28; wanted: .*0, 4, 8, 12, 16 or 20/],
    ...[22, 23, 24, 25, 29].map((pin): [Fields, RegExp] => [
      { type: 'ds18b20', pin },
      new RegExp(`: sensor\\.pin: found ${pin}; wanted: .*0 to 21 or 26 to 28`),
    ]),
  ];
  for (const [sensor, pattern] of cases) {
    assert.match(
      refusal((c) => ((c as Fields).sensor = sensor)),
      pattern,
    );
  }
  assert.match(
    refusal((c) => ((c as Fields).sensor = { type: 'ds18s20', id: '28-0316a2794aff' })),
    /: sensor\.id: found "28-0316a2794aff"; the id of a DS18S20 begins with 10-$/,
  );
  assert.match(
    refusal((c) => ((c as Fields).sensor = { type: 'ds18b20', id: '28-0316A2794AFF' })),
    /: sensor\.id: found .*; wanted: The sensor's own number, such as 28-0316a2794aff/,
  );
  for (const pin of [0, 15, 21, 26, 28]) checkBoardConfig({ ...example(), sensor: { type: 'ds18b20', pin } }, 'f');
  checkBoardConfig({ ...example(), sensor: { type: 'sht4x', sda: 20, scl: 21 } }, 'f');
});

test("the readings' topic differs from the board's other topics", () => {
  for (const use of ['status', 'health', 'command', 'reply']) {
    for (const topic of [`kitchen/{thing}/${use}`, `kitchen/kitchen-1/${use}`, `{thing}/${use}`]) {
      assert.match(
        refusal((c) => (c.telemetry.topic = topic)),
        new RegExp(`: telemetry\\.topic: found "${topic}"; the board's ${use} has this topic; wanted another`),
      );
    }
  }
  checkBoardConfig({ ...example(), telemetry: { topic: 'all/status', intervalSeconds: 60 } }, 'f');
});

test('each mistake is answered with the file, the field, what was found and what is wanted', () => {
  const cases: [change: (config: Json) => void, RegExp][] = [
    [
      (c) => (c.endpoint.host = 'https://x.amazonaws.com'),
      /^board\/config\.json: endpoint\.host: found "https:.*Host name only/,
    ],
    [(c) => (c.endpoint.host = 'x.amazonaws.com:8883'), /endpoint\.host: found ".*:8883".*Host name only/],
    [(c) => (c.endpoint.host = '10.0.0.256'), /endpoint\.host: found "10\.0\.0\.256"; wanted .* IPv4 address of four/],
    [(c) => (c.time = { servers: [] }), /time\.servers: found an empty array; wanted: 1 to 8 time servers/],
    [(c) => (c.time = { servers: ['a', 'ntp.local'] }), /time\.servers\[1\]: found "ntp\.local": .*multicast DNS/],
    [(c) => (c.endpoint.port = 65536), /endpoint\.port: found 65536.*from 1 to 65535/],
    [(c) => (c.endpoint.port = 0), /endpoint\.port: found 0/],
    [(c) => (c.endpoint.port = '8883'), /endpoint\.port: found "8883"; wanted an integer/],
    [(c) => (c.endpoint.password = 'x'), /endpoint\.username: missing, though endpoint\.password is given/],
    [(c) => (c.endpoint.keepAliveSeconds = 29), /endpoint\.keepAliveSeconds: found 29.*30 to 1200/],
    [(c) => (c.wifi.ssid = ''), /wifi\.ssid: found ""; wanted: .*1 to 32 bytes/],
    [(c) => (c.wifi.ssid = 'ü'.repeat(17)), /wifi\.ssid: found 34 bytes in UTF-8; wanted at most 32/],
    [(c) => (c.wifi.colour = 'red'), /wifi\.colour: unknown field; known here: ssid, password/],
    [
      (c) => (c.wifi = { ssid: 'x', passwort: 'y', x: 1 }),
      /wifi\.password: missing; wanted: .*network; found the unknown field passwort, x$/,
    ],
    [(c) => (c.wifi = { ssid: 'x' }), /wifi\.password: missing; wanted: [^;]*$/],
    [(c) => (c.tls.anchors = 5), /: tls\.anchors: found a number; wanted an array: Files of root/],
    [(c) => (c.sensor = { type: 'tmp117', bus: 2 }), /: sensor\.bus: found 2; wanted: I2C bus, 0 or 1\.$/],
    [(c) => (c.sensor = { type: 'tmp117', address: 7 }), /: sensor\.address: found 7; wanted: .* 8 to 119 in decimal/],
    [
      (c) => (c.sensor = { type: 'bme280', address: '0x77' }),
      /: sensor\.address: found "0x77"; wanted an integer: .* 8 to 119 in decimal.*usual one; 0x77 is 119$/,
    ],
    [
      (c) => (c.sensor = { type: 'rp2040', offsetCelsius: 31 }),
      /: sensor\.offsetCelsius: found 31; wanted: .* -30 to 30/,
    ],
    [(c) => (c.colour = 'red'), /: colour: unknown field; known here: .*telemetry/],
    [(c) => delete c.thing, /: thing: missing; wanted: .*AWS IoT thing name/],
    [(c) => (c.thing = 'my kitchen'), /: thing: found "my kitchen"; wanted: .*a-z/],
    [(c) => delete c.tls.key, /: tls\.key: missing, though tls\.certificate is given/],
    [(c) => (c.tls.anchors = []), /: tls\.anchors: found an empty array; wanted: .*root certificates/],
    [(c) => (c.sensor = { type: 'lm75' }), /: sensor\.type: found "lm75"; wanted rp2040, tmp117/],
    [(c) => (c.sensor = {}), /: sensor\.type: missing; wanted: rp2040, tmp117/],
    [(c) => (c.sensor = { type: 'rp2040', pin: 3 }), /: sensor\.pin: unknown field; known here: type, offsetCelsius/],
    [(c) => (c.telemetry.topic = 'kitchen/{device}'), /: telemetry\.topic: found "kitchen\/\{device\}"; .*\{thing\}/],
    [(c) => (c.telemetry.topic = 'kitchen/#'), /: telemetry\.topic: .*no \+, #/],
    [(c) => (c.telemetry.topic = '1/2/3/4/5/6/7/8/9'), /: telemetry\.topic: .*at most 7 slashes/],
    [(c) => (c.telemetry.topic = 'x'.repeat(257)), /: telemetry\.topic: .*at most 256 bytes/],
    [(c) => (c.telemetry.intervalSeconds = 0.5), /: telemetry\.intervalSeconds: found 0\.5; wanted an integer/],
  ];
  for (const [change, pattern] of cases) assert.match(refusal(change), pattern);
});

test('names, pins, addresses and ids of several sensors that exclude each other are refused', () => {
  const with_ =
    (...sensors: Fields[]) =>
    (c: Json): void => {
      delete c.sensor;
      c.sensors = sensors;
    };
  const [A, B] = ['28-0316a2794aff', '28-00000d4e2b8c'];
  const one = { name: 'a', type: 'ds18b20', id: A };
  const config = example();
  with_(
    one,
    { name: 'b', type: 'ds18b20', id: B },
    { name: 'c', type: 'sht4x' },
    { name: 'd', type: 'tmp117', bus: 1 },
  )(config);
  const sensors = sensorsOf(checkBoardConfig(config, 'f'));
  assert.deepEqual(
    sensors.map(({ name, sensor }) => [name, 'sda' in sensor ? sensor.sda : null]),
    [
      ['a', null],
      ['b', null],
      ['c', 4],
      ['d', 6],
    ],
  );
  const cases: [change: (config: Json) => void, RegExp][] = [
    [(c) => delete c.sensor, /: sensor: missing; wanted: the sensor of the board, or sensors/],
    [(c) => (c.sensors = [{ name: 'a', type: 'rp2040' }]), /: sensors: found beside sensor; give one of the two/],
    [with_(), /: sensors: found an empty array; wanted: .*1 to 4 sensors/],
    [with_({ type: 'rp2040' }), /: sensors\[0\]\.name: missing; wanted: Name of the sensor/],
    [
      with_({ name: 'my fridge', type: 'rp2040' }),
      /: sensors\[0\]\.name: found "my fridge"; wanted: Name of the sensor/,
    ],
    [with_({ name: 'a', type: 'lm75' }), /: sensors\[0\]\.type: found "lm75"; wanted rp2040, /],
    [with_(one, { ...one, id: B }), /: sensors\[1\]\.name: found "a", as in sensors\[0\]; wanted another$/],
    [with_(one, { ...one, name: 'b' }), /: sensors\[1\]\.id: found "28-0316a2794aff", as in sensors\[0\]$/],
    [with_(one, { name: 'b', type: 'ds18b20' }), /: sensors\[1\]\.id: missing, though sensors\[0\] is on this wire/],
    [with_({ name: 'b', type: 'ds18s20', id: A }), /: sensors\[0\]\.id: .*; the id of a DS18S20 begins with 10-$/],
    [with_({ name: 'a', type: 'rp2040' }, { name: 'b', type: 'rp2040' }), /: sensors\[1\]\.type: the chip has one/],
    [
      with_({ name: 'a', type: 'tmp117' }, { name: 'b', type: 'tmp117' }),
      /: sensors\[1\]\.address: sensors\[0\] has 72 on this bus too; wanted another, such as 73, 74 or 75$/,
    ],
    [
      with_({ name: 'a', type: 'tmp117' }, { name: 'b', type: 'sht4x', sda: 8, scl: 9 }),
      /: sensors\[1\]\.sda: found 8, and 4 in sensors\[0\]; a bus has the same pins for all its sensors$/,
    ],
    [
      with_({ name: 'a', type: 'tmp117' }, { ...one, name: 'b', pin: 5 }),
      /: sensors\[1\]\.pin: found 5, which is a pin of/,
    ],
    [with_({ ...one, pin: 4 }, { name: 'b', type: 'tmp117' }), /: sensors\[1\]\.sda: found 4, which is the wire of/],
    [with_({ name: 'a', type: 'tmp117', sda: 2 }), /: sensors\[0\]\.sda: found 2, which is SDA of bus 1; wanted/],
    [
      (c) => (c.telemetry.topic = 'k/{thing}/{sensor}'),
      /: telemetry\.topic: .*; \{sensor\} is for configs with sensors/,
    ],
  ];
  for (const [change, pattern] of cases) assert.match(refusal(change), pattern);
  const { telemetry } = config;
  telemetry.topic = 'kitchen/{thing}/{sensor}/temperature';
  const checked = checkBoardConfig(config, 'f');
  assert.deepEqual(readingTopics(checked).slice(0, 2), [
    'kitchen/kitchen-1/a/temperature',
    'kitchen/kitchen-1/b/temperature',
  ]);
  assert.equal(topicsOf(checked).status, 'kitchen/kitchen-1/status');
});

test('an alarm is accepted if it has one condition, of a sensor that exists', () => {
  const cases: [alarms: Fields[], RegExp][] = [
    [[{}], /: alarms\[0\]: found 0 conditions; wanted one of above, below, silentForSeconds$/],
    [[{ above: 1, below: 0 }], /: alarms\[0\]: found 2 conditions/],
    [[{ sensor: 'x', above: 1 }], /: alarms\[0\]\.sensor: found "x"; the config has one sensor without a name$/],
    [[{ above: 1 }, { above: 1, forSeconds: 5 }], /: alarms\[1\]: the same as alarms\[0\]: above 1$/],
    [[{ above: 200 }], /: alarms\[0\]\.above: found 200; wanted: Degrees Celsius above/],
    [[{ silentForSeconds: 60 }], /: alarms\[0\]\.silentForSeconds: found 60; wanted more than the 60 s of/],
    [[{ silentForSeconds: 90, forSeconds: 5 }], /: alarms\[0\]\.forSeconds: found beside silentForSeconds/],
    [Array<Fields>(9).fill({ above: 1 }), /: alarms: found an array; wanted: .*at most 8\./],
  ];
  for (const [alarms, pattern] of cases) {
    assert.match(
      refusal((c) => ((c as Fields).alarms = alarms)),
      pattern,
    );
  }
  const sensors = [{ name: 'fridge', type: 'tmp117' }];
  const config = example();
  delete config.sensor;
  const value = { ...config, sensors, alarms: [{ sensor: 'fridge', above: 8, forSeconds: 1200 }] };
  const checked = checkBoardConfig(value, 'f');
  assert.deepEqual(alarmsOf(checked), [
    { id: 'fridge above 8', sensor: 0, condition: 'above', limit: 8, forSeconds: 1200, hysteresis: 0.5 },
  ]);
  assert.equal(topicsOf(checked).alarm, 'kitchen/kitchen-1/alarm');
  assert.throws(
    () => checkBoardConfig({ ...value, alarms: [{ above: 8 }] }, 'f'),
    /sensor: missing; wanted one of fridge/,
  );
});

test('every topic but that of the readings can be renamed or switched off', () => {
  const topics = (telemetry: Fields) => {
    const config = example();
    Object.assign(config.telemetry, telemetry);
    return topicsOf(checkBoardConfig(config, 'f'));
  };
  assert.equal(topics({}).status, 'kitchen/kitchen-1/status');
  const off = topics({ status: false, health: false, command: false, reply: false });
  assert.deepEqual([off.status, off.health, off.command, off.reply], [null, null, null, null]);
  assert.equal(topics({ status: 'state/{thing}' }).status, 'state/kitchen-1');
  const cases: [Fields, RegExp][] = [
    [
      { status: true },
      /: telemetry\.status: found true; wanted: MQTT topic of the board's status.*false switches it off/,
    ],
    [{ health: '' }, /: telemetry\.health: found ""; wanted: MQTT topic/],
    [{ command: 'all/#' }, /: telemetry\.command: found "all\/#"; a topic name has no \+, #/],
    [{ reply: 'x/{device}' }, /: telemetry\.reply: found "x\/\{device\}"; the only placeholder is \{thing\}/],
    [
      { health: 'kitchen/{thing}/status' },
      /: telemetry\.health: .*; the board's status has this topic; wanted another/,
    ],
    [{ reply: 'kitchen/{thing}/temperature' }, /: telemetry\.reply: .*; the board's readings have this topic/],
    [
      { topic: 'kitchen/{thing}/health' },
      /: telemetry\.topic: .*; the board's health has this topic; wanted another word/,
    ],
  ];
  for (const [telemetry, pattern] of cases) {
    assert.match(
      refusal((config) => Object.assign(config.telemetry, telemetry)),
      pattern,
    );
  }
});

test('no error shows a secret, wherever a person put it', () => {
  const base64 = `M${'hush'.repeat(40)}`;
  const cases: [change: (config: Fields) => unknown, RegExp][] = [
    [(c) => (c.wifi = ['home', 'hush hush']), /: wifi: found an array; wanted an object/],
    [(c) => (c.wifi = 'home:hush'), /: wifi: found a string; wanted an object/],
    [(c) => (c.wifi = { ssid: ['hush'], password: '' }), /: wifi\.ssid: found an array; wanted/],
    [(c) => (c.wifi = { ssid: 'home', password: 'hush' }), /: wifi\.password: the value is not usable; wanted/],
    [(c) => (c.wifi = { ssid: 'home', password: ['hush'] }), /: wifi\.password: found an array; wanted/],
    [(c) => (c.endpoint = 'mqtts://u:hush@host'), /: endpoint: found a string; wanted an object/],
    [(c) => (c.endpoint = { host: 'mqtts://u:hush@x', port: 1 }), /: endpoint\.host: found "mqtts:\/\/\.\.\.@x"; /],
    [(c) => (c.endpoint = { host: 'x', port: { hush: 'hush' } }), /: endpoint\.port: found an object; wanted/],
    [(c) => (c.endpoint = { host: 'x', port: 1, username: ['hush'] }), /: endpoint\.username: found an array; wanted/],
    [
      (c) => (c.endpoint = { host: 'x', port: 1, username: 'x', password: 555 }),
      /: endpoint\.password: found a number;/,
    ],
    [(c) => (c.tls = '-----BEGIN hush'), /: tls: found a string; wanted an object/],
    [(c) => (c.tls = { anchors: 'hush' }), /: tls\.anchors: found a string; wanted/],
    [(c) => (c.tls = { anchors: ['x'], certificate: 'x', key: ['hush'] }), /: tls\.key: found an array; wanted/],
    [
      (c) => (c.tls = { anchors: ['x'], certificate: 'x', key: '-----BEGIN PRIVATE KEY-----hush' }),
      /: tls\.key: .*PEM/,
    ],
    [(c) => (c.tls = { anchors: ['x'], certificate: 'x', key: base64 }), /: tls\.key: .*PEM/],
    [
      (c) => (c.tls = { anchors: ['x'], certificate: 'hush\nhush', key: 'x' }),
      /: tls\.certificate: .*name of the file$/,
    ],
    [(c) => (c.tls = { anchors: ['x', '-----BEGIN hush'] }), /: tls\.anchors\[1\]: found the text of a PEM file; /],
    [(c) => (c.sensor = { type: { hush: 'hush' } }), /: sensor\.type: found an object; wanted/],
  ];
  for (const [change, pattern] of cases) {
    const message = refusal(change);
    assert.match(message, pattern);
    assert.doesNotMatch(message, /hush|555/);
  }
  assert.throws(() => checkBoardConfig([{ wifi: 'hush' }], 'f'), {
    message: /^f: found an array; wanted an object[^]*$/,
  });
  assert.throws(() => checkBoardConfig('hush', 'f'), { message: /^f: found a string; / });
});

test('an error names a file that is missing, empty or not JSON', () => {
  assert.throws(
    () => readBoardConfig('board/config.json.missing'),
    /^ConfigError: board\/config\.json\.missing: not found; npm run setup -- --board \S+\.missing makes one$/,
  );
  const file = join(folder, 'bad.json');
  for (const [text, problem] of [
    ['', / in line 1, column 1: Unexpected end of file/],
    ['{\n  "thing": 1,}', / in line 2, column 13: JSON does not support trailing commas$/],
    ['{ "password": hush }', / in line 1, column 15: Unexpected word in JSON$/],
    ['{ "address": 0x77 }', / in line 1, column 14: Unexpected kind of number in JSON$/],
    ['{ "password": "x" "hush" }', / in line 1, column 19: Expected "," in JSON but found a word$/],
    [
      '{ "wifi": {\n  "ssid": "hush",\n  "ssid": "hush" } }',
      / "ssid" is there twice, again in line 3, column 3; keep one/,
    ],
    ['\ufeff{}', /: it begins with a byte order mark; save it as UTF-8 without one$/],
  ] as const) {
    writeFileSync(file, text);
    assert.throws(
      () => readBoardConfig(file),
      (error) =>
        error instanceof ConfigError &&
        problem.test(error.message) &&
        /bad\.json: ("ssid"|not valid JSON)(?!.*hush)/.test(error.message),
      text,
    );
  }
  assert.throws(() => readBoardConfig(folder), /cannot be read: it is a directory$/);
  for (const value of [null, [], 5, 'x']) {
    assert.throws(() => checkBoardConfig(value, 'f'), /^ConfigError: f: found .*; wanted an object/);
  }
});

test('a file in another encoding than UTF-8 is refused before its network gets another name', () => {
  const file = join(folder, 'encoded.json');
  const config = example();
  config.wifi.ssid = 'Küche';
  const text = JSON.stringify(config);
  const ascii = JSON.stringify(example());
  for (const bytes of [
    Buffer.from(text, 'latin1'),
    Buffer.from(text, 'utf16le'),
    Buffer.from(ascii, 'utf16le'),
    Buffer.from(`\ufeff${ascii}`, 'utf16le'),
  ]) {
    writeFileSync(file, bytes);
    assert.throws(() => readBoardConfig(file), { message: `${file}: not UTF-8; save it as UTF-8` });
  }
  writeFileSync(file, text);
  assert.equal(readBoardConfig(file).wifi.ssid, 'Küche');
});

test('an endpoint is accepted if the board can find it: as an address, or by a name that DNS knows', () => {
  const file = join(folder, 'endpoint.json');
  const read = (host: string): string => {
    writeFileSync(file, JSON.stringify({ ...example(), endpoint: { host, port: 8883 } }));
    return readConfigForBoard(file).endpoint.host;
  };
  for (const host of ['192.168.1.2', 'broker.example', 'my-pc', 'local.example']) assert.equal(read(host), host);
  assert.throws(() => read('localhost'), /endpoint\.host: localhost would be the board itself; use .*IPv4 address/);
  assert.throws(() => read('127.0.0.1'), /endpoint\.host: 127\.0\.0\.1 would be the board itself; /);
  assert.throws(() => read('HA.local'), /endpoint\.host: HA\.local is found by multicast DNS, which the board /);
});
