/** `npm run update -- --aws` against a stand-in of AWS, with models of boards that receive, check and report at once. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HEADER, parseHeader } from '../../firmware/update/manifest.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { runCommand, UserError } from '../../scripts/lib/cli.ts';
import { Console } from '../../scripts/lib/console.ts';
import { updateByJobs } from '../../scripts/update/byJobs.ts';
import type { UpdatedBoard } from '../../scripts/update/targets.ts';
import { updateCommand } from '../../scripts/update/command.ts';
import { makeUpdate, type Update } from '../../scripts/update/file.ts';
import { AwsIot } from '../support/awsIot.ts';
import { AwsJobs } from '../support/awsJobs.ts';
import example from '../../board/config.example.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'update-aws-'));
after(() => rmSync(folder, { recursive: true }));
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const endpoint = { host: 'standin-ats.iot.eu-west-1.amazonaws.com', port: 8883 };

let iot: AwsIot;
before(async () => (iot = await AwsIot.start()));
after(() => iot.close());

const boards: UpdatedBoard[] = ['kitchen-1', 'kitchen-2', 'kitchen-3'].map((thing) => ({
  file: `boards/${thing}/config.json`,
  config: checkBoardConfig({ ...example, thing, endpoint }, 'f'),
}));

/** @param made makes it another one */
function updateOf(made: number): Update {
  const facts = { kind: 'program' as const, version: '1.3.0', made, sensors: ['rp2040', 'jobs'], bootstrap: 1 };
  return makeUpdate(facts, Buffer.from('x'.repeat(3000)), key);
}

interface Job {
  jobId: string;
  jobDocument: Record<string, string>;
}

/** An account that is set up, with boards that are connected; of each, why its trial fails, and 'off' for one that is not on. */
class Account {
  readonly jobs: AwsJobs;
  /** Boards in the order in which they began, each with the number of its job. */
  readonly begun: string[] = [];
  private readonly fate: Record<string, string>;
  private file = Buffer.alloc(0);

  constructor(fate: Record<string, string> = {}) {
    this.fate = fate;
    this.jobs = new AwsJobs((topic, payload) => {
      const [, thing, what] = /^\$aws\/things\/([^/]+)\/(.+)$/.exec(topic) ?? [];
      const { execution, p = '' } = JSON.parse(payload) as { execution?: Job; p?: string };
      if (what !== 'jobs/notify-next') this.file = Buffer.concat([this.file, Buffer.from(p, 'base64')]);
      else if (execution !== undefined && this.fate[thing] !== 'off') setTimeout(() => this.work(thing, execution), 5);
    });
    this.jobs.buckets.add('pico-kitchen-updates-123456789012-eu-west-1');
    this.jobs.roles.add('arn:aws:iam::123456789012:role/pico-kitchen-updates');
    for (const { config } of boards) iot.things.add(config.thing);
    iot.jobs = this.jobs;
  }

  switchOn(thing: string): void {
    this.fate[thing] = '';
    const found = this.jobs.service.executions.find((execution) => execution.thing === thing);
    if (found !== undefined)
      this.work(thing, { jobId: found.jobId, jobDocument: found.document as Job['jobDocument'] });
  }

  private work(thing: string, { jobId, jobDocument: { operation, update, stream } }: Job): void {
    const send = (what: string, request: object): void => {
      const payload = Buffer.from(JSON.stringify(request));
      this.jobs.service.take(`$aws/things/${thing}/${what}`, payload, () => undefined);
    };
    this.begun.push(`${thing} ${jobId.split('-').pop()}`);
    assert.equal(operation, 'pico-kitchen-update');
    this.file = Buffer.alloc(0);
    send(`streams/${stream}/get/json`, { f: 0, l: HEADER, o: 0, n: 100 });
    const { manifest } = parseHeader(this.file.toString('latin1', 0, HEADER));
    assert.equal(manifest.id, update);
    // A program travels packed.
    const hash = createHash('sha256').update(this.file.subarray(HEADER)).digest('hex');
    assert.equal(hash, manifest.packedSha256 ?? manifest.sha256);
    const why = this.fate[thing] ?? '';
    const outcome =
      why === '' ? { status: 'SUCCEEDED', statusDetails: { slot: '1' } } : { status: 'FAILED', statusDetails: { why } };
    send(`jobs/${jobId}/update`, outcome);
  }
}

