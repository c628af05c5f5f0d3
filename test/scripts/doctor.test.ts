import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { generate, parser } from 'mqtt-packet';
import { doctorCommand } from '../../scripts/doctor/command.ts';
import { connectCauses, publishCauses, tlsCauses } from '../../scripts/doctor/causes.ts';
import { tcpCauses } from '../../scripts/doctor/network.ts';
import { readBoardConfig, type BoardConfig } from '../../scripts/config/config.ts';
import type { Finding } from '../../scripts/doctor/walk.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import {
  encodeKeyPem,
  encodePem,
  keyUsage,
  makeCertificate,
  makeDeviceIdentity,
  makeServerChain,
} from '../../scripts/lib/certificates.ts';
import { runCommand } from '../../scripts/lib/cli.ts';
import { TlsError } from '../../src/index.ts';
import { MqttError, refusal } from '../../src/mqtt/index.ts';
import { setInJson } from '../../scripts/provision/jsonText.ts';
import { commandLine } from '../support/command.ts';

const HOST = 'endpoint.test';
const DAY = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'doctor-'));
let folder: EndpointFolder;
let endpoint: Endpoint;
const published: string[] = [];

before(async () => {
  folder = await prepareFolder({ folder: root, kind: 'ecdsa', host: HOST });
  endpoint = await Endpoint.start({ ...folder, port: 0, address: '127.0.0.1' });
  endpoint.on('message', ({ topic }) => published.push(topic));
  folder.writeBoardConfig(endpoint.port, 10);
});
after(async () => {
  await endpoint.close();
  rmSync(root, { recursive: true });
});

/** A config like the endpoint's own, with changes; relative paths stay right. */
function board(name: string, ...changes: [string[], unknown][]): string {
  const file = join(root, `${name}.json`);
  writeFileSync(
    file,
    changes.reduce((text, [path, value]) => setInJson(text, path, value), readFileSync(folder.boardFile, 'utf8')),
  );
  return file;
}

/** The endpoint's own config, but for certificate and key. */
function withoutCertificate(): string {
  const file = join(root, 'bare.json');
  const text = readFileSync(folder.boardFile, 'utf8').replace(/,\s*"certificate": [^,]*,\s*"key": "[^"]*"/, '');
  writeFileSync(file, text);
  return file;
}

function put(name: string, text: string): string {
  writeFileSync(join(root, name), text);
  return name;
}

interface Diagnosis {
  code: number;
  hops: Finding[];
  last: Finding;
}

