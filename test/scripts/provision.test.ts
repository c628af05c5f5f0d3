import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { runCommand } from '../../scripts/lib/cli.ts';
import { provisionCommand } from '../../scripts/provision/command.ts';
import { readBoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { basicConstraints, encodeKeyPem, encodePem, makeCertificate } from '../../scripts/lib/certificates.ts';
import { openAccount } from '../../scripts/provision/account.ts';
import { makeRequest, readOrMakeKey } from '../../scripts/provision/identity.ts';
import { setInJson } from '../../scripts/provision/jsonText.ts';
import { policyDocument, policyName } from '../../scripts/provision/policy.ts';
import { boardTopics } from '../../firmware/topics.ts';
import { readWatcher } from '../../scripts/watch/identity.ts';
import { ApiError } from '../support/apiError.ts';
import { AwsIot, requestedKey } from '../support/awsIot.ts';
import { commandLine } from '../support/command.ts';

const root = mkdtempSync(join(tmpdir(), 'provision-'));
after(() => rmSync(root, { recursive: true }));

const HOST = 'standin-ats.iot.eu-west-1.amazonaws.com';
const CONFIG = `{
  "wifi": { "ssid": "my network", "password": "at least 8 characters" },
  "thing": "kitchen-1",
  "endpoint": { "host": "abcdefgh1234-ats.iot.eu-west-1.amazonaws.com", "port": 8883 },
  "tls": {
    "anchors": ["certs/AmazonRootCA1.pem"]
  },
  "sensor": {"type":   "rp2040", "offsetCelsius": -1.50},
  "telemetry": { "topic": "kitchen/{thing}/temperature", "intervalSeconds": 60 }
}
`;

let iot: AwsIot;
before(async () => (iot = await AwsIot.start()));
after(() => iot.close());
beforeEach(() => {
  iot.calls.length = 0;
  iot.refuse = (): void => undefined;
});

/** A folder with a board config in it. */
function makeBoard(name: string, text = CONFIG): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'certs'), { recursive: true });
  copyFileSync('board/certs/AmazonRootCA1.pem', join(folder, 'certs/AmazonRootCA1.pem'));
  writeFileSync(join(folder, 'config.json'), text);
  return folder;
}

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

const ENVIRONMENT = {
  HOME: root,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ACCESS_KEY_ID: 'AKIDSTANDIN',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'eu-west-1',
};
const NO_CREDENTIALS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

/** Runs the command here: the SDK takes a second to load. It reads the process's environment, so that is set too. */
async function provision(argv: string[], extra: Record<string, string> = {}): Promise<Result> {
  const env: Record<string, string> = { ...ENVIRONMENT, AWS_ENDPOINT_URL_IOT: iot.url, ...extra };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(env)) {
    if (value === '') delete process.env[name];
    else process.env[name] = value;
  }
  const result = { code: 0, stdout: '', stderr: '' };
  result.code = await runCommand(provisionCommand, {
    argv,
    env: process.env,
    stdout: { write: (text) => (result.stdout += text) },
    stderr: { write: (text) => (result.stderr += text) },
  });
  return result;
}

/** Fails with one line on stderr. */
async function refused(argv: string[], problem: RegExp, extra: Record<string, string> = {}, code = 1): Promise<void> {
  const result = await provision(argv, extra);
  assert.equal(result.code, code, result.stderr + result.stdout);
  assert.match(result.stderr, /^npm run provision: [^\n]*\n$/);
  assert.match(result.stderr, problem);
}

