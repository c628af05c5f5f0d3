/** `npm run explain`: every byte has one name, secrets stay out, and the page stands on its own. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { assemble, type Block, type Entry } from '../../scripts/explain/assemble.ts';
import { explainCommand } from '../../scripts/explain/command.ts';
import { converse, type Conversation } from '../../scripts/explain/converse.ts';
import { type Field, leavesOf } from '../../scripts/explain/fields.ts';
import { renderPage } from '../../scripts/explain/html.ts';
import { Recording } from '../../scripts/explain/recording.ts';
import { shownTape, type Tape } from '../../scripts/explain/tape.ts';
import { localTarget } from '../../scripts/explain/target.ts';
import { writeText } from '../../scripts/explain/text.ts';
import { runCommand } from '../../scripts/lib/cli.ts';
import { saidInPlain } from '../../scripts/lib/plainText.ts';
import { fromHex } from '../../src/bytes/encoding.ts';
import { createTlsClient, finish, prepareHandshake, trustAnchor } from '../../src/index.ts';
import { seededRandom } from '../support/tls/conversation.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
after(() => rmSync(folder, { recursive: true }));

const FACTS = { host: 'endpoint.test', port: 8883, time: new Date(0) };
const USER = 'a-user-with-a-token';
const PASSWORD = '</script><b>wrong & horse</b>';

/** The recorded handshake of test/tls/recorded.test.ts once more, told to a recording. */
function replay(): { recording: Recording; exchange: string[] } {
  const recorded = JSON.parse(readFileSync('test/tls/fixtures/handshake.json', 'utf8')) as {
    [name in 'host' | 'seed' | 'anchor' | 'certificate' | 'privateKey']: string;
  } & { time: number; exchange: string[] };
  const recording = new Recording();
  const random = seededRandom(recorded.seed);
  const identity = {
    certificates: [fromHex(recorded.certificate)],
    key: { type: 'ec', privateKey: BigInt(`0x${recorded.privateKey}`) } as const,
  };
  const client = createTlsClient({
    host: recorded.host,
    anchors: [trustAnchor(fromHex(recorded.anchor), 'root')],
    identity,
    random,
    time: () => recorded.time,
    prepared: finish(prepareHandshake(identity, random)),
    trace: recording,
  });
  const run = (): void => {
    while (client.work()) continue;
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      if (event.type === 'connected') client.send(Buffer.from('reading'));
      while (client.work()) continue;
    }
  };
  run();
  for (const entry of recorded.exchange.filter((text) => text.startsWith('<'))) {
    client.receive(fromHex(entry.slice(2)));
    run();
  }
  return { recording, exchange: recorded.exchange };
}

async function talk(kind: 'rsa' | 'ecdsa'): Promise<Conversation> {
  const { target, close } = await localTarget(kind);
  try {
    return await converse({ ...target, mqtt: { ...target.mqtt, username: USER, password: PASSWORD } });
  } finally {
    await close();
  }
}

const live = await talk('rsa');

function blocksOf(entry: Entry): Block[] {
  if (entry.kind === 'secret') return [entry.block];
  if (entry.kind === 'unread') return [entry.wire];
  return [entry.wire, ...(entry.content === null ? [] : [entry.content])];
}

/** Asserts that leaves cover a block in a row, that groups cover their children, and that all say where they are from. */
function assertCovered({ bytes, fields }: Block, what: string): void {
  let at = 0;
  for (const { start, end, name, meaning, reference } of leavesOf(fields)) {
    assert.equal(start, at, `${what}: ${name}`);
    assert.ok(end > start, `${what}: ${name}`);
    assert.match(reference, /^(RFC \d+|MQTT 3\.1\.1), (section|appendix) [\dA-F.]+$/, `${what}: ${name}`);
    assert.notEqual(meaning, '', `${what}: ${name}`);
    assert.notEqual(name, 'not read', what);
    at = end;
  }
  assert.equal(at, bytes.length, what);
  const check = ({ start, end, name, children }: Field): void => {
    if (children.length === 0) return;
    assert.deepEqual([children[0].start, children[children.length - 1].end], [start, end], `${what}: ${name}`);
    children.forEach(check);
  };
  fields.forEach(check);
}

function titles(entries: Entry[]): string[] {
  return entries.map((entry) =>
    entry.kind === 'secret'
      ? `* ${entry.name}`
      : entry.kind === 'unread'
        ? 'in not read'
        : `${entry.direction} ${entry.messages.join(', ')}`,
  );
}

