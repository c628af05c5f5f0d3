/**
 * The first hour, as the README tells it, on one machine: setup, provision (at a stand-in of AWS), doctor, build, and the
 * board publishes. Each command is run as a person would; nothing but the config goes from one to the next.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SimulatedBoard } from '../scripts/simulator/simulatedBoard.ts';
import { Endpoint } from '../scripts/endpoint/localEndpoint.ts';
import type { Reading } from '../scripts/endpoint/reading.ts';
import { encodeKeyPem, encodePem, makeServerChain } from '../scripts/lib/certificates.ts';
import { setInJson } from '../scripts/provision/jsonText.ts';
import { AwsIot } from './support/awsIot.ts';
import { commandLine } from './support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'walkthrough-'));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'config.json');
const wifi = { ssid: 'home', password: 'correct horse' };

/** Runs a command to its end, which has to be a good one. */
async function run(name: string, argv: string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, commandLine(name, '--board', config, ...argv), {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  assert.deepEqual(await once(child, 'close'), [0, null], `${name}: ${output}`);
  return output;
}

test("a person gets from nothing to the first reading with the README's commands", { timeout: 120_000 }, async () => {
  const iot = await AwsIot.start();
  after(() => iot.close());

  const asked = await run('setup', [
    '--yes',
    '--ssid',
    wifi.ssid,
    '--wifi-password',
    wifi.password,
    '--thing',
    'kitchen-1',
  ]);
  assert.match(asked, /next: npm run provision/);

  const provisioned = await run('provision', [], {
    AWS_ENDPOINT_URL_IOT: iot.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDSTANDIN',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  assert.match(provisioned, /next: npm run doctor/);
  const {
    endpoint: { host },
  } = JSON.parse(readFileSync(config, 'utf8')) as { endpoint: { host: string } };
  assert.equal(host, 'standin-ats.iot.eu-west-1.amazonaws.com');

  // AWS's endpoint stands on this machine, under its name; so its root is another than Amazon's, and its port is free.
  const { key, certificates, anchor } = await makeServerChain({ kind: 'rsa', host });
  const endpoint = await Endpoint.start({
    host,
    key: encodeKeyPem(key),
    chain: certificates.map((der) => encodePem('CERTIFICATE', der)).join(''),
    deviceAuthority: iot.authority(),
    clientIdOf: (certificate) => iot.thingOf(certificate),
    port: 0,
    address: '127.0.0.1',
  });
  after(() => endpoint.close());
  writeFileSync(join(folder, 'certs/root.pem'), encodePem('CERTIFICATE', anchor));
  let text = readFileSync(config, 'utf8');
  text = setInJson(text, ['tls', 'anchors'], ['certs/root.pem']);
  writeFileSync(config, setInJson(text, ['endpoint', 'port'], endpoint.port));

  const examined = await run('doctor', ['--take-over', '--address', '127.0.0.1']);
  assert.match(examined, /PUBLISH/);

  const out = join(folder, 'dist');
  await run('build', ['--out', out]);
  assert.ok(existsSync(join(out, 'program.uf2')));

  const readings: Reading[] = [];
  endpoint.on('reading', ({ reading }) => readings.push(reading));
  const board = new SimulatedBoard({
    program: readFileSync(join(out, 'program.js'), 'latin1'),
    clock: 'virtual',
    accessPoint: wifi,
    dial: (name) => (name === host ? { port: endpoint.port } : null),
  });
  after(() => board.close());
  await board.runUntil('reading 1 acknowledged', { limitSeconds: 60 });
  assert.equal(readings[0]?.device, 'kitchen-1');
  assert.ok(Math.abs(readings[0].celsius - 21.5) < 1, `${readings[0].celsius}`);
  assert.deepEqual(board.violations, []);
});
