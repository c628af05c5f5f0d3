/**
 * No command ends with an error of the program, whatever a person writes into a config or has as a file: the tests do with
 * configs, and the files that they name, everything that the commands do, with each field of the schema replaced, and with
 * damaged keys and certificates. A refusal must be a UserError, which has one line.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CertificateError } from '../../src/index.ts';
import { describeBoard, readBoardConfig, readConfigForBoard, type BoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { BOARD_SCHEMA } from '../../scripts/config/schema.ts';
import { targetOf } from '../../scripts/config/target.ts';
import { topicsOf } from '../../scripts/config/topics.ts';
import { chainCauses } from '../../scripts/doctor/chainCauses.ts';
import { doctorCommand } from '../../scripts/doctor/command.ts';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import { boardModule, partsOf } from '../../scripts/image/program.ts';
import { boardSettings, settingsText } from '../../scripts/image/settings.ts';
import { encodePem } from '../../scripts/lib/certificates.ts';
import { runCommand, UserError } from '../../scripts/lib/cli.ts';
import { nameForPeople } from '../../scripts/lib/names.ts';
import { certificatesIn } from '../../scripts/lib/pemFile.ts';
import { policyDocument, policyName } from '../../scripts/provision/policy.ts';
import { shapeOf } from '../../scripts/report/shape.ts';
import { watchedTopics } from '../../scripts/watch/topics.ts';
import { mutate } from '../fuzz/mutations.ts';
import { SeededRandom } from '../support/random.ts';

const root = mkdtempSync(join(tmpdir(), 'any-input-'));
after(() => rmSync(root, { recursive: true }));

let folder: EndpointFolder;
/** A config in which every field of the schema stands, and one with a single sensor. */
let configs: object[];

before(async () => {
  folder = await prepareFolder({ folder: root, kind: 'ecdsa', host: 'broker.home.lan' });
  const written = folder.writeBoardConfig(1, 60);
  delete written.sensor;
  const full = {
    ...written,
    endpoint: { ...written.endpoint, alpn: 'mqtt', jobs: true, username: 'u', password: 'p', keepAliveSeconds: 60 },
    sensors: [
      { name: 'chip', type: 'rp2040', offsetCelsius: 1 },
      { name: 'room', type: 'sht4x', bus: 0, sda: 4, scl: 5, address: 68, offsetCelsius: 1 },
      { name: 'fridge', type: 'ds18b20', pin: 15, id: '28-0316a2794aff', offsetCelsius: 1 },
    ],
    alarms: [
      { sensor: 'room', above: 20, forSeconds: 60, hysteresis: 1 },
      { sensor: 'room', silentForSeconds: 300 },
      { sensor: 'room', below: 2 },
    ],
    telemetry: {
      topic: 'k/{thing}/{sensor}',
      intervalSeconds: 60,
      status: 'a',
      health: 'b',
      command: 'c',
      reply: 'd',
      alarm: 'e',
      shadow: true,
    },
    time: { servers: ['ntp.home.lan'] },
  };
  configs = [full, { ...written, sensor: { type: 'tmp117', bus: 0, sda: 4, scl: 5, address: 72, offsetCelsius: 1 } }];
});

/** Values in place of a field: wrong types, empty ones, huge ones, and texts with a special meaning to some program. */
const INSTEAD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  '0',
  'x'.repeat(100_000),
  '\u0000',
  '\ud800',
  '\u{1f321}'.repeat(40),
  '{thing}',
  '{sensor}',
  '{',
  '$aws/things/x/shadow/update',
  '../..',
  '/dev/null',
  '/',
  'aws',
  'constructor',
  '__proto__',
  '127.0.0.1',
  '999.1.1.1',
  'a..b',
  '-----BEGIN PRIVATE KEY-----',
  'rp2040',
  'bme280',
  'ds18b20',
  [],
  [null],
  [[]],
  Array.from({ length: 300 }, () => 'x'),
  {},
  { type: 'rp2040' },
  { constructor: 1 },
  JSON.parse('{"__proto__":{"type":"rp2040"}}'),
];