test('a board gets all it needs, once, and nothing else changes in its config', async () => {
  const folder = makeBoard('first');
  const file = join(folder, 'config.json');
  const { code, stdout, stderr } = await provision(['--board', file]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^made {4}key [^\n]*\nmade {4}thing kitchen-1\nmade {4}certificate /);
  assert.match(stdout, /next: npm run doctor -- --board /);

  const keyFile = join(folder, 'certs/kitchen-1.key.pem');
  if (process.platform !== 'win32') assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const config = readBoardConfig(file);
  const { certificates, key } = readBoardFiles(config, file, Date.now());
  assert.equal(key?.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  const id = createHash('sha256').update(certificates[0]).digest('hex');
  const arn = `arn:aws:iot:eu-west-1:123456789012:cert/${id}`;
  assert.equal(iot.certificates.get(id)?.status, 'ACTIVE');
  assert.deepEqual([...iot.attached], [`pico-kitchen-kitchen-1 → ${arn}`, `kitchen-1 → ${arn}`]);
  assert.equal(
    readFileSync(file, 'utf8'),
    CONFIG.replace('abcdefgh1234-ats.iot.eu-west-1.amazonaws.com', HOST).replace(
      `"anchors": ["certs/AmazonRootCA1.pem"]`,
      `"anchors": ["certs/AmazonRootCA1.pem"],\n    "certificate": "certs/kitchen-1.crt.pem",\n    "key": "certs/kitchen-1.key.pem"`,
    ),
  );

  const files = (): string[] =>
    [keyFile, file, join(folder, 'certs/kitchen-1.crt.pem')].map((f) => readFileSync(f, 'utf8'));
  const before = files();
  iot.calls.length = 0;
  const again = await provision(['--board', file]);
  assert.equal(again.code, 0, again.stderr);
  assert.doesNotMatch(again.stdout, /made|changed/);
  assert.deepEqual(files(), before);
  assert.deepEqual(iot.writes, ['PUT target-policies', 'PUT things principals']);
  assert.equal(iot.attached.size, 2);
});

test('changes by others are corrected: an inactive certificate, another policy, five versions of it', async () => {
  const file = join(root, 'first', 'config.json');
  const [certificate] = iot.certificates.values();
  certificate.status = 'INACTIVE';
  const policy = iot.policies.get('pico-kitchen-kitchen-1');
  assert.ok(policy !== undefined);
  const right = iot.document('pico-kitchen-kitchen-1');
  for (const version of ['2', '3', '4', '9']) policy.versions.set(version, '{}');
  policy.versions.delete('1');
  policy.versions.set('10', '{}');
  policy.defaultVersion = '2';
  const { code, stdout, stderr } = await provision(['--board', file]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /changed certificate .* from INACTIVE to active/);
  assert.equal(certificate.status, 'ACTIVE');
  assert.deepEqual([...policy.versions.keys()], ['2', '4', '9', '10', '11']);
  assert.deepEqual(iot.document('pico-kitchen-kitchen-1'), right);
});

test('a certificate that is revoked, or that this account does not know, does not pass for one that works', async () => {
  const file = join(root, 'first', 'config.json');
  const [[id, certificate]] = iot.certificates;
  certificate.status = 'REVOKED';
  await refused(['--board', file], /the certificate is revoked; move it and its key away/);
  iot.certificates.delete(id);
  await refused(
    ['--board', file],
    /AWS IoT in eu-west-1 does not know this certificate; another --region or account\?/,
  );
  certificate.status = 'ACTIVE';
  iot.certificates.set(id, certificate);
});

test('an interrupted run is continued', async () => {
  const file = join(makeBoard('cut', CONFIG.replace('kitchen-1', 'kitchen-cut')), 'config.json');
  iot.refuse = (call): void => {
    if (call === 'POST policies') throw new ApiError(429, 'LimitExceededException', 'no more policies');
  };
  await refused(['--board', file], /a limit of the AWS account is reached: no more policies/).catch(
    (error: unknown) => {
      // The steps done before are told on stdout.
      throw error;
    },
  );
  const made = iot.certificates.size;
  iot.refuse = (): void => undefined;
  const { code, stdout } = await provision(['--board', file]);
  assert.equal(code, 0);
  assert.match(stdout, /kept {4}key .*\nkept {4}thing .*\nkept {4}certificate .*\nmade {4}policy /);
  assert.equal(iot.certificates.size, made);
});

test('each refusal of AWS is printed in one line with what to do, and nothing is made', async () => {
  const file = join(makeBoard('refused', CONFIG.replace('kitchen-1', 'kitchen-refused')), 'config.json');
  const cases: [string, number, string, RegExp][] = [
    [
      'AccessDeniedException',
      403,
      'User: arn:aws:iam::1:user/x is not authorized to perform: iot:DescribeEndpoint on resource: *',
      /AWS denies iot:DescribeEndpoint: let an administrator allow it/,
    ],
    ['ExpiredTokenException', 403, 'The security token is expired', /have expired; sign in again/],
    [
      'UnrecognizedClientException',
      403,
      'token is invalid',
      /AWS does not accept the credentials; check them, and this PC's/,
    ],
    ['ServiceQuotaThing', 400, 'something new', /refuses: ServiceQuotaThing: something new/],
  ];
  for (const [name, status, message, problem] of cases) {
    iot.refuse = (): never => {
      throw new ApiError(status, name, message);
    };
    await refused(['--board', file], problem);
  }
  const dead = { AWS_ENDPOINT_URL_IOT: 'http://127.0.0.1:9' };
  await refused(['--board', file], /AWS IoT in eu-west-1 cannot be reached: connection refused/, dead);
  const typo = { AWS_ENDPOINT_URL_IOT: 'http://iot.eu-wst-1.invalid' };
  await refused(['--board', file], /does not resolve; is the region right, and this PC online/, typo);
  await refused(['--board', file], /no AWS region is set; add --region/, { AWS_REGION: '' });
  assert.equal(existsSync(join(root, 'refused/certs/kitchen-refused.key.pem')), false);
});

test('an error says that the region is wrong before anything is made', async () => {
  const folder = makeBoard('region', CONFIG.replace('abcdefgh1234-ats.iot.eu-west-1', 'mine-ats.iot.eu-central-1'));
  const file = join(folder, 'config.json');
  await refused(
    ['--board', file],
    /endpoint\.host is mine-ats\.iot\.eu-central-1.*: try --region eu-central-1; --replace/,
  );
  assert.deepEqual(iot.calls, ['GET endpoint']);
  // Where nothing names a region, the endpoint does.
  await refused(['--board', file], /this account's in eu-central-1 is standin-ats.*another account\?/, {
    AWS_REGION: '',
  });
  const { code } = await provision(['--board', file, '--replace-endpoint']);
  assert.deepEqual([code, readBoardConfig(file).endpoint.host], [0, HOST]);
});