const ENVIRONMENT = {
  HOME: folder,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ACCESS_KEY_ID: 'AKIDSTANDIN',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

/** The SDK reads the process's environment. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  const all = { ...ENVIRONMENT, AWS_ENDPOINT_URL_IOT: iot.url, AWS_ENDPOINT_URL_S3: iot.url, ...more };
  return Object.assign(process.env, all);
}

interface Outcome {
  code: number;
  stdout: string[];
  stderr: string[];
}

async function run(
  update: Update,
  options: { wait?: number; stop?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  const { wait = 10_000, stop = new AbortController().signal, env = environment() } = options;
  const outcome: Outcome = { code: 0, stdout: [], stderr: [] };
  const console = new Console(
    { write: (text) => outcome.stdout.push(text.trimEnd()) },
    { write: (text) => outcome.stderr.push(text.trimEnd()) },
    {},
  );
  outcome.code = await updateByJobs(boards, () => Promise.resolve(update), {
    wait,
    stop,
    env,
    console,
    interval: 20,
  }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    outcome.stderr.push(error.message);
    return error.exitCode;
  });
  return outcome;
}

test('one board is updated first, then the others, and a second run makes nothing', async () => {
  const { begun, jobs } = new Account();
  const update = updateOf(1);
  const { code, stdout, stderr } = await run(update);
  assert.deepEqual([code, begun], [0, ['kitchen-1 1', 'kitchen-2 2', 'kitchen-3 2']]);
  assert.deepEqual(
    stdout,
    [1, 2, 3].map((n) => `kitchen-${n}  updated: runs 1.3.0 from slot 1`),
  );
  assert.ok(stderr.indexOf('kitchen-1: succeeded') < stderr.indexOf('kitchen-2: queued'), stderr.join('\n'));
  const { id } = update.manifest;
  assert.deepEqual([...jobs.requests.keys()], [`pico-kitchen-${id}-1`, `pico-kitchen-${id}-2`]);
  assert.deepEqual([...jobs.objects.values()], [update.file]);
  iot.calls.length = 0;
  const again = await run(update);
  assert.deepEqual([again.code, again.stdout], [0, stdout]);
  assert.deepEqual(iot.writes, []);
});

test('no other board is touched when the first one fails, and the next run tries it again', async () => {
  const { begun } = new Account({ 'kitchen-1': 'the watchdog ended it' });
  const first = await run(updateOf(2));
  assert.deepEqual([first.code, begun], [1, ['kitchen-1 1']]);
  assert.equal(first.stdout[0], 'kitchen-1  not updated: the watchdog ended it');
  assert.equal(first.stdout[1], 'kitchen-2  not done: waiting; run it again');
  await run(updateOf(2));
  assert.deepEqual(begun, ['kitchen-1 1', 'kitchen-1 2']);
});

test('boards that have not begun are cancelled when another one fails', async () => {
  const account = new Account({ 'kitchen-2': 'it threw an exception when it started', 'kitchen-3': 'off' });
  const { code, stdout } = await run(updateOf(3));
  assert.deepEqual([code, account.begun], [1, ['kitchen-1 1', 'kitchen-2 2']]);
  assert.deepEqual(stdout.slice(1), [
    'kitchen-2  not updated: it threw an exception when it started',
    'kitchen-3  not updated: CANCELED',
  ]);
});

test('AWS goes on without the PC, and a later run continues', async () => {
  const account = new Account({ 'kitchen-1': 'off' });
  const stop = new AbortController();
  // The second answer about the job's boards tells that the first was taken in.
  const asked = (): number => iot.calls.filter((call) => call === 'GET jobs things').length;
  const before = asked();
  const timer = setInterval(() => asked() >= before + 2 && stop.abort(), 10);
  const interrupted = await run(updateOf(4), { stop: stop.signal });
  clearInterval(timer);
  assert.deepEqual([interrupted.code, account.begun], [1, []]);
  assert.equal(interrupted.stdout[0], 'kitchen-1  not done: queued; it goes on without this PC; run it again to see');
  const impatient = await run(updateOf(4), { wait: 1500 });
  assert.deepEqual(impatient.stdout, interrupted.stdout);
  account.switchOn('kitchen-1');
  const { code } = await run(updateOf(4));
  assert.deepEqual([code, account.begun], [0, ['kitchen-1 1', 'kitchen-2 2', 'kitchen-3 2']]);
});

test('an error says what the account lacks, with the commands that make it', async () => {
  const { jobs } = new Account();
  jobs.buckets.clear();
  const bucket = await run(updateOf(5));
  assert.equal(bucket.code, 1);
  assert.equal(bucket.stderr.pop(), 'there is no bucket pico-kitchen-updates-123456789012-eu-west-1 for updates');
  assert.match(bucket.stderr[1], /^ {4}aws s3api create-bucket --region eu-west-1 .*LocationConstraint=eu-west-1$/);
  assert.match(bucket.stderr[2], /create-role --role-name pico-kitchen-updates .*"Service":"iot\.amazonaws\.com"/);
  assert.match(bucket.stderr[3], /"Resource":"arn:aws:s3:::pico-kitchen-updates-123456789012-eu-west-1\/\*"/);
  new Account().jobs.roles.clear();
  const role = await run(updateOf(5));
  assert.match(
    role.stderr.join('\n'),
    /create-role[^]*AWS IoT cannot read the update in the role pico-kitchen-updates: cannot assume/,
  );
  iot.calls.length = 0;
  new Account();
  iot.things.delete('kitchen-3');
  assert.match(
    (await run(updateOf(5))).stderr.join('\n'),
    /^boards\/kitchen-3\/config\.json: thing: AWS IoT in eu-west-1 has no kitchen-3; npm run provision/,
  );
  const nobody = environment({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete nobody[name];
  assert.deepEqual((await run(updateOf(5), { env: nobody })).stderr, [
    'there are no AWS credentials on this PC: aws configure stores some, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ' +
      'without --aws the update goes by the broker',
  ]);
  assert.deepEqual(iot.writes, []);
});

test('the command refuses settings by S3, and boards that do not ask for jobs', async () => {
  const other = join(folder, 'other.json');
  writeFileSync(
    other,
    JSON.stringify({ ...example, thing: 'kitchen-9', endpoint: { host: 'broker.example', port: 8883 } }),
  );
  const keyFile = join(folder, 'update.key.pem');
  writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const said = async (...argv: string[]): Promise<[number, string]> => {
    let stderr = '';
    const sink = { write: (text: string) => (stderr += text) };
    const all = ['--board', other, '--key', keyFile, '--out', folder, '--aws', ...argv];
    return [await runCommand(updateCommand, { argv: all, env: environment(), stdout: sink, stderr: sink }), stderr];
  };
  const [settings, why] = await said('--settings');
  assert.deepEqual([settings, /hold passwords, which are not put into S3/.test(why)], [64, true]);
  const [code, text] = await said();
  assert.equal(code, 1, text);
  assert.match(
    text,
    /other\.json: endpoint\.host: broker\.example is not AWS, .* custom domain of AWS, set endpoint\.jobs to true/,
  );
  writeFileSync(other, JSON.stringify({ ...example, endpoint: { ...endpoint, jobs: false } }));
  const [, off] = await said();
  assert.match(
    off,
    /other\.json: endpoint\.jobs: found false, so this board does not ask AWS IoT Jobs; run the command without/,
  );
});