function wire(entries: Entry[], direction: 'in' | 'out'): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => (entry.kind === 'record' && entry.direction === direction ? [entry.wire.bytes] : [])),
  );
}

const HANDSHAKE = [
  'out ClientHello',
  'in ServerHello',
  'in Certificate',
  'in ServerKeyExchange',
  'in CertificateRequest',
  'in ServerHelloDone',
  'out Certificate, ClientKeyExchange, CertificateVerify',
  '* pre_master_secret',
  '* master_secret',
  '* key_block',
  'out ChangeCipherSpec',
  'out Finished',
  'in ChangeCipherSpec',
  'in Finished',
];

test('every byte of the recorded handshake, on the wire and decrypted, is in exactly one field', () => {
  const { recording, exchange } = replay();
  const entries = assemble(recording, { withSecrets: true });
  assert.deepEqual(titles(entries), [
    ...HANDSHAKE,
    'out application_data',
    'in application_data',
    'in Alert',
    'out Alert',
  ]);
  for (const [i, entry] of entries.entries())
    for (const block of blocksOf(entry)) assertCovered(block, titles([entries[i]])[0]);
  for (const [mark, direction] of [
    ['>', 'out'],
    ['<', 'in'],
  ] as const) {
    const travelled = exchange.filter((text) => text.startsWith(mark)).map((text) => text.slice(2));
    assert.equal(wire(entries, direction).toString('hex'), travelled.join(''), direction);
  }
});

for (const kind of ['rsa', 'ecdsa'] as const) {
  test(`every byte of a live connection through MQTT to close_notify is in exactly one field, ${kind}`, async () => {
    const { recording, sent, error } = kind === 'rsa' ? live : await talk(kind);
    assert.equal(error, null);
    const entries = assemble(recording, { withSecrets: true });
    assert.deepEqual(titles(entries), [
      ...HANDSHAKE,
      ...['out CONNECT', 'in CONNACK', 'out PUBLISH', 'in PUBACK', 'out DISCONNECT', 'out Alert'],
    ]);
    for (const [i, entry] of entries.entries())
      for (const block of blocksOf(entry)) assertCovered(block, titles([entries[i]])[0]);
    assert.equal(wire(entries, 'out').length, sent);
    const publish = entries.find((entry) => entry.kind === 'record' && entry.messages[0] === 'PUBLISH');
    assert.ok(publish?.kind === 'record' && publish.content !== null);
    const payload = leavesOf(publish.content.fields).find(({ name }) => name === 'Payload') as Field;
    const text = Buffer.from(publish.content.bytes.subarray(payload.start, payload.end)).toString();
    assert.equal((JSON.parse(text) as { celsius: number }).celsius, 21.5);
  });
}

test('messages that do not keep to records are laid over them', () => {
  const { recording } = replay();
  const split = new Recording();
  // The same bytes, in records of 100 bytes of content, all of them before the messages are told.
  for (const happening of recording.happenings) {
    if (happening.kind !== 'record' || happening.record.bytes[0] !== 22 || happening.record.protected) continue;
    const { direction, content } = happening.record;
    for (let at = 0; at < content.length; at += 100) {
      const piece = content.slice(at, at + 100);
      const bytes = Uint8Array.from([22, 3, 3, 0, piece.length, ...piece]);
      split.record({ direction, bytes, content: piece, protected: false });
    }
  }
  for (const direction of ['in', 'out'] as const) split.handshake[direction].push(...recording.handshake[direction]);
  const entries = assemble(split, { withSecrets: false });
  assert.ok(entries.length > 50);
  for (const entry of entries) for (const block of blocksOf(entry)) assertCovered(block, titles([entry])[0]);
  assert.ok(titles(entries).includes('in Certificate (part)'));
});

/** All secrets of the live connection, in hexadecimal. */
function secretsOf({ happenings }: Recording): string[] {
  const derived = happenings.flatMap((happening) => (happening.kind === 'secret' ? [happening.bytes] : []));
  const [, , block] = derived;
  const keys = [block.subarray(0, 16), block.subarray(16, 32)];
  return [...derived, ...keys, Buffer.from(PASSWORD), Buffer.from(USER)].map((bytes) =>
    Buffer.from(bytes).toString('hex'),
  );
}