test('without credentials the commands are printed, and the certificate is taken back', async () => {
  const folder = makeBoard('manual', CONFIG.replace('kitchen-1', 'kitchen-2'));
  const file = join(folder, 'config.json');
  const { code, stdout, stderr } = await provision(['--board', file], NO_CREDENTIALS);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /made +key .*no AWS credentials were found on this PC; paste these commands into AWS CloudShell/s,
  );
  assert.match(
    stderr,
    /save its text, .* then: npm run provision -- --board \S+ --certificate FILE --endpoint HOST\n$/s,
  );
  assert.deepEqual(iot.calls, []);
  const key = createPrivateKey(readFileSync(join(folder, 'certs/kitchen-2.key.pem')));
  assert.doesNotMatch(stdout, /PRIVATE/);
  const request = /-----BEGIN CERTIFICATE REQUEST[^']*/.exec(stdout)?.[0] ?? '';
  assert.deepEqual(requestedKey(request).export({ format: 'jwk' }).x, key.export({ format: 'jwk' }).x);
  assert.match(stdout, /aws iot create-thing --thing-name kitchen-2/);
  const document = /POLICY='(.*)'\n/.exec(stdout)?.[1] ?? '';
  const config = readBoardConfig(file);
  const arn = 'arn:aws:iot:eu-west-1:1';
  assert.deepEqual(
    JSON.parse(document.replaceAll(`'"$ARN"'`, arn)),
    policyDocument(arn, config, boardTopics('kitchen/kitchen-2/temperature', 'kitchen-2')),
  );

  const given = join(folder, 'given.pem');
  const other = join(root, 'first/certs/kitchen-1.crt.pem');
  const back = ['--board', file, '--certificate', given];
  await refused(back, /endpoint\.host is still the example's; add --endpoint/);
  back.push('--endpoint', HOST);
  await refused(back, /given\.pem: no such file/);
  copyFileSync(other, given);
  await refused(back, /the certificate is not for the key in .*kitchen-2\.key\.pem/);
  writeFileSync(given, 'pem');
  await refused(back, /wanted a certificate in PEM/);
  const response = await fetch(`${iot.url}/certificates?setAsActive=true`, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/iot/aws4_request' },
    body: JSON.stringify({ certificateSigningRequest: request }),
  });
  writeFileSync(given, ((await response.json()) as { certificatePem: string }).certificatePem);
  const taken = await provision(back, NO_CREDENTIALS);
  assert.equal(taken.code, 0, taken.stderr);
  const written = readBoardConfig(file);
  assert.equal(written.endpoint.host, HOST);
  const [der] = readBoardFiles(written, file, Date.now()).certificates;
  assert.ok(new X509Certificate(der).checkPrivateKey(key));

  // The existing files stay, whatever is wrong.
  const certificateFile = join(folder, 'certs/kitchen-2.crt.pem');
  const before = [readFileSync(file, 'utf8'), readFileSync(certificateFile, 'utf8')];
  await refused(
    ['--board', file, '--certificate', given, '--endpoint', 'https://x/'],
    /^npm run provision: --endpoint: found "https:\/\/x\/"; wanted: Host name only/,
    {},
    64,
  );
  const certify = (from: number, to: number, ...extensions: Uint8Array[]): void => {
    const name = { CN: 'somebody' };
    const [validFrom, validTo] = [new Date(Date.now() + from), new Date(Date.now() + to)];
    const template = { subject: name, subjectKey: key, issuer: name, issuerKey: key, from: validFrom, to: validTo };
    writeFileSync(given, encodePem('CERTIFICATE', makeCertificate({ ...template, extensions })));
  };
  const day = 86_400_000;
  certify(day, 2 * day);
  await refused(back, /given\.pem: the certificate is valid from .* only; is this PC's clock right\?/);
  certify(-2 * day, -day);
  await refused(back, /given\.pem: the certificate expired/);
  certify(-day, day, basicConstraints(true));
  await refused(back, /given\.pem: found the certificate of an authority, somebody; wanted the device's own/);
  certify(-day, day);
  rmSync(join(folder, 'certs/AmazonRootCA1.pem'));
  await refused(back, /tls\.anchors\[0\]: certs\/AmazonRootCA1\.pem: not found/);
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(certificateFile, 'utf8')], before);
});