async function doctor(...argv: string[]): Promise<Diagnosis> {
  let stdout = '';
  let stderr = '';
  const code = await runCommand(doctorCommand, {
    argv: ['--json', ...argv],
    env: {},
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  assert.equal(stderr, '');
  const { ok, hops } = JSON.parse(stdout) as { ok: boolean; hops: Finding[] };
  assert.equal(ok, code === 0);
  return { code, hops, last: hops[hops.length - 1] };
}

/** Expects a failure at a hop, after all hops before it passed; checks message and causes. */
async function fails(hop: string, what: RegExp, likely: RegExp, ...argv: string[]): Promise<void> {
  const { code, hops, last } = await doctor(...argv);
  assert.deepEqual([code, last.hop, last.state], [1, hop, 'failed'], JSON.stringify(last));
  assert.match(last.detail, what);
  assert.match(last.causes.join('\n'), likely);
  assert.ok(hops.slice(0, -1).every(({ state }) => state === 'ok'));
}

const near = ['--address', '127.0.0.1', '--take-over'];

test('doctor reports every hop, with the chain and its anchor, when all is well', async () => {
  const { code, hops } = await doctor('--board', folder.boardFile, ...near);
  assert.equal(code, 0);
  assert.deepEqual(
    hops.map(({ hop }) => hop).join(' '),
    'config key dates DNS TCP TLS CONNECT PUBLISH PUBLISH PUBLISH SUBSCRIBE times',
  );
  const tls = hops[5].detail;
  assert.match(
    tls,
    /^TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 in \d+ ms; Throw-away local endpoint < ECDSA Intermediate M01 < /,
  );
  assert.match(tls, /; anchor ECDSA Root 1$/);
  // Neither a reading, nor the retained status of a board that may be on.
  assert.deepEqual(
    published,
    ['temperature', 'health', 'reply'].map((name) => `kitchen/kitchen-1/${name}`),
  );
});

test('doctor does not disconnect the board without consent', async () => {
  let connected = 0;
  endpoint.on('connected', () => connected++);
  const { code, last } = await doctor('--board', folder.boardFile, '--address', '127.0.0.1');
  assert.deepEqual([code, last.hop, last.state, connected], [0, 'CONNECT', 'skipped', 0]);
  assert.match(last.detail, /it would disconnect kitchen-1 if it is on; --take-over allows it/);
});

test('doctor checks the config, the key and the dates', async () => {
  await fails('config', /no\.json: not found/, /^$/, '--board', join(root, 'no.json'));
  const other = await makeDeviceIdentity({ thing: 'kitchen-1' });
  const strange = board('strange', [['tls', 'key'], put('strange.key.pem', encodeKeyPem(other.key))]);
  await fails(
    'key',
    /strange\.key\.pem: does not belong to the certificate in device\.crt\.pem/,
    /^$/,
    '--board',
    strange,
  );

  const expired = makeCertificate({
    subject: { CN: 'kitchen-1' },
    subjectKey: other.key,
    issuer: { CN: 'x' },
    issuerKey: other.key,
    from: new Date(Date.now() - 3 * DAY),
    to: new Date(Date.now() - DAY),
    extensions: [keyUsage('digitalSignature')],
  });
  const late = board(
    'late',
    [['tls', 'key'], 'strange.key.pem'],
    [['tls', 'certificate'], put('late.crt.pem', encodePem('CERTIFICATE', expired))],
  );
  await fails('dates', /late\.crt\.pem: the certificate expired on /, /^$/, '--board', late);

  const bare = withoutCertificate();
  writeFileSync(bare, setInJson(readFileSync(bare, 'utf8'), ['endpoint', 'host'], 'x-ats.iot.eu-west-1.amazonaws.com'));
  await fails('key', /AWS requires one/, /npm run provision makes key and certificate/, '--board', bare);
});

test('doctor says that the host does not exist', async () => {
  const file = board('nowhere', [['endpoint', 'host'], 'no-such-host.invalid']);
  await fails('DNS', /no-such-host\.invalid: /, /mistyped|offline/, '--board', file);
});

test('doctor says that nobody listens at the port', async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  const file = board('closed', [['endpoint', 'port'], port]);
  await fails('TCP', /127\.0\.0\.1, port \d+: connection refused/, /npm run endpoint starts/, '--board', file, ...near);
});

test('doctor accepts both ports on which AWS listens', () => {
  const causes = (port: number, code: string): string => {
    const config = { endpoint: { host: 'x-ats.iot.eu-west-1.amazonaws.com', port } } as BoardConfig;
    return tcpCauses(config, Object.assign(new Error(), { code })).join('; ');
  };
  assert.equal(
    causes(1883, 'ECONNREFUSED'),
    'AWS listens on 8883 and 443, not on 1883: set endpoint.port to one of them',
  );
  assert.match(causes(8883, 'ECONNREFUSED'), /^a firewall in between refuses port 8883: AWS offers the same on 443/);
  assert.equal(causes(443, 'ECONNREFUSED'), 'a firewall in between refuses port 443');
  assert.match(causes(8883, 'ETIMEDOUT'), /^a firewall in between drops port 8883: .*; this PC is offline$/);
});

test('doctor says that the server is another, its certificate has expired, or its root is unknown', async () => {
  const serve = async (
    options: Parameters<typeof makeServerChain>[0],
  ): Promise<{ port: number; close: () => void }> => {
    const chain = await makeServerChain(options);
    const server = createTlsServer({
      cert: chain.certificates.map((der) => encodePem('CERTIFICATE', der)).join(''),
      key: encodeKeyPem(chain.key),
      maxVersion: 'TLSv1.2',
    });
    server.on('tlsClientError', () => undefined);
    put('other-root.crt.pem', encodePem('CERTIFICATE', chain.anchor));
    return { port: await listen(server), close: () => server.close() };
  };
  const trusted: [string[], unknown] = [['tls', 'anchors'], ['other-root.crt.pem']];

  const stranger = await serve({ kind: 'ecdsa', host: 'other.test' });
  const toStranger = board('stranger', [['endpoint', 'port'], stranger.port], trusted);
  await fails(
    'TLS',
    /wrong_name/,
    /endpoint\.host is .*, but the server's certificate is for other\.test/,
    '--board',
    toStranger,
    ...near,
  );
  stranger.close();

  const old = { from: new Date(Date.now() - 3 * DAY), to: new Date(Date.now() - DAY) };
  const late = await serve({ kind: 'ecdsa', host: HOST, ...old });
  const toLate = board('late-server', [['endpoint', 'port'], late.port], trusted);
  await fails('TLS', /expired, until/, /this PC's clock is wrong/, '--board', toLate, ...near);
  late.close();

  const unknown = board('unknown', [['tls', 'anchors'], ['device-authority.crt.pem']]);
  await fails(
    'TLS',
    /unknown_issuer.*the server showed Throw-away local endpoint < /,
    /tls\.anchors does not hold .*, which signed[^]*something in between/,
    '--board',
    unknown,
    ...near,
  );
});

test('doctor says that the endpoint does not know the device certificate', async () => {
  const other = await makeDeviceIdentity({ thing: 'kitchen-1' });
  const file = board(
    'foreign',
    [['tls', 'certificate'], put('foreign.crt.pem', encodePem('CERTIFICATE', other.certificate))],
    [['tls', 'key'], put('foreign.key.pem', encodeKeyPem(other.key))],
  );
  await fails('TLS', /alert|its end/, /this endpoint does not know the device certificate/, '--board', file, ...near);
});

test("doctor takes an end, or silence, after the server's certificates as being about the device certificate", async () => {
  for (const how of ['end', 'silence']) {
    // Passes the ClientHello on and the server's flight back, and treats the client's flight as AWS may.
    const server = createServer((client) => {
      const far = connect(endpoint.port, '127.0.0.1');
      for (const socket of [client, far]) socket.on('error', () => undefined);
      client.once('data', (hello: Buffer) => {
        far.write(hello);
        client.once('data', () => how === 'end' && client.destroy());
      });
      client.on('close', () => far.destroy());
      far.on('data', (bytes: Buffer) => client.write(bytes));
    });
    const file = board('broken-off', [['endpoint', 'port'], await listen(server)]);
    await fails(
      'TLS',
      /(expected ChangeCipherSpec, got its end|sends nothing for 1 s); the server showed Throw-away/,
      /^this endpoint does not know the device certificate.*\nthe device certificate has expired, or was revoked$/,
      ...['--board', file, ...near, '--timeout', '1'],
    );
    server.close();
  }
});

test('doctor says that the endpoint asks for a certificate and the config has none', () =>
  fails(
    'TLS',
    /got alert handshake_failure; the server showed/,
    /^the endpoint wants a certificate: set tls\.certificate and tls\.key$/,
    '--board',
    withoutCertificate(),
    ...near,
  ));

test('doctor does not blame certificates for a refusal of the ClientHello', async () => {
  const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384';
  const server = createTlsServer({ cert: folder.chain, key: folder.key, maxVersion: 'TLSv1.2', ciphers });
  server.on('tlsClientError', () => undefined);
  const file = board('other-suites', [['endpoint', 'port'], await listen(server)]);
  await fails(
    'TLS',
    /expected ServerHello, got alert handshake_failure$/,
    /^the server accepts neither TLS_ECDHE_RSA_WITH_AES_128.*\nthe server does not know the name endpoint\.test[^\n]*$/,
    '--board',
    file,
    ...near,
  );
  server.close();
});

test('doctor says that silence follows a name by SNI that the endpoint does not have', async () => {
  const file = board('sni', [['endpoint', 'host'], 'other.test']);
  const argv = ['--board', file, ...near, '--timeout', '1'];
  const why = /^the server does not answer: it does not know the name other\.test\nport \d+ is not a TLS port$/;
  await fails('TLS', /the server sends nothing for 1 s/, why, ...argv);
});

test('doctor says that the server does not speak TLS', async () => {
  const server = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const file = board('http', [['endpoint', 'port'], await listen(server)]);
  const what = /^record: .*, got 485454502f, 'HTTP\/1\.1 400 Bad Request': this is plain HTTP$/;
  await fails('TLS', what, /does not speak TLS 1\.2/, '--board', file, ...near);
  server.close();
});

test('doctor says that the server does not speak MQTT, whether that shows before CONNECT or after', async () => {
  for (const how of ['before', 'and stays', 'after'] as const) {
    const server = createTlsServer({ cert: folder.chain, key: folder.key, maxVersion: 'TLSv1.2' }, (socket) => {
      socket.on('error', () => undefined);
      // Short enough to be the beginning of an MQTT packet.
      if (how === 'before') socket.end('HTTP/1.1 400\r\n\r\n');
      else if (how === 'and stays') socket.write('HTTP/1.1 400\r\n\r\n');
      else socket.once('data', () => socket.end('HTTP/1.1 400\r\n\r\n'));
    });
    const file = board('https', [['endpoint', 'port'], await listen(server)]);
    const argv = ['--board', file, ...near, '--timeout', '1'];
    await fails(
      'CONNECT',
      /^expected CONNACK, got 'HTTP\/1\.1 400'$/,
      /^the server is not an MQTT 3\.1\.1 broker$/,
      ...argv,
    );
    server.close();
  }
});

test('doctor says that the policy refuses CONNECT, PUBLISH or SUBSCRIBE', async () => {
  const named = board('named', [['thing'], 'kitchen-9']);
  await fails('CONNECT', /closed before CONNACK/, /does not accept client id 'kitchen-9'/, '--board', named, ...near);
  const elsewhere = board('elsewhere', [['telemetry', 'topic'], 'kitchen/temperature']);
  const why = /does not let this client publish to kitchen\/temperature[^]*the board itself is on/;
  await fails('PUBLISH', /closed by broker/, why, '--board', elsewhere, ...near);

  await withBroker({ suback: 128 }, async (port) => {
    const file = board('deaf', [['endpoint', 'port'], port]);
    const deaf = /does not let this client subscribe to kitchen\/kitchen-1\/command/;
    await fails('SUBSCRIBE', /command is refused/, deaf, '--board', file, ...near);
  });
  await withBroker({ connack: 4 }, async (port) => {
    const file = board('password', [['endpoint', 'port'], port]);
    await fails('CONNECT', /CONNACK 4/, /endpoint\.username or endpoint\.password/, '--board', file, ...near);
  });
  await withBroker({ suback: 1, isMute: true }, async (port) => {
    const file = board('mute', [['endpoint', 'port'], port]);
    const argv = ['--board', file, ...near, '--timeout', '1'];
    await fails('PUBLISH', /sends nothing for 1 s/, /received the message and did not acknowledge it/, ...argv);
  });
});

test("doctor names the likely reasons of AWS's silences", () => {
  const config: BoardConfig = readBoardConfig('board/config.example.json');
  config.endpoint.host = 'x-ats.iot.eu-west-1.amazonaws.com';
  const closed = new MqttError('closed_before_connack', '');
  for (const error of [closed, refusal(7), refusal(5)]) {
    const causes = connectCauses(error, config).join('\n');
    for (const cause of [
      /no policy attached/,
      /iot:Connect for client\/kitchen-1/,
      /LastWill/,
      /not active/,
      /thing name/,
    ]) {
      assert.match(causes, cause);
    }
  }
  assert.match(publishCauses(new MqttError('closed', ''), config, 'a/b')[0], /lacks iot:Publish for topic\/a\/b/);
  const ended = new TlsError({
    where: 'connection',
    expected: 'ServerHello',
    received: 'its end',
    origin: 'transport',
  });
  const [early, late] = [false, true].map((hasShownChain) => ({ hasShownChain, isAsked: hasShownChain }));
  assert.match(tlsCauses(ended, config, early)[0], /does not know the name x-ats.*describe-endpoint/);
  const silent = new TlsError({
    where: 'connection',
    expected: 'ChangeCipherSpec',
    received: 'its end',
    origin: 'transport',
  });
  assert.match(
    tlsCauses(silent, config, late)[0],
    /^the device certificate is not active, or not known to this account/,
  );
  assert.match(
    tlsCauses(silent, config, { ...late, isAsked: false }).join(),
    /^[^,]*not the reason, because the server did not ask for it$/,
  );
  const modern = new TlsError({
    where: 'server',
    expected: 'ServerHello',
    received: 'alert',
    alert: 'protocol_version',
    origin: 'peer',
  });
  assert.match(tlsCauses(modern, config, early)[0], /does not allow TLS 1\.2/);
  const inactive = new TlsError({
    where: 'server',
    expected: 'Finished',
    received: 'alert',
    alert: 'certificate_unknown',
    origin: 'peer',
  });
  assert.match(tlsCauses(inactive, config, late)[0], /not active, or not known to this account/);
});

test('doctor does not dial a text that is not an IPv4 address', async () => {
  for (const address of ['127.0.0.1:80', 'nohost', '::1', '127.1']) {
    let stderr = '';
    const code = await runCommand(doctorCommand, {
      argv: ['--board', folder.boardFile, '--address', address],
      env: {},
      stdout: { write: assert.fail },
      stderr: { write: (text) => (stderr += text) },
    });
    assert.deepEqual(
      [code, stderr],
      [64, `npm run doctor: --address: expected an IPv4 address such as 192.168.1.2, found '${address}'\n`],
    );
  }
});

test('the command prints one line for each hop, and obeys its options', () => {
  const run = (...argv: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, commandLine('doctor', ...argv), {
      encoding: 'utf8',
    });
  const { status, stdout, stderr } = run('--board', board('lines', [['endpoint', 'host'], 'no-such-host.invalid']));
  assert.deepEqual([status, stderr], [1, '']);
  assert.match(
    stdout,
    /^ok {4}config {5}.*\nok {4}key {8}.*\nok {4}dates {6}.*\nFAIL {2}DNS {8}no-such-host.*\n {17}likely: .*\n/,
  );
  const wrong = run('/dev/ttyACM0');
  assert.deepEqual([wrong.status, /PORT goes with --serial/.test(wrong.stderr)], [64, true]);
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** A broker that says what it is told to, behind the endpoint's own certificate. */
async function withBroker(
  say: { connack?: number; suback?: number; isMute?: boolean },
  work: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createTlsServer({ cert: folder.chain, key: folder.key, maxVersion: 'TLSv1.2' }, (socket) => {
    const reader = parser({ protocolVersion: 4 });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    reader.on('packet', ({ cmd, messageId = 0 }) => {
      if (cmd === 'connect') {
        socket.write(generate({ cmd: 'connack', returnCode: say.connack ?? 0, sessionPresent: false }));
      } else if (cmd === 'publish' && say.isMute !== true) {
        socket.write(generate({ cmd: 'puback', messageId }));
      } else if (cmd === 'subscribe') {
        socket.write(generate({ cmd: 'suback', messageId, granted: [say.suback ?? 1] }));
      }
    });
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  try {
    await work(await listen(server));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