function textOf(entries: Entry[], columns = 100): string {
  const lines: string[] = [];
  writeText(entries, { paint: (_, text) => text, say: (line) => lines.push(line), columns });
  return lines.join('\n');
}

test('secrets are withheld unless asked for', () => {
  const withheld = assemble(live.recording, { withSecrets: false });
  const asked = assemble(live.recording, { withSecrets: true });
  const configured: Tape = { ...live.tape, kind: 'configured' };
  const [tape, asking] = [false, true].map((withSecrets) => shownTape(configured, { withSecrets }));
  const pages = [textOf(withheld), renderPage(withheld, { ...FACTS, secrets: false, tape })];
  // Long values are broken into lines, with offsets before them: pieces of 8 bytes are looked for.
  const pieces = secretsOf(live.recording).map((hex) => hex.slice(0, 16));
  assert.equal(pieces.length, 7);
  for (const page of pages) {
    for (const piece of pieces) assert.ok(!page.replace(/\s/g, '').includes(piece), piece);
    assert.ok(!page.includes(USER) && !page.includes('wrong & horse'));
    assert.ok(page.includes('withheld'));
  }
  const shown = [textOf(asked), renderPage(asked, { ...FACTS, secrets: true, tape: asking })];
  for (const page of shown) for (const piece of pieces) assert.ok(page.replace(/\s/g, '').includes(piece), piece);
  assert.match(pages[0], /^ 8 {3}\* pre_master_secret/m);
});

test('text keeps to the width of the terminal', () => {
  const entries = assemble(live.recording, { withSecrets: true });
  for (const columns of [100, 80, 60, 40]) {
    const long = textOf(entries, columns)
      .split('\n')
      .filter((line) => line.length > columns);
    assert.deepEqual(long, [], `${columns}`);
  }
});

test('text keeps to 100 columns and has no control characters, whatever came over the wire', () => {
  const text = textOf(assemble(live.recording, { withSecrets: true }));
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 100),
    [],
  );
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0]/);
  assert.match(text, /^002e {2}c0 2f +cipher_suite · TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256$/m);
  assert.match(text, /issuer · CN=RSA Intermediate/);
});