test("a second config in a folder gets a key of its own, and one that names the first one's is refused", async () => {
  const folder = makeBoard('both');
  const [first, second] = ['config.json', 'second.json'].map((name) => join(folder, name));
  assert.equal((await provision(['--board', first])).code, 0);
  const files = (): string[] =>
    ['crt', 'key'].map((kind) => readFileSync(join(folder, `certs/kitchen-1.${kind}.pem`), 'utf8'));
  const before = files();
  writeFileSync(second, CONFIG.replace('kitchen-1', 'kitchen:2'));
  assert.equal((await provision(['--board', second])).code, 0);
  const { tls } = readBoardConfig(second);
  assert.deepEqual([tls.certificate, tls.key], ['certs/kitchen=2.crt.pem', 'certs/kitchen=2.key.pem']);
  assert.notEqual(readFileSync(join(folder, 'certs/kitchen=2.key.pem'), 'utf8'), before[1]);

  writeFileSync(second, readFileSync(first, 'utf8').replace('kitchen-1', 'kitchen-3'));
  await refused(
    ['--board', second, '--print'],
    /second\.json: tls\.key: found certs\/kitchen-1\.key\.pem, which is the key of kitchen-1 in config\.json; .* certs\/kitchen-3\.key\.pem/,
  );
  assert.equal((await provision(['--board', first])).code, 0);
  assert.deepEqual(files(), before);
});

test('a fleet gets a folder and a key for each board, and existing ones stay', async () => {
  const template = join(makeBoard('template'), 'config.json');
  const out = join(root, 'boards');
  const fleet = ['--board', template, '--count', '2', '--prefix', 'larder-', '--out', out];
  const { code, stderr } = await provision(fleet);
  assert.equal(code, 0, stderr);
  const boards = ['larder-1', 'larder-2'].map((thing) => {
    const file = join(out, thing, 'config.json');
    const config = readBoardConfig(file);
    assert.deepEqual([config.thing, config.endpoint.host], [thing, HOST]);
    assert.equal(config.wifi.ssid, 'my network');
    return readBoardFiles(config, file, Date.now());
  });
  assert.notDeepEqual(boards[0].certificates, boards[1].certificates);
  assert.ok(iot.things.has('larder-1') && iot.things.has('larder-2'));
  assert.equal(existsSync(join(root, 'template/certs/kitchen-1.key.pem')), false);

  const edited = join(out, 'larder-2', 'config.json');
  writeFileSync(edited, setInJson(readFileSync(edited, 'utf8'), ['wifi', 'ssid'], 'the other house'));
  // The next ones come behind them, and behind the names that another PC has given.
  iot.things.add('larder-4');
  assert.equal((await provision(fleet)).code, 0);
  assert.equal(readBoardConfig(edited).wifi.ssid, 'the other house');
  assert.deepEqual(readdirSync(out).sort(), ['larder-1', 'larder-2', 'larder-3', 'larder-5']);
  assert.ok(iot.things.has('larder-3') && iot.things.has('larder-5'));
  // One that has no certificate yet, of a run that was cut short, is finished first.
  rmSync(join(out, 'larder-3', 'certs/device.crt.pem'));
  assert.equal((await provision(fleet)).code, 0);
  assert.ok(existsSync(join(out, 'larder-3', 'certs/device.crt.pem')));
  assert.equal(readdirSync(out).length, 5);

  writeFileSync(edited, setInJson(readFileSync(edited, 'utf8'), ['thing'], 'larder-1'));
  rmSync(join(out, 'larder-2', 'certs/device.crt.pem'));
  await refused(fleet, /larder-2.config\.json: thing: found 'larder-1', expected 'larder-2'/);
});

