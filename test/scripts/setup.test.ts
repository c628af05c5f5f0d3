import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { encodeKeyPem, encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import { nameForPeople } from '../../scripts/lib/names.ts';
import { fetchRoot, readRoot } from '../../scripts/setup/brokerRoot.ts';
import { draftConfig, QUESTIONS } from '../../scripts/setup/questions.ts';
import { needsSocat } from '../support/serialCable.ts';
import { quotePath } from '../../scripts/lib/shell.ts';
import { isPlaceholder, readBoardConfig } from '../../scripts/config/config.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'setup-'));
after(() => rmSync(folder, { recursive: true }));

const answers = { ssid: 'home', password: 'long enough', host: 'broker.example' };

test('each answer is checked as it is typed', () => {
  const check = (name: string, answer: string): string | null =>
    QUESTIONS.find((question) => question.name === name)?.check(answer) ?? null;
  assert.equal(check('ssid', 'home'), null);
  assert.match(check('ssid', '') ?? '', /1 to 32 bytes/);
  assert.equal(check('password', ''), null);
  assert.match(check('password', 'short') ?? '', /^the value is not usable; wanted: WPA2 password/);
  assert.match(check('host', 'https://x') ?? '', /Host name only/);
  assert.match(check('thing', 'my kitchen') ?? '', /a-z/);
  assert.match(check('sensor', 'lm75') ?? '', /found "lm75"; wanted rp2040/);
});

test('a missing answer gets its fallback, or an error names its option', () => {
  assert.equal(draftConfig(answers, 'board/config.json').thing, 'kitchen-1');
  // Two boards of one name would throw each other out: the second is named after its config.
  assert.equal(draftConfig(answers, 'board/kitchen-3.json').thing, 'kitchen-3');
  assert.equal(draftConfig(answers, 'boards/kitchen-4/config.json').thing, 'kitchen-4');
  assert.throws(() => draftConfig(answers, 'board/my kitchen.json'), { message: '--thing is missing' });
  assert.ok(isPlaceholder(draftConfig({ ...answers, host: undefined }, 'f').endpoint.host));
  // A second config beside the first must not name its key.
  const aws = { ...answers, host: undefined };
  assert.deepEqual(draftConfig(aws, 'board/config.json').tls, {
    anchors: ['aws'],
    certificate: 'certs/device.crt.pem',
    key: 'certs/device.key.pem',
  });
  assert.equal(draftConfig({ ...aws, thing: 'kitchen-3' }, 'board/k.json').tls.key, 'certs/kitchen-3.key.pem');
  // Another broker's root is its own, and a certificate of AWS's is of no use there.
  assert.deepEqual(draftConfig(answers, 'board/config.json').tls, { anchors: ['certs/root.crt.pem'] });
  const broker = { port: 8884, username: 'board', password: ' x ' };
  const own = draftConfig(answers, 'board/kitchen-3.json', broker);
  assert.deepEqual(own.tls, { anchors: ['certs/kitchen-3-root.crt.pem'] });
  assert.deepEqual(own.endpoint, { host: 'broker.example', ...broker });
  for (const [name, option] of [
    ['ssid', '--ssid'],
    ['password', '--wifi-password'],
  ]) {
    assert.throws(() => draftConfig({ ...answers, [name]: undefined }, 'f'), { message: `${option} is missing` });
  }
});

test('the command writes a config that the build reads, for its owner only, and never over another', () => {
  const file = join(folder, 'boards', 'config.json');
  const run = (...more: string[]): { status: number | null; stderr: string } =>
    spawnSync(
      process.execPath,
      commandLine('setup', '--board', file, '--ssid', 'home', '--wifi-password', 'long enough').concat(more),
      { encoding: 'utf8' },
    );
  const asked = run('--endpoint', 'broker.example');
  assert.deepEqual([asked.status, /no terminal to ask on/.test(asked.stderr)], [64, true]);
  assert.equal(run('--endpoint', 'broker.example', '--yes').status, 0);
  assert.equal(readBoardConfig(file).endpoint.host, 'broker.example');
  assert.equal(statSync(file).mode & 0o077, 0);
  const again = run('--endpoint', 'other.example', '--yes');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /exists; --force overwrites it/);
  assert.equal(readBoardConfig(file).endpoint.host, 'broker.example');
  assert.equal(run('--endpoint', 'other.example', '--yes', '--force').status, 0);
  assert.equal(readBoardConfig(file).endpoint.host, 'other.example');
  assert.match(readFileSync(file, 'utf8'), /"\$schema": ".*config\.schema\.json"/);
});

test('a wrong option is reported before any question, and an open network has an empty password', () => {
  const file = join(folder, "grandma's kitchen", 'config.json');
  const run = (...more: string[]): { status: number | null; stderr: string; stdout: string } =>
    spawnSync(process.execPath, commandLine('setup', '--board', file, ...more), {
      encoding: 'utf8',
    });
  const wrong = run('--endpoint', 'https://x');
  assert.equal(wrong.status, 64);
  assert.match(wrong.stderr, /^npm run setup: --endpoint: found "https:\/\/x"; wanted: Host name only[^\n]*\n$/);
  const local = run('--endpoint', 'homeassistant.local');
  assert.match(local.stderr, /--endpoint: homeassistant\.local is found by multicast DNS.*IPv4 address/);
  const unnamed = run('--yes', '--ssid', 'home', '--wifi-password', '');
  assert.deepEqual([unnamed.status, /--thing is missing/.test(unnamed.stderr)], [64, true]);
  const open = run(
    '--thing',
    'kitchen-1',
    '--yes',
    '--ssid',
    'home',
    '--wifi-password',
    '',
    '--endpoint',
    'broker.example',
  );
  assert.deepEqual([open.status, open.stderr], [0, '']);
  assert.match(
    open.stdout,
    /next: put the broker's root certificate into \S.*kitchen-1-root\.crt\.pem; then npm run doctor/,
  );
  assert.equal(readBoardConfig(file).wifi.password, '');
  const aws = run('--thing', 'kitchen-1', '--yes', '--force', '--ssid', 'home', '--wifi-password', '');
  assert.ok(aws.stdout.includes(`next: npm run provision -- --board ${quotePath(file)}, which`), aws.stdout);
});