test('the page needs nothing else, and nothing from the wire can become markup', () => {
  const page = renderPage(assemble(live.recording, { withSecrets: true }), {
    ...FACTS,
    secrets: true,
    tape: live.tape,
  });
  assert.ok(page.length <= 600_000, `${page.length} bytes`);
  const json = /<script type="application\/json" id="data">\s*(.*?)\s*<\/script>/s.exec(page)?.[1] ?? '';
  // The page's Python commands begin with imports, which are no module's.
  const outside = /<(link|img|iframe|object|embed|base)\b|\bsrc\s*=|@import|url\(|\bimport\s*[("'{*]|\bfetch\(/;
  assert.equal(outside.exec(page.replace(json, ''))?.[0], undefined);
  // The two sites that sections are looked up on, as targets of links only; certificates name others, as text.
  const sites = page.replace(json, '').match(/https?:\/\/[^/'"`\s]+/g) ?? [];
  assert.deepEqual([...new Set(sites)].sort(), [
    // A name of XML's, which nobody asks for.
    'http://www.w3.org',
    'https://docs.oasis-open.org',
    'https://www.rfc-editor.org',
  ]);
  assert.ok(!page.includes('<b>wrong'));
  assert.equal(page.match(/<\/script>/g)?.length, 2);
  assert.doesNotMatch(page, /innerHTML|insertAdjacentHTML|document\.write|\beval\b/);
  const data = JSON.parse(json) as { entries: { blocks: { hex: string }[] }[] };
  assert.equal(data.entries.length, 20);
  assert.ok(
    data.entries.some(({ blocks }) => blocks.some(({ hex }) => hex.includes(Buffer.from(PASSWORD).toString('hex')))),
  );
});

test('a key log line is what Wireshark takes', () => {
  const [random, master] = [
    /^CLIENT_RANDOM ([\da-f]{64}) ([\da-f]{96})\n$/.exec(live.recording.keyLogLine() ?? ''),
  ].flatMap((found) => found?.slice(1) ?? []);
  assert.equal(
    wire(assemble(live.recording, { withSecrets: false }), 'out')
      .subarray(11, 43)
      .toString('hex'),
    random,
  );
  assert.equal(secretsOf(live.recording)[1], master);
  assert.equal(new Recording().keyLogLine(), null);
});

test('a handshake that fails is explained as far as it came', async () => {
  const { target, close } = await localTarget('ecdsa');
  try {
    const { recording, received, error } = await converse({ ...target, anchors: [] });
    assert.match(error?.message ?? '', /unknown|issuer|anchor/i);
    const entries = assemble(recording, { withSecrets: false });
    assert.deepEqual(titles(entries).slice(0, 3), ['out ClientHello', 'in ServerHello', 'in Certificate']);
    // The server had sent more, but the client no longer read it.
    assert.deepEqual(titles(entries).slice(-2), ['out Alert', 'in not read']);
    assert.equal(wire(entries, 'in').length + recording.unread.length, received);
    assert.ok(textOf(entries).includes('unknown_ca'));
  } finally {
    await close();
  }
});

test('bytes that are no TLS are shown and named as such', async () => {
  const server = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { target, close } = await localTarget('ecdsa');
  await close();
  const { recording, tape } = await converse({ ...target, port: (server.address() as AddressInfo).port });
  server.close();
  const entries = assemble(recording, { withSecrets: false });
  assert.deepEqual(titles(entries), ['out ClientHello', 'out Alert', 'in not read']);
  assert.match(textOf(entries), /^ 3 <-- not read\n {5}28 bytes, server to board\n[^]*HTTP\/1\.1 400 Ba/m);
  assert.ok(renderPage(entries, { ...FACTS, secrets: false, tape }).includes(Buffer.from('HTTP/1.1').toString('hex')));
  assert.equal(saidInPlain(recording.unread), ", 'HTTP/1.1 400 Bad Request': this is plain HTTP");
  assert.equal(saidInPlain(Buffer.from('SSH-2.0-x\r\n')), ", 'SSH-2.0-x': this is no TLS");
  assert.equal(saidInPlain(fromHex('160303004a02')), '');
});

async function command(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const output = { stdout: '', stderr: '' };
  const status = await runCommand(explainCommand, {
    argv,
    env: {},
    stdout: { write: (text) => (output.stdout += text) },
    stderr: { write: (text) => (output.stderr += text) },
  });
  return { status, ...output };
}

void describe('the command', () => {
  test('writes a page and a key log for their owner only', async () => {
    const [html, keylog] = [join(folder, 'explained.html'), join(folder, 'keys.log')];
    const { status, stdout, stderr } = await command('--local', '--html', html, '--keylog', keylog);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    const [first, keys, second, ...more] = stderr.split('\n');
    assert.match(first, /^connecting to endpoint\.test port \d+, a local endpoint$/);
    assert.match(keys, /^wrote .*keys\.log: Wireshark takes it/);
    assert.match(second, /^wrote .*explained\.html: open it in a browser$/);
    assert.deepEqual(more, ['']);
    const [, random, master] = readFileSync(keylog, 'utf8').trim().split(' ');
    const page = readFileSync(html, 'utf8');
    assert.ok(page.includes(random) && page.includes(master));
    if (process.platform !== 'win32') assert.equal(statSync(keylog).mode & 0o777, 0o600);
  });

  /** Asserts that the command fails with one line. */
  const fails = async (argv: string[], code: number, pattern: RegExp): Promise<void> => {
    const { status, stdout, stderr } = await command(...argv);
    assert.equal(status, code, stderr);
    assert.equal(stdout, '');
    const notes = /^(\S+ may be on, and CONNECT would throw it out: --take-over .*\n)?(connecting to .*\n)?/;
    assert.match(stderr.replace(notes, ''), pattern);
  };

  test('deletes the keys also when the reader ends it, or Ctrl-C', { skip: process.platform === 'win32' }, async () => {
    const own = join(folder, 'temporary');
    mkdirSync(own);
    const start = (): ChildProcessWithoutNullStreams =>
      spawn(process.execPath, commandLine('explain', '--local'), {
        env: { ...process.env, TMPDIR: own },
        timeout: 240_000,
      });
    const left = (): string[] => readdirSync(own).filter((name) => name.startsWith('pico-kitchen-'));
    const ended = async (child: ChildProcess): Promise<unknown> => ((await once(child, 'exit')) as unknown[])[0];
    const read = start();
    read.stdout.once('data', () => read.stdout.destroy());
    assert.deepEqual([await ended(read), left()], [0, []]);
    const stopped = start();
    await once(stopped.stderr, 'data');
    assert.equal(left().length, 1);
    stopped.kill('SIGINT');
    assert.deepEqual([await ended(stopped), left()], [1, []]);
  });

  test('says in one line that there is no config', () =>
    fails(
      ['--board', join(folder, 'none.json')],
      1,
      /^npm run explain: [^\n]*none\.json: not found; npm run setup [^\n]* makes one\n$/,
    ));

  test('refuses in one line to write page and keys into one file', () =>
    fails(
      ['--local', '--html', `${folder}/x/../one`, '--keylog', join(folder, 'one')],
      64,
      /^npm run explain: --html and --keylog: expected two files, found \S+\.\.\/one for both\n$/,
    ));

  test('says of a connection that fails what came, and that there are no keys', async () => {
    const server = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const prepared = await prepareFolder({ folder: join(folder, 'http'), kind: 'ecdsa', host: 'localhost' });
    prepared.writeBoardConfig((server.address() as AddressInfo).port, 10);
    const keylog = join(folder, 'none.log');
    const { status, stdout, stderr } = await command('--board', prepared.boardFile, '--keylog', keylog);
    server.close();
    assert.deepEqual([status, existsSync(keylog)], [1, false]);
    assert.match(stdout, /<-- not read/);
    const [, , keys, failure] = stderr.split('\n');
    assert.match(keys, /^no keys were agreed: .*none\.log was not written$/);
    assert.match(
      failure,
      /^npm run explain: the connection failed: .*, 'HTTP\/1\.1 400 Bad Request': this is plain HTTP$/,
    );
  });

  test('names the example’s endpoint, and the way to an own one', async () => {
    const example = join(folder, 'example.json');
    copyFileSync('board/config.example.json', example);
    await fails(['--board', example], 1, /endpoint\.host is still the example's \S+; [^\n]*--local[^\n]*\n$/);
  });

  test('does not disconnect a board unasked: without --take-over it shows the handshake only', async () => {
    const prepared = await prepareFolder({ folder: join(folder, 'asked'), kind: 'ecdsa', host: 'localhost' });
    const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    const published: string[] = [];
    endpoint.on('message', ({ topic }) => published.push(topic));
    endpoint.on('reading', ({ topic }) => published.push(topic));
    prepared.writeBoardConfig(endpoint.port, 10);
    const hosts = ['--board', prepared.boardFile];
    const careful = await command(...hosts);
    const bold = await command(...hosts, '--take-over');
    const loud = await command(...hosts, '--take-over', '--publish');
    await endpoint.close();
    for (const { status, stderr } of [careful, bold, loud]) assert.equal(status, 0, stderr);
    assert.match(careful.stderr, /^kitchen-1 may be on, .*--take-over/);
    assert.match(careful.stderr, /for the handshake only$/m);
    assert.ok(!careful.stdout.includes('CONNECT') && bold.stdout.includes('--> CONNECT'));
    assert.match(careful.stdout, /^Checked\n ✓ board: the suite chosen/m);
    assert.deepEqual(published, ['kitchen/kitchen-1/reply', 'kitchen/kitchen-1/temperature']);
  });

  test('says that a full disk is full', { skip: !existsSync('/dev/full') }, async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, commandLine('explain', '--local'), {
      stdio: ['ignore', full, 'pipe'],
      timeout: 240_000,
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [status] = (await once(child, 'close')) as unknown[];
    closeSync(full);
    assert.equal(status, 1);
    assert.match(stderr, /npm run explain: cannot write to standard output: no space left/);
  });

  test('refuses two endpoints in one line', () =>
    fails(['--board', 'x', '--local'], 64, /^npm run explain: [^\n]*exclude each other\n$/));

  test('says in one line that a port is closed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const prepared = await prepareFolder({
      folder: join(folder, 'closed'),
      kind: 'ecdsa',
      host: 'localhost',
    });
    prepared.writeBoardConfig(port, 10);
    await fails(
      ['--board', prepared.boardFile],
      1,
      /^npm run explain: cannot connect to localhost port \d+: [^\n]+\n$/,
    );
  });

  test('says in one line that a page cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await fails(['--local', '--html', join(folder, 'file', 'x.html')], 1, /^npm run explain: cannot write [^\n]+\n$/);
  });
});