test("a fleet's names count on from the board whose config is copied, and no name is printed twice", async () => {
  const template = join(makeBoard('model'), 'config.json');
  const out = join(root, 'more-boards');
  const fleet = ['--board', template, '--count', '2', '--out', out];
  const print = async (): Promise<string[]> => {
    const { code, stdout, stderr } = await provision([...fleet, '--print']);
    assert.equal(code, 0, stderr);
    return [...stdout.matchAll(/--thing-name '?([\w-]+)'? --query/g)].map(([, thing]) => thing);
  };
  assert.deepEqual(await print(), ['kitchen-2', 'kitchen-3']);
  // Their certificates are still to come.
  assert.deepEqual(await print(), ['kitchen-2', 'kitchen-3']);
});

test('a board of another broker gets no commands and no certificate of AWS', async () => {
  const folder = makeBoard('other', CONFIG.replace('abcdefgh1234-ats.iot.eu-west-1.amazonaws.com', 'broker.example'));
  const other = ['--board', join(folder, 'config.json')];
  const out = join(root, 'other-boards');
  const problem = /endpoint\.host is broker\.example, which is not a name that AWS IoT Core gives.*own authority/;
  await refused([...other, '--print'], problem);
  await refused(other, problem);
  await refused([...other, '--count', '2', '--out', out], problem);
  assert.deepEqual(
    [iot.calls, existsSync(out), existsSync(join(folder, 'certs/kitchen-1.key.pem'))],
    [[], false, false],
  );
  assert.equal((await provision([...other, '--replace-endpoint'])).code, 0);
  assert.equal(readBoardConfig(other[1]).endpoint.host, HOST);
});

test('options that exclude each other are refused', async () => {
  const usage = (argv: string[], problem: RegExp): Promise<void> => refused(argv, problem, {}, 64);
  await usage(['--count', '2', '--certificate', 'x'], /--certificate is for one board/);
  await usage(['--endpoint', HOST], /--endpoint goes with --certificate only/);
  await usage(['--count', '0'], /--count: expected a whole number, 1 to 1000/);
  await usage(
    ['--region', 'eu-west-1; rm -rf ~', '--print'],
    /--region: found "eu-west-1; rm -rf ~"; wanted a region's/,
  );
  await refused(['--board', join(root, 'none.json')], /none\.json: not found/);
});

test('the command prints its help, and its exit code says that a config is missing', () => {
  const command = commandLine('provision');
  const help = spawnSync(process.execPath, [...command, '--help'], { encoding: 'utf8' });
  assert.deepEqual([help.status, help.stderr], [0, '']);
  assert.match(help.stdout, /^Usage: npm run provision -- /);
  const missing = spawnSync(process.execPath, [...command, '--board', join(root, 'none.json')], { encoding: 'utf8' });
  assert.deepEqual([missing.status, missing.stdout], [1, '']);
});

test('an error says that the SDK is not installed, and how to install it', async () => {
  const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-iot'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await assert.rejects(
    openAccount({ region: 'eu-west-1', hint: undefined }, {}, () => Promise.reject(missing)),
    { name: 'UserError', message: /@aws-sdk\/client-iot is not installed: npm install/ },
  );
});

