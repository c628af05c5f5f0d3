import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { redact, secretsOfPc } from '../../scripts/report/redact.ts';
import { runCommand } from '../../scripts/lib/cli.ts';
import { reportCommand } from '../../scripts/report/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
after(() => rmSync(folder, { recursive: true }));

/** Secrets that are planted in config and log, and must not be in the report. */
const PLANTED = {
  thing: 'planted-thing',
  ssid: 'Planted Network',
  wifiPassword: 'planted "wifi" password',
  host: 'planted-host.invalid',
  username: 'planted-user',
  brokerPassword: 'planted-broker-password',
  topic: 'planted/house/room',
  anchor: 'planted-root.pem',
  timeServer: 'ntp.planted.invalid',
};

async function report(name: string, config: unknown, log: string): Promise<string> {
  const [file, logFile, out] = ['json', 'log', 'txt'].map((end) => join(folder, `${name}.${end}`));
  writeFileSync(file, JSON.stringify(config));
  writeFileSync(logFile, log);
  let said = '';
  const code = await runCommand(reportCommand, {
    argv: ['--board', file, '--log', logFile, '--out', out, '--no-serial', '--timeout', '1'],
    env: {},
    stdout: { write: (text) => (said += text) },
    stderr: { write: (text) => (said += text) },
  });
  assert.equal(code, 0, said);
  return readFileSync(out, 'utf8');
}

test('a report has what helps, and nothing that was planted', async () => {
  const { thing, ssid, wifiPassword, host, username, brokerPassword, topic, anchor, timeServer } = PLANTED;
  const config = {
    thing,
    wifi: { ssid, password: wifiPassword },
    endpoint: { host, port: 8884, username, password: brokerPassword },
    tls: { anchors: [anchor] },
    sensor: { type: 'tmp117', address: 73 },
    telemetry: { topic, intervalSeconds: 61 },
    time: { servers: [timeServer] },
  };
  const log = [
    `2026-11-30T01:02:03.000Z 1.0 INFO wifi joining ${ssid.toUpperCase()}`,
    `2.0 INFO tcp dialling ${host}:8884 at 192.168.77.12 from 28:cd:c1:0a:0b:0c`,
    `3.0 WARN mqtt ${thing}/${topic} ${username} ${brokerPassword} ${JSON.stringify(wifiPassword)}`,
    '4.0 INFO tls handshake complete in 3432 ms, heap peak 143928 B',
    `5.0 INFO x ${'ab'.repeat(32)} abc-ats.iot.eu-west-1.amazonaws.com arn:aws:iot:eu-west-1:123456789012:cert/1`,
    '-----BEGIN PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg',
    '-----END PRIVATE KEY-----',
  ].join('\n');
  for (const [name, written] of [
    ['right', config],
    ['wrong', { ...config, unknown: 1 }],
  ] as const) {
    const text = await report(name, written, log);
    for (const value of [...Object.values(PLANTED), '192.168.77.12', '28:cd', '123456789012', 'MIGHAg', 'abc-ats']) {
      assert.ok(!text.toLowerCase().includes(value.toLowerCase()), `${name}: ${value}\n${text}`);
    }
    assert.match(text, /^Node \d+\.\d+/m);
    assert.match(text, /^endpoint\.port: 8884$/m);
    assert.match(text, /^sensor\.address: 73$/m);
    assert.match(text, /^wifi\.ssid: text of 15 characters$/m);
    assert.match(text, /^failed /m);
    assert.match(text, /handshake complete in 3432 ms, heap peak 143928 B/);
  }
});

test('short names are replaced as whole words only, and versions are not taken for addresses', () => {
  assert.equal(redact('it is a pen, and a-b', [['a', '<thing>']]), 'it is <thing> pen, and a-b');
  assert.equal(redact('Kaluma 1.2.1, Node 20.19.4', []), 'Kaluma 1.2.1, Node 20.19.4');
  const own = redact(`/x ${hostname()} ${userInfo().username}`, secretsOfPc());
  assert.ok(!own.includes(hostname()));
});

test('npx kitchen makes every command callable with its own options', () => {
  const kitchen = (...argv: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['scripts/kitchen.js', ...argv], { encoding: 'utf8' });
  const help = kitchen('report', '--help');
  assert.equal(help.status, 0, help.stderr);
  assert.match(help.stdout, /^Usage: npm run report -- /);
  assert.match(kitchen().stdout, /Commands: .*setup, .*provision, .*doctor, .*report/);
  const unknown = kitchen('docter');
  assert.deepEqual([unknown.status, /no command 'docter'/.test(unknown.stderr)], [64, true]);
});