type Path = readonly (string | number)[];

/** The places of all values in a config, objects and lists too. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? value.map((item, i) => [i, item] as const) : Object.entries(value);
  return [path, ...entries.flatMap(([key, item]) => placesIn(item, [...path, key]))];
}

/** @param instead undefined removes it */
function replaced(value: unknown, [key, ...rest]: Path, instead: unknown): unknown {
  if (key === undefined) return instead;
  const copy = (Array.isArray(value) ? (value as unknown[]).slice() : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[key] = replaced(copy[key], rest, instead);
  if (rest.length === 0 && instead === undefined) delete copy[key];
  return copy;
}

/** Does everything that commands do with a config. @returns why it is refused; null if it is not */
function goThrough(file: string): string | null {
  try {
    const config = readBoardConfig(file);
    shapeOf(JSON.parse(readFileSync(file, 'utf8')));
    describeBoard(config);
    boardModule(partsOf(config).sensors, '1', 1, partsOf(config).extras);
    watchedTopics(config).match('k/kitchen-1/room');
    readConfigForBoard(file);
    const files = readBoardFiles(config, file, Date.now());
    settingsText(boardSettings(config, files, Date.now()));
    targetOf(config, files);
    policyName(config.thing);
    policyDocument('arn:aws:iot:eu-west-1:1', config, topicsOf(config));
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
}

function putConfig(value: unknown): string {
  const file = join(root, 'tried.json');
  writeFileSync(file, JSON.stringify(value) ?? 'undefined');
  return file;
}

void describe('the commands, with any input that a person may have', () => {
  test('the configs that the tests change are good, and have every field of the schema', () => {
    for (const config of configs) assert.equal(goThrough(putConfig(config)), null);
    const names = new Set(configs.flatMap((config) => placesIn(config).map((path) => path.at(-1))));
    const fields = (schema: object): string[] =>
      Object.entries(schema).flatMap(([key, value]) =>
        key === 'properties'
          ? [...Object.keys(value as object), ...Object.values(value as object).flatMap(fields)]
          : typeof value === 'object' && value !== null
            ? fields(value as object)
            : [],
      );
    assert.deepEqual(
      fields(BOARD_SCHEMA).filter((name) => !names.has(name)),
      [],
    );
  });

  test('a config in which any field is replaced or left out is accepted, or refused in one line', () => {
    let refused = 0;
    let taken = 0;
    for (const config of configs) {
      for (const path of placesIn(config)) {
        for (const instead of [...INSTEAD, undefined]) {
          const file = putConfig(replaced(config, path, instead));
          try {
            if (goThrough(file) === null) taken += 1;
            else refused += 1;
          } catch (error) {
            throw new Error(`${path.join('.')}: ${JSON.stringify(instead)?.slice(0, 60)}`, { cause: error });
          }
        }
      }
    }
    assert.ok(refused > 1000 && taken > 100, `${refused} refused, ${taken} taken`);
  });

  test('a config that is no JSON, no text or no file is refused in one line', () => {
    const whole = JSON.stringify(configs[0]);
    const texts = [
      '',
      ' ',
      '{',
      '[]',
      '1',
      'null',
      '"',
      '\ufeff{}',
      `${whole}x`,
      '[['.repeat(50_000),
      '{"a":'.repeat(50_000),
    ];
    for (let length = 0; length < whole.length; length += 97) texts.push(whole.slice(0, length));
    const file = join(root, 'no.json');
    for (const text of texts) {
      writeFileSync(file, text);
      assert.notEqual(goThrough(file), null, text.slice(0, 40));
      writeFileSync(file, Buffer.from(text, 'utf16le'));
      assert.notEqual(goThrough(file), null, text.slice(0, 40));
    }
    writeFileSync(file, new SeededRandom(70).bytes(5000));
    assert.notEqual(goThrough(file), null);
    for (const path of [
      root,
      '/dev/null',
      join(file, 'below'),
      join(root, 'missing', 'x'),
      `${root}/\u0000`,
      'x'.repeat(5000),
    ]) {
      assert.notEqual(goThrough(path), null, path.slice(0, 60));
    }
  });

  test('doctor ends well or in one line with a value of each kind in each field', async () => {
    for (const [i, path] of placesIn(configs[0]).entries()) {
      const file = putConfig(replaced(configs[0], path, INSTEAD[(7 * i) % INSTEAD.length]));
      const said: string[] = [];
      const sink = { write: (text: string) => said.push(text) };
      const argv = ['--board', file, '--address', '127.0.0.1', '--timeout', '1'];
      const code = await runCommand(doctorCommand, { argv, env: {}, stdout: sink, stderr: sink });
      assert.equal(code, 1, `${path.join('.')}: ${said.join('')}`);
    }
  });

  test('damaged keys and certificates, folders and missing files that a config names are refused in one line', () => {
    const random = new SeededRandom(14);
    const device = readFileSync(join(root, 'device.crt.pem'));
    const [der] = certificatesIn(device);
    const key = readFileSync(join(root, 'device.key.pem'));
    const keyDer = Buffer.from(key.toString().replace(/-----.*?-----|\s/g, ''), 'base64');
    const anchors = [
      ...certificatesIn(readFileSync('board/certs/AmazonRootCA1.pem')),
      ...certificatesIn(readFileSync('board/certs/AmazonRootCA4.pem')),
      ...certificatesIn(readFileSync(folder.anchorFile)),
    ];
    const source = { random, others: [...anchors, der], splitters: [] };
    const pem = (label: string, bytes: Uint8Array): string => encodePem(label, Buffer.from(bytes));
    const file = putConfig(configs[0]);
    const tryAs = (field: 'anchors' | 'certificate' | 'key', content: Uint8Array | string): string | null => {
      writeFileSync(join(root, 'tried.pem'), content);
      const name = field === 'anchors' ? ['tried.pem'] : 'tried.pem';
      writeFileSync(file, JSON.stringify(replaced(configs[0], ['tls', field], name)));
      return goThrough(file);
    };
    let taken = 0;
    for (let i = 0; i < 120; i++) {
      const anchor = mutate(anchors[i % anchors.length], source);
      if (tryAs('anchors', pem('CERTIFICATE', anchor)) === null) taken += 1;
      tryAs('certificate', pem('CERTIFICATE', mutate(der, source)));
      tryAs('key', pem('PRIVATE KEY', mutate(keyDer, source)));
      // The text itself.
      tryAs('anchors', mutate(device, source));
      tryAs('certificate', mutate(device, source));
      tryAs('key', mutate(key, source));
    }
    assert.ok(taken > 4 && taken < 116, `${taken} damaged anchors taken`);
    mkdirSync(join(root, 'folder'));
    for (const name of ['folder', '.', '/dev/null', 'missing', 'device.crt.pem/below', '\u0000', 'x'.repeat(5000)]) {
      for (const field of ['certificate', 'key'] as const) {
        writeFileSync(file, JSON.stringify(replaced(configs[0], ['tls', field], name)));
        assert.notEqual(goThrough(file), null, name.slice(0, 60));
      }
      writeFileSync(file, JSON.stringify(replaced(configs[0], ['tls', 'anchors'], [name])));
      assert.notEqual(goThrough(file), null, name.slice(0, 60));
    }
  });

  test("doctor gives a cause for every way in which a server's chain may be damaged", () => {
    const random = new SeededRandom(15);
    const chain = certificatesIn(Buffer.from(folder.chain));
    const config: BoardConfig = readBoardConfig(putConfig(configs[0]));
    const reasons = ['unknown_issuer', 'wrong_name', 'expired', 'unsupported', 'malformed', 'bad_signature'] as const;
    for (let i = 0; i < 200; i++) {
      const shown = chain.map((der) => mutate(der, { random, others: chain, splitters: [] })).slice(random.below(3));
      const error = new CertificateError(reasons[i % reasons.length], 'x');
      chainCauses(error, config, shown);
      for (const der of shown) {
        try {
          nameForPeople(der);
        } catch (problem) {
          assert.ok(problem instanceof Error);
        }
      }
    }
  });
});