test('the policy allows this client, its topics, a retained status and a will, and nothing else', () => {
  const arn = 'arn:aws:iot:eu-west-1:1';
  const topics = boardTopics('kitchen/k/temperature', 'k');
  const without = { thing: 'k', endpoint: { jobs: false } };
  const { Statement } = policyDocument(arn, without, topics) as {
    Statement: { Action: string | string[]; Resource: string | string[]; Condition?: unknown }[];
  };
  const rules = Object.fromEntries(Statement.map(({ Action, Resource }) => [String(Action), Resource]));
  assert.deepEqual(rules, {
    'iot:Connect': `${arn}:client/k`,
    'iot:Publish': ['temperature', 'status', 'health', 'reply'].map((name) => `${arn}:topic/kitchen/k/${name}`),
    'iot:RetainPublish': `${arn}:topic/kitchen/k/status`,
    'iot:Subscribe,iot:Receive': [`${arn}:topic/kitchen/k/command`, `${arn}:topicfilter/kitchen/k/command`],
  });
  assert.deepEqual(Statement[0].Condition, { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } });
  for (const wild of ['a/*', 'a?', '${iot:ClientId}']) {
    assert.throws(() => policyDocument(arn, { thing: 'k' }, { ...topics, telemetry: wild }), /has \*, \? or/);
  }
  const off = { ...topics, status: null, health: null, command: null, reply: null };
  assert.deepEqual((policyDocument(arn, without, off) as { Statement: unknown }).Statement, [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: `${arn}:client/k` },
    { Effect: 'Allow', Action: 'iot:Publish', Resource: [`${arn}:topic/kitchen/k/temperature`] },
  ]);
  const services = {
    Effect: 'Allow',
    Action: ['iot:Publish', 'iot:Subscribe', 'iot:Receive'],
    Resource: [`${arn}:topic/$aws/things/k/*`, `${arn}:topicfilter/$aws/things/k/*`],
  };
  const last = (...args: Parameters<typeof policyDocument>): unknown =>
    (policyDocument(...args) as { Statement: object[] }).Statement.at(-1);
  assert.deepEqual(last(arn, without, { ...off, shadow: '$aws/things/k/shadow/update' }), services);
  assert.deepEqual(last(arn, { thing: 'k' }, topics), services);
  assert.equal(policyName('a:b'), 'pico-kitchen-a=b');
  assert.throws(() => policyName('x'.repeat(116)), /too long by 1/);
  // All features, four sensors with topics of their own, and a long name fit.
  const thing = 'upstairs-kitchen-fridge-0001';
  const sensors = ['fridge', 'freezer', 'room', 'outside'].map(
    (name) => ({ name, type: 'rp2040', offsetCelsius: 0 }) as const,
  );
  const long = (levels: string): ReturnType<typeof boardTopics> =>
    boardTopics(`${levels}/${thing}/{sensor}/temperature`, thing, {}, { alarms: true, shadow: true });
  const where = 'arn:aws:iot:ap-southeast-1:123456789012';
  const config = { thing, sensors };
  assert.ok(policyDocument(where, config, long('kitchen')));
  assert.throws(
    () => policyDocument(where, config, long('a/long/way/to/a/kitchen')),
    /characters, and AWS takes 2048: shorten/,
  );
});

test('a request proves that its sender has the key, and errors say why other keys are refused', async () => {
  const file = join(root, 'request.key.pem');
  const { key, isNew } = await readOrMakeKey(file);
  assert.equal(isNew, true);
  assert.equal((await readOrMakeKey(file)).isNew, false);
  const pem = makeRequest(key, file, 'k'.repeat(128));
  assert.equal(requestedKey(pem).asymmetricKeyDetails?.namedCurve, 'prime256v1');
  const body = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64');
  body[40] ^= 1;
  const damaged = pem.replace(/\n[^-]+\n/s, `\n${body.toString('base64')}\n`);
  assert.throws(() => requestedKey(damaged), /certificate request/);

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  assert.throws(() => makeRequest(privateKey, file, 'k'), /not on P-256; move it away/);
  writeFileSync(file, encodeKeyPem(key).replace('BEGIN', 'BEGAN'));
  await assert.rejects(readOrMakeKey(file), /wanted a private key in PEM/);
});

test('one value of a JSON text is changed or added, and everything else stays', () => {
  const text = '{"a": {"x": "}\\"{", "b" : [1, {"b": 2}],\n\t"c":null }, "e": {  }, "a ": 1e3}';
  const cases: [string[], unknown, string][] = [
    [['a', 'x'], 'y', text.replace('"}\\"{"', '"y"')],
    [['a', 'b'], 7, text.replace('[1, {"b": 2}]', '7')],
    [['a', 'c'], ['q'], text.replace('null', '["q"]')],
    [['a', 'new'], 1, text.replace('null', 'null,\n\t"new": 1')],
    [['e', 'new'], true, text.replace('{  }', '{ "new": true }')],
    [['a '], 2, text.replace('1e3', '2')],
    [['z'], '', text.replace('1e3', '1e3, "z": ""')],
  ];
  for (const [path, value, expected] of cases) {
    assert.equal(setInJson(text, path, value), expected);
    let found: unknown = JSON.parse(expected);
    for (const name of path) found = (found as Record<string, unknown>)[name];
    assert.deepEqual(found, value);
  }
  assert.equal(setInJson('{"a":1,"a":2}', ['a'], 3), '{"a":1,"a":3}');
});

