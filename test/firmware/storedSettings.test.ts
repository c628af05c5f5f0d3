import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc16 } from '../../firmware/crc16.ts';
import { asciiJson, loadSettings, SettingsError, textOf } from '../../firmware/storedSettings.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { boardTopics } from '../../firmware/topics.ts';
import { settingsText } from '../../scripts/image/settings.ts';
import { crc16 as bitByBit } from '../../scripts/serial/ymodem.ts';

const settings = (ssid: string): BoardSettings => ({
  made: 1_764_470_000,
  updateKeys: [],
  thing: 'kitchen-1',
  wifi: { ssid, password: 'correct horse' },
  endpoint: { host: 'endpoint.test', port: 8883, keepAliveSeconds: 60 },
  anchors: [],
  identity: null,
  timeServers: ['pool.ntp.org'],
  sensors: [{ type: 'rp2040', offsetCelsius: -1.5, label: 'RP2040' }],
  names: null,
  namesMark: 0,
  alarms: [],
  topics: boardTopics('kitchen/kitchen-1/temperature', 'kitchen-1'),
  intervalSeconds: 60,
});

/** Flash as it is read: bytes after the text are erased. */
const flash =
  (...copies: string[]) =>
  (copy: number): string =>
    textOf((length) => (copies[copy] ?? '').padEnd(length, '\xff').slice(0, length));

test('settings are read as they were written, whatever characters they contain', () => {
  const written = settings('K\u00fcche\u00c3\u00bc "1"');
  const text = settingsText(written);
  assert.match(text, /^\d{6} [0-9a-f]{4}\n[ -~]+$/, 'ASCII');
  assert.deepEqual(loadSettings(0, flash(text, text)), written);
  assert.deepEqual(loadSettings(1, flash('', text)), written);
});

test('settings in an update are read byte by byte, whatever characters are in them', () => {
  const sent = settings('K\u00fcche\u00c3\u00bc');
  assert.deepEqual(JSON.parse(Buffer.from(asciiJson(sent)).toString('latin1')), sent);
});

test('the preferred copy is used, or the other one if it is damaged', () => {
  const [one, other] = [settings('one'), settings('other')];
  const [a, b] = [settingsText(one), settingsText(other)];
  assert.deepEqual(loadSettings(0, flash(a, b)), one);
  assert.deepEqual(loadSettings(1, flash(a, b)), other);
  for (const at of [0, 3, 8, 12, 40, b.length - 1]) {
    const damaged = b.slice(0, at) + String.fromCharCode(b.charCodeAt(at) ^ 1) + b.slice(at + 1);
    assert.deepEqual(loadSettings(1, flash(a, damaged)), one, `byte ${at}`);
  }
  assert.deepEqual(loadSettings(1, flash(a, b.slice(0, 100))), one, 'cut short');
  assert.deepEqual(loadSettings(1, flash(a, '')), one, 'erased');
});

test('loading throws if neither copy of the settings is intact', () => {
  const text = settingsText(settings('one'));
  const [one, other] = [text.replace('one', 'onf'), text.replace('one', 'ond')];
  for (const copies of [
    ['', ''],
    [one, other],
    [one, ''],
  ]) {
    assert.throws(() => loadSettings(0, flash(...copies)), SettingsError);
    assert.throws(() => loadSettings(1, flash(...copies)), SettingsError);
  }
});

test('settings that do not fit are refused with a message', () => {
  const anchors = Array.from({ length: 20 }, (_, i) => ({
    name: `root ${i}`,
    subject: 'A'.repeat(200),
    publicKey: { type: 'rsa' as const, modulus: 'A'.repeat(684), exponent: 65537 },
  }));
  assert.throws(() => settingsText({ ...settings('one'), anchors }), /take \d+ bytes of flash, at most 12288 fit/);
});

test('the checksum is CRC-16/XMODEM', () => {
  for (const text of ['123456789', '', 'a', '\0\xff\0', '{"thing":"kitchen-1"}']) {
    assert.equal(
      crc16(text.length, (i) => text.charCodeAt(i)),
      bitByBit(Buffer.from(text, 'latin1')),
    );
  }
  assert.equal(
    crc16(9, (i) => 0x31 + i),
    0x31c3,
  );
});
