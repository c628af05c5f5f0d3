import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { generate } from 'mqtt-packet';
import { readBoardConfig, type BoardConfig } from '../../../scripts/config/config.ts';
import { readBoardFiles } from '../../../scripts/config/files.ts';
import { isPlaceholderWifi, prepareFolder } from '../../../scripts/endpoint/folder.ts';
import { commandLine } from '../../support/command.ts';

const root = mkdtempSync(join(tmpdir(), 'endpoint-'));
after(() => rmSync(root, { recursive: true }));

const COMMAND = commandLine('endpoint');

/** Runs the command to its end, which comes only if it fails. */
function fail(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...argv], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

interface Running {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  seen: (stream: 'stdout' | 'stderr', pattern: RegExp) => Promise<RegExpExecArray>;
}

function start(...argv: string[]): Running {
  const child = spawn(process.execPath, [...COMMAND, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return {
    child,
    output,
    async seen(stream, pattern) {
      for (;;) {
        const match = pattern.exec(output[stream]);
        if (match !== null) return match;
        assert.equal(child.exitCode, null, `it ended: ${output.stderr}`);
        await once(child[stream] as NodeJS.ReadableStream, 'data', { signal: AbortSignal.timeout(60_000) });
      }
    },
  };
}

/** Publishes one reading as the board of a config would. */
async function publishReading(boardFile: string): Promise<void> {
  const config = readBoardConfig(boardFile);
  const path = (name: string | undefined): Buffer => readFileSync(join(boardFile, '..', name ?? ''));
  const socket = connect({
    host: '127.0.0.1',
    port: config.endpoint.port,
    servername: config.endpoint.host,
    ca: path(config.tls.anchors[0]),
    cert: path(config.tls.certificate),
    key: path(config.tls.key),
  });
  await once(socket, 'secureConnect');
  socket.write(generate({ cmd: 'connect', clientId: config.thing, clean: true, keepalive: 60 }));
  await once(socket, 'data');
  const reading = { device: config.thing, celsius: 21.5, time: '2026-11-23T08:00:00Z', seq: 3, uptime_s: 9 };
  socket.write(
    generate({
      cmd: 'publish',
      topic: config.telemetry.topic.replace('{thing}', config.thing),
      payload: JSON.stringify(reading),
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    }),
  );
  await once(socket, 'data');
  socket.destroy();
}

test('the command writes certificates and a board config, prints readings, and ends at Ctrl-C', async () => {
  const folder = join(root, 'new', 'a folder');
  const { child, output, seen } = start('--dir', folder, '--port', '0', '--host', 'my-pc.lan');
  const [, port] = await seen('stderr', /listening as my-pc\.lan on port (\d+)/);
  await seen('stderr', /before you build, put your network's name and password for "wifi" in .*board\.json\n/);
  await seen('stderr', /npm run build -- --board (['"]).*a folder.*board\.json\1\n/);

  const boardFile = join(folder, 'board.json');
  const config = readBoardConfig(boardFile);
  assert.deepEqual(config.endpoint, { host: 'my-pc.lan', port: Number(port), keepAliveSeconds: 120 });
  assert.equal(config.thing, 'kitchen-1');
  const files = readBoardFiles(config, boardFile, Date.now());
  assert.equal(files.key?.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(new X509Certificate(files.anchors[0]).publicKey.asymmetricKeyType, 'rsa');
  if (process.platform !== 'win32') {
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  }

  await publishReading(boardFile);
  await seen('stdout', /\n/);
  await seen('stderr', /kitchen-1 disconnected/);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  assert.equal(output.stdout, 'reading 3 from kitchen-1: 21.5 °C at 2026-11-23T08:00:00Z, up 9 s\n');
  assert.ok(!output.stderr.includes('\u001b'));
});

test('the same folder gives the same certificates, and keeps what a person changed', async () => {
  const folder = join(root, 'kept');
  const boardFile = join(folder, 'board.json');
  const contents = (): Record<string, string> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const prepare = async (kind: 'rsa' | 'ecdsa', host?: string, port = 8883): Promise<BoardConfig> =>
    (await prepareFolder({ folder, kind, host })).writeBoardConfig(port, 10);

  assert.ok(isPlaceholderWifi(await prepare('ecdsa', 'one.example')));
  const first = contents();
  await prepare('ecdsa');
  assert.deepEqual(contents(), first);

  const edited = { ...(JSON.parse(first['board.json']) as object), wifi: { ssid: 'Mine', password: 'my own secret' } };
  writeFileSync(boardFile, JSON.stringify(edited));
  const config = await prepare('ecdsa', undefined, 9999);
  assert.deepEqual(config.wifi, { ssid: 'Mine', password: 'my own secret' });
  assert.ok(!isPlaceholderWifi(config));
  assert.deepEqual([config.endpoint.host, config.endpoint.port], ['one.example', 9999]);

  await prepare('ecdsa', 'two.example');
  const renamed = contents();
  assert.equal(renamed['device.crt.pem'], first['device.crt.pem']);
  assert.notEqual(renamed['server-ecdsa.crt.pem'], first['server-ecdsa.crt.pem']);
  assert.equal(new X509Certificate(renamed['server-ecdsa.crt.pem']).checkHost('two.example'), 'two.example');

  const other = await prepare('rsa', 'two.example');
  assert.deepEqual(other.tls.anchors, ['root-rsa.crt.pem']);
  assert.equal(contents()['server-ecdsa.crt.pem'], renamed['server-ecdsa.crt.pem']);
});

test('files that are not ours stay as they are, and the error is one line', async () => {
  const folder = join(root, 'foreign');
  const prepare = (): Promise<unknown> => prepareFolder({ folder, kind: 'ecdsa', host: 'one.example' });
  await prepareFolder({ folder, kind: 'ecdsa', host: 'one.example' });
  const key = join(folder, 'device.key.pem');
  const certificate = join(folder, 'device.crt.pem');
  const [keyText, certificateText] = [readFileSync(key, 'utf8'), readFileSync(certificate, 'utf8')];

  rmSync(certificate);
  await assert.rejects(prepare(), { name: 'UserError', message: /device\.key\.pem is there, but not all of/ });
  writeFileSync(certificate, 'no PEM');
  await assert.rejects(prepare(), { name: 'UserError', message: /device\.crt\.pem and its key cannot be used/ });
  const amazon = readFileSync('board/certs/AmazonRootCA1.pem', 'utf8');
  writeFileSync(certificate, amazon);
  await assert.rejects(prepare(), { message: /the key does not fit the certificate/ });
  assert.equal(readFileSync(certificate, 'utf8'), amazon);
  assert.equal(readFileSync(key, 'utf8'), keyText);
  writeFileSync(certificate, certificateText);

  const boardFile = join(folder, 'board.json');
  for (const [text, problem] of [
    ['{"wifi": hush}', /board\.json: not valid JSON in line 1, column 10: [^h]*$/],
    ['["hush"]', /no JSON object/],
    ['7', /no JSON object/],
    ['{"thing": "kitchen-9"}', /thing: found 'kitchen-9'; the certificate here is for 'kitchen-1'/],
    ['{"telemetry": {"topic": "elsewhere", "intervalSeconds": 5}}', /with \{thing\} between slashes only/],
    ['{"sensor": {"type": "magic"}}', /board\.json: sensor\.type: found "magic"/],
  ] as const) {
    writeFileSync(boardFile, text);
    await assert.rejects(prepare(), { message: problem }, text);
    assert.equal(readFileSync(boardFile, 'utf8'), text);
  }
});

test('a mistake gives one line and a documented exit code', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const busy = createServer().listen(0);
  await once(busy, 'listening');
  const { port } = busy.address() as AddressInfo;
  const folder = join(root, 'mistakes');
  const cases: [string[], number, RegExp][] = [
    [[], 64, /--dir is missing/],
    [
      ['--dir', folder, '--chain', 'dsa'],
      64,
      /--chain: expected rsa or ecdsa or rsa-4 or old or p384 or rsa4096, found 'dsa'/,
    ],
    [['--dir', join(file, 'x')], 1, /cannot write .*part of the path is not a directory/],
    [['--dir', folder, '--job', join(root, 'none')], 1, /cannot read .*none: /],
    [
      ['--dir', folder, '--job', file],
      1,
      /file: expected an update; npm run update writes them to dist\/update-\*\.bin/,
    ],
    [['--dir', folder, '--host', 'bad name'], 64, /: --host: found "bad name"; wanted: /],
    [['--dir', folder, '--chain', 'ecdsa', '--port', String(port)], 1, /cannot listen on port \d+: the port is in use/],
  ];
  try {
    for (const [argv, code, problem] of cases) {
      const { status, stdout, stderr } = fail(...argv);
      assert.equal(status, code, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^npm run endpoint: [^\n]*\n$/);
      assert.match(stderr, problem);
    }
  } finally {
    busy.close();
  }
});