/**
 * `aws` as far as the printed commands use it; a call that FAIL names is refused, and VERSIONS is how many a policy
 * has.
 */
const FAKE_AWS = `#!/bin/sh
while [ "$1" != iot ]; do shift; done
call=$2
echo "$call" >> calls
[ "$call" = "$FAIL" ] && { echo "An error occurred (AccessDenied) $call" >&2; exit 254; }
case $call in
  create-thing) echo arn:aws:iot:eu-west-1:123456789012:thing/kitchen-1;;
  create-certificate-from-csr) echo "(the new certificate)" > kitchen-1.crt.pem; echo arn:aws:iot:eu-west-1:123456789012:cert/abcd;;
  get-policy) [ "$VERSIONS" -gt 0 ];;
  list-policy-versions) [ "$VERSIONS" = 5 ] && echo 2 || echo None;;
  describe-endpoint) echo "$ENDPOINT";;
esac
`;

test(
  'the printed commands stop at the first failure, make room for a policy, and give no earlier certificate',
  {
    skip: process.platform === 'win32',
  },
  async () => {
    const folder = makeBoard('pasted');
    const { stdout } = await provision(['--board', join(folder, 'config.json'), '--print'], NO_CREDENTIALS);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'aws'), FAKE_AWS, { mode: 0o755 });
    const paste = (
      env: Record<string, string>,
    ): { status: number | null; stdout: string; stderr: string; calls: string } => {
      rmSync(join(folder, 'calls'), { force: true });
      writeFileSync(join(folder, 'kitchen-1.crt.pem'), '(an older certificate)\n');
      const options = { cwd: folder, encoding: 'utf8', input: stdout } as const;
      const path = `${bin}:${process.env['PATH']}`;
      const result = spawnSync('sh', ['-s'], {
        ...options,
        env: { PATH: path, ENDPOINT: HOST, VERSIONS: '0', ...env },
      });
      return { ...result, calls: readFileSync(join(folder, 'calls'), 'utf8').trim().replaceAll('\n', ' ') };
    };
    const [before, behind] = [
      'create-thing create-certificate-from-csr get-policy',
      'attach-policy attach-thing-principal describe-endpoint',
    ];
    const first = paste({});
    assert.deepEqual([first.status, first.stderr], [0, '']);
    assert.equal(first.calls, `${before} create-policy ${behind}`);
    assert.equal(first.stdout, `${HOST}\n(the new certificate)\n`);
    assert.equal(paste({ VERSIONS: '4' }).calls, `${before} list-policy-versions create-policy-version ${behind}`);
    assert.equal(
      paste({ VERSIONS: '5' }).calls,
      `${before} list-policy-versions delete-policy-version create-policy-version ${behind}`,
    );
    for (const call of [...before.split(' ').slice(0, 2), 'create-policy', ...behind.split(' ')]) {
      const { status, stdout: said, stderr, calls } = paste({ FAIL: call });
      assert.notEqual(status, 0, call);
      assert.ok(calls.endsWith(call), calls);
      assert.match(stderr, /stopped: the error above says why/);
      assert.doesNotMatch(said, /certificate/);
    }
  },
);

