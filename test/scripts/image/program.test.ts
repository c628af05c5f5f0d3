/** The contents of a program's image, and of the settings beside it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_SECTOR } from '../../../firmware/layout.ts';
import type { BoardSettings } from '../../../firmware/settings.ts';
import { prepareFolder } from '../../../scripts/endpoint/folder.ts';
import { areaText, bootstrapText } from '../../../scripts/image/area.ts';
import { buildImage, buildProgram } from '../../../scripts/image/program.ts';
import type { SensorConfig } from '../../../scripts/config/schema.ts';
import { sensorSettings } from '../../../scripts/image/sensors.ts';
import { settingsText } from '../../../scripts/image/settings.ts';
import { SimulatedBoard } from '../../../scripts/simulator/simulatedBoard.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-'));
after(() => rmSync(folder, { recursive: true }));

/** Texts of the config that nobody else may learn, or that are of one board. */
const OWN = {
  thing: 'kitchen-4711',
  ssid: 'Network of the Kitchen',
  password: 'a secret of Wi-Fi',
  username: 'name at the broker',
  brokerPassword: 'a secret of the broker',
  host: 'endpoint.test',
  topic: 'somewhere/kitchen-4711/warmth',
};

let area = '';
let image = '';
before(async () => {
  const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: OWN.host });
  const config = prepared.writeBoardConfig(8883, 10);
  writeFileSync(
    prepared.boardFile,
    JSON.stringify({
      ...config,
      thing: OWN.thing,
      wifi: { ssid: OWN.ssid, password: OWN.password },
      endpoint: { ...config.endpoint, username: OWN.username, password: OWN.brokerPassword },
      telemetry: { topic: OWN.topic, intervalSeconds: 10 },
    }),
  );
  ({ code: area } = await buildProgram({ boardFile: prepared.boardFile, outDir: join(folder, 'dist') }));
  image = area.slice(SLOT_SECTOR * SECTOR);
});

/** Base64 of a PEM file's content, in pieces that do not depend on where they begin. */
function secretsOf(pem: string): string[] {
  const der = Buffer.from(pem.replace(/-----.*?-----|\s/g, ''), 'base64');
  return [0, 1, 2].flatMap((shift) => {
    const base64 = der.subarray(shift).toString('base64');
    return Array.from({ length: Math.floor(base64.length / 32) }, (_, i) => base64.slice(32 * i, 32 * i + 32));
  });
}

test('the image holds nothing that belongs to one board, and the settings beside it do', () => {
  const settings = area.slice(SETTINGS_SECTOR * SECTOR, SLOT_SECTOR * SECTOR);
  const key = /"privateKey":"([^"]+)"/.exec(settings)?.[1] ?? '';
  assert.equal(Buffer.from(key, 'base64').length, 32);
  const scalar = Buffer.from(key, 'base64').toString('hex');
  const files = ['device.key.pem', 'device.crt.pem', 'root-ecdsa.crt.pem'];
  const pems = files.flatMap((name) => secretsOf(readFileSync(join(folder, name), 'utf8')));
  assert.ok(pems.length > 30);
  for (const secret of [...Object.values(OWN), key, scalar, BigInt(`0x${scalar}`).toString(), ...pems]) {
    assert.ok(!image.includes(secret), `${secret} stands in the image`);
  }
  for (const text of Object.values(OWN)) assert.ok(settings.split(text).length >= 3, `${text}: in both copies`);
});

test('the flashed text is ASCII, and everything lies where the layout says', () => {
  assert.ok(Buffer.from(area).equals(Buffer.from(area, 'ascii')), 'Kaluma reads it as UTF-8');
  assert.equal(image.indexOf('\0'), image.length - 1, 'one NUL, at the end');
  assert.equal(area.slice(0, area.indexOf('\0')), bootstrapText());
  const copies = [0, 1].map((copy) => area.slice((SETTINGS_SECTOR + copy * SETTINGS_SECTORS) * SECTOR).split('\0')[0]);
  assert.equal(copies[0], copies[1]);
  assert.match(area.slice(SLOT_SECTOR * SECTOR), /^\/\*\[\d+,\d+,\d+\] +\n/);
});

test('a kept program equals one that is linked now, in every byte', async () => {
  const options = { sensors: ['rp2040', 'tmp117'], version: '3.2.1', now: 1_764_599_999_999 } as const;
  // Programs with plugins are always linked.
  const plugins = [{ name: 'none', setup: () => undefined }];
  const linked = await buildImage({ ...options, sensors: [...options.sensors], plugins });
  for (let i = 0; i < 2; i++) {
    const { text, lines } = await buildImage({ ...options, sensors: [...options.sensors] });
    assert.equal(text, linked.text);
    assert.deepEqual(lines, linked.lines);
    assert.equal(text.split(String(options.now)).length, 2, 'the build time is in it');
  }
});

test('one image serves boards with other settings', async () => {
  const { text } = await buildImage({ sensors: ['rp2040', 'tmp117'], version: '3.2.1', now: Date.now() });
  const pins = { bus: 0, sda: 4, scl: 5, offsetCelsius: 0 };
  for (const [type, log] of [
    ['tmp117', /INFO sensor tmp117/],
    ['rp2040', /INFO sensor rp2040/],
    ['sht4x', /no code for a sht4x in this program/],
  ] as const) {
    const json = area.slice(SETTINGS_SECTOR * SECTOR + 12).split('\0')[0];
    const settings = {
      ...(JSON.parse(json) as BoardSettings),
      sensors: [
        {
          ...sensorSettings((type === 'rp2040' ? { type, offsetCelsius: 0 } : { ...pins, type }) as SensorConfig),
          label: type,
        },
      ],
    };
    const board = new SimulatedBoard({ program: areaText(settingsText(settings), text), clock: 'virtual' });
    await board.run(2);
    assert.match(board.serial, log);
    board.close();
  }
});