void describe('npm run setup at a terminal', { ...needsSocat, timeout: 60_000 }, () => {
  const file = join(folder, 'asked', 'config.json');

  /** Types each answer once its question is there. @returns the exit code, and all that the terminal showed */
  async function answer(
    dialogue: [question: string, typed: string][],
    ...options: string[]
  ): Promise<[number, string]> {
    // socat ends at once when what it runs fails, and drops what the terminal still holds: so a shell tells the exit code.
    const command = [process.execPath, ...commandLine('setup', '--board', file, ...options)]
      .map((word) => quotePath(word))
      .join(' ');
    const script = join(folder, 'terminal.sh');
    writeFileSync(script, `trap : INT\n${command}\necho "exit code $?"\n`);
    const terminal = spawn('socat', ['-', `EXEC:sh ${script},pty,setsid,ctty,stderr`], {
      env: { PATH: process.env.PATH, TERM: 'xterm' },
    });
    after(() => terminal.kill());
    let shown = '';
    let next = 0;
    let seen = 0;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (next === dialogue.length || !shown.slice(seen).includes(dialogue[next][0])) return;
      seen = shown.length;
      terminal.stdin.write(dialogue[next++][1]);
    });
    await once(terminal, 'close');
    const code = /^exit code (\d+)\r?\n$/m.exec(shown)?.[1] ?? assert.fail(`no exit code in ${JSON.stringify(shown)}`);
    return [Number(code), shown];
  }

  test('asks again after an answer that cannot be used', async () => {
    const [code, shown] = await answer(
      [
        ['Wi-Fi network', ' home \r'],
        ['Wi-Fi password', 'short\r'],
        ['Wi-Fi password (', 'long enough\r'],
        ['Endpoint host', '\r'],
        ['Sensor', 'tmp117\r'],
      ],
      '--thing',
      'kitchen-7',
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /the value is not usable; wanted: WPA2 password/);
    assert.match(shown, /the blanks at its beginning or end are kept/);
    assert.match(shown, /next: npm run provision -- --board /);
    const { thing, wifi, endpoint, sensor } = readBoardConfig(file);
    assert.deepEqual([thing, wifi, sensor?.type], ['kitchen-7', { ssid: ' home ', password: 'long enough' }, 'tmp117']);
    assert.ok(isPlaceholder(endpoint.host));
  });

  test('never overwrites without a yes, and Ctrl-C is not an error of the program', async () => {
    const before = readFileSync(file, 'utf8');
    const [refused, said] = await answer([['Overwrite it? [y/N]', 'n\r']]);
    assert.equal(refused, 1, said);
    assert.match(said, /config\.json was not changed/);
    const [stopped, shown] = await answer([
      ['Overwrite it? [y/N]', 'y\r'],
      ['Wi-Fi network', '\x03'],
    ]);
    assert.equal(stopped, 1, shown);
    assert.match(shown, /npm run setup: stopped; nothing was changed/);
    assert.equal(readFileSync(file, 'utf8'), before);
  });
});

test("another broker's root is taken from a file, or from the broker itself", async () => {
  const chain = await makeServerChain({ kind: 'ecdsa', host: 'broker.example' });
  const pem = (der: Uint8Array): string => encodePem('CERTIFICATE', der);
  const file = join(folder, 'root.crt');
  writeFileSync(file, Buffer.from(pem(chain.anchor), 'utf16le'));
  const root = readRoot(file);
  assert.deepEqual([root.name, root.pem], [nameForPeople(chain.anchor), pem(chain.anchor)]);
  writeFileSync(file, pem(chain.certificates[0]));
  assert.throws(() => readRoot(file), /is not a root certificate; ask the broker's authority for its root certificate/);
  const server = createTlsServer({ key: encodeKeyPem(chain.key), cert: chain.certificates.map(pem).join('') });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const fetched = await fetchRoot('127.0.0.1', port);
  server.close();
  const sent = new X509Certificate(chain.certificates[chain.certificates.length - 1]);
  assert.equal(fetched.fingerprint, sent.fingerprint256);
  await assert.rejects(fetchRoot('127.0.0.1', port), /no TLS connection \(connection refused\)/);
});

test('git ignores the configs, keys and certificates of all boards, and nothing that is part of the project', () => {
  const git = (...argv: string[]): string => spawnSync('git', argv, { encoding: 'utf8' }).stdout.trim();
  if (git('rev-parse', '--is-inside-work-tree') !== 'true') return;
  const own = ['board/config.json', 'board/kitchen-3.json', 'board/certs/kitchen-3.key.pem', 'boards/k/config.json'];
  assert.deepEqual(git('check-ignore', ...own, 'kitchen-3.crt.pem').split('\n'), [...own, 'kitchen-3.crt.pem']);
  assert.equal(git('ls-files', '--cached', '--ignored', '--exclude-standard'), '');
});