test('an error names a profile that gives no credentials', async () => {
  const folder = makeBoard('profiles');
  const home = join(folder, 'home');
  mkdirSync(join(home, '.aws'), { recursive: true });
  writeFileSync(
    join(home, '.aws/config'),
    '[default]\nregion = eu-west-1\n[profile failing]\ncredential_process = false\n[profile sso]\nsso_session = x\n',
  );
  const argv = ['--board', join(folder, 'config.json')];
  const files = { AWS_CONFIG_FILE: join(home, '.aws/config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'none') };
  const as = (profile: string): Record<string, string> => ({ ...NO_CREDENTIALS, ...files, AWS_PROFILE: profile });
  await refused(
    argv,
    /AWS_PROFILE is nope, and neither \S+config nor \S+none has a profile of that name; --print/,
    as('nope'),
  );
  await refused(
    argv,
    /credential_process of the AWS profile failing gives no credentials; run its command/,
    as('failing'),
  );
  await refused(argv, /aws sso login/, as('sso'));
});

test('a certificate for watching has its own key and policy, no thing, and is not made twice', async () => {
  const file = join(makeBoard('watched'), 'config.json');
  await refused(['--board', file, '--watcher'], /found the example's.*npm run provision puts/);
  assert.equal((await provision(['--board', file])).code, 0);
  const boardFiles = [...iot.things];
  const { code, stdout, stderr } = await provision(['--board', file, '--watcher']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^made {4}key .*watcher\.key\.pem\nmade {4}certificate .*\nmade {4}policy pico-kitchen-pico-kitchen-watch-/,
  );
  assert.match(stdout, /next: npm run watch -- --board /);
  assert.deepEqual([...iot.things], boardFiles);

  const { target } = readWatcher(file, { certificate: undefined, key: undefined });
  const name = target.mqtt.clientId.replace(/-[0-9a-f]{4}$/, '');
  assert.match(name, /^pico-kitchen-watch-[0-9a-f]{8}$/);
  const { versions, defaultVersion } = iot.policies.get(`pico-kitchen-${name}`) ?? assert.fail('no policy');
  const arn = 'arn:aws:iot:eu-west-1:123456789012';
  const published = ['temperature', 'status', 'health', 'reply'];
  const { Statement } = JSON.parse(versions.get(defaultVersion) ?? '') as { Statement: Record<string, unknown>[] };
  const resourceOf = (action: string): unknown => Statement.find(({ Action }) => Action === action)?.['Resource'];
  assert.equal(resourceOf('iot:Connect'), `${arn}:client/${name}-*`);
  assert.equal(resourceOf('iot:Publish'), `${arn}:topic/kitchen/*/command`);
  for (const topic of published) {
    assert.ok((resourceOf('iot:Subscribe') as string[]).includes(`${arn}:topicfilter/kitchen/+/${topic}`), topic);
    assert.ok((resourceOf('iot:Receive') as string[]).includes(`${arn}:topic/kitchen/*/${topic}`), topic);
  }
  assert.equal(Statement.length, 4);

  const again = await provision(['--board', file, '--watcher']);
  assert.equal(again.code, 0);
  assert.doesNotMatch(again.stdout, /made|changed/);
});

test('without credentials the commands for it are printed, and its certificate is taken', async () => {
  const file = join(makeBoard('watched-by-hand', CONFIG.replace('abcdefgh1234-ats', 'mine-ats')), 'config.json');
  const { code, stdout, stderr } = await provision(['--board', file, '--watcher'], NO_CREDENTIALS);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^sh -eu/);
  assert.doesNotMatch(stdout, /create-thing|PRIVATE KEY/);
  assert.match(stdout, /client\/pico-kitchen-watch-[0-9a-f]{8}-\*/);
  const sh = spawnSync('sh', ['-n'], { input: stdout });
  assert.equal(sh.status, 0, String(sh.stderr));

  const keyFile = join(root, 'watched-by-hand/certs/watcher.key.pem');
  const key = createPrivateKey(readFileSync(keyFile));
  const dates = { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 1e9) };
  const made = (subjectKey: typeof key): string =>
    encodePem(
      'CERTIFICATE',
      makeCertificate({
        subject: { CN: 'x' },
        subjectKey,
        issuer: { CN: 'y' },
        issuerKey: key,
        ...dates,
        extensions: [basicConstraints(false)],
      }),
    );
  const given = join(root, 'watcher.crt.pem');
  writeFileSync(given, made(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey));
  await refused(
    ['--board', file, '--watcher', '--certificate', given],
    /the certificate is not for the key in .*watcher\.key\.pem/,
  );
  writeFileSync(given, made(key));
  const taken = await provision(['--board', file, '--watcher', '--certificate', given]);
  assert.deepEqual([taken.code, taken.stderr], [0, '']);
  assert.match(taken.stdout, /next: npm run watch -- --board /);
  assert.ok(readWatcher(file, { certificate: undefined, key: undefined }).target.identity !== null);
});

test('options of watching and of Home Assistant that exclude each other are refused', async () => {
  const usage = (argv: string[], problem: RegExp): Promise<void> => refused(argv, problem, {}, 64);
  await usage(['--watcher', '--count', '2'], /one certificate is enough/);
  await usage(['--remove'], /--remove goes with --home-assistant only/);
  for (const other of [['--watcher'], ['--count', '2'], ['--endpoint', 'x'], ['--print']]) {
    await usage(['--home-assistant', ...other], /--home-assistant announces one board/);
  }
  await usage(['--key', 'x.pem'], /--key goes with --home-assistant only/);
});
