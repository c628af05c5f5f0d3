/** `npm run update -- --aws`: a program for boards by AWS IoT Jobs, which go on while this PC is off. */
import { setTimeout } from 'node:timers/promises';
import { awsEndpointOf } from '../config/aws.ts';
import { hasJobs, type BoardConfig } from '../config/config.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import { printable, type Console, type Environment } from '../lib/console.ts';
import { awsProblem, isNotFound, openAccount, type Account } from '../provision/account.ts';
import { advised } from './advice.ts';
import { UpdateJobs } from './awsJobs.ts';
import { NotSetUpError, placeOf, provideStream, setUpCommands, type Place } from './awsStream.ts';
import type { UpdatedBoard } from './targets.ts';
import type { Update } from './file.ts';
import { jobDocument } from './jobDocument.ts';

/** ms between two looks at the jobs. */
const INTERVAL = 5000;

export interface AwsOptions {
  /** ms to stay and look on. */
  wait: number;
  stop: AbortSignal;
  env: Environment;
  console: Console;
  /** ms between two looks; 5,000 unless given. */
  interval?: number;
}

/**
 * Offers an update to all boards that do not have it yet: to one first, and to the others when that one has confirmed it.
 * @param build makes the update, once it is known that AWS may be asked
 * @returns the exit code
 * @throws UserError
 */
export async function updateByJobs(
  boards: readonly UpdatedBoard[],
  build: () => Promise<Update>,
  options: AwsOptions,
): Promise<number> {
  const { env, console } = options;
  for (const { file, config } of boards) {
    if (!hasJobs(config)) throw new UserError(`${file}: ${noJobs(config)}`);
  }
  const region = awsEndpointOf(boards[0].config.endpoint.host)?.region;
  const account = await openAccount({ region, hint: undefined }, env);
  if (account === null) {
    throw new UserError(
      'there are no AWS credentials on this PC: aws configure stores some, or set AWS_ACCESS_KEY_ID and ' +
        'AWS_SECRET_ACCESS_KEY; without --aws the update goes by the broker',
    );
  }
  let place: Place | null = null;
  try {
    const things = await arnsOf(account, boards);
    place = placeOf([...things.values()][0]);
    const update = await build();
    const stream = await provideStream(account, place, update, env);
    const { id, version } = update.manifest;
    const jobs = new UpdateJobs(account.iot, id);
    await jobs.find();
    await rollOut(jobs, things, options, () => jobs.begin(things, jobDocument(update.manifest, stream)));
    return await report(jobs, [...things.keys()], version, console);
  } catch (error) {
    if (error instanceof NotSetUpError && place !== null) {
      console.note('these commands, in AWS CloudShell for example, make what is missing, once and for all updates:');
      for (const command of setUpCommands(place)) console.note(`    ${command}`);
    }
    throw awsProblem(error, account.region);
  }
}

/** Why a config's board does not ask for jobs. */
function noJobs({ endpoint }: BoardConfig): string {
  return endpoint.jobs === false
    ? 'endpoint.jobs: found false, so this board does not ask AWS IoT Jobs; run the command without --aws'
    : `endpoint.host: ${endpoint.host} is not AWS, and only AWS has IoT Jobs; run the command without --aws, or, if this is a ` +
        'custom domain of AWS, set endpoint.jobs to true in the config and send --settings first';
}

/** @throws UserError for a board that AWS does not know, errors of the SDK */
async function arnsOf({ iot, region }: Account, boards: readonly UpdatedBoard[]): Promise<Map<string, string>> {
  const arns = new Map<string, string>();
  for (const { file, config } of boards) {
    try {
      const { thingArn } = await iot.describeThing({ thingName: config.thing });
      arns.set(config.thing, String(thingArn));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new UserError(`${file}: thing: AWS IoT in ${region} has no ${config.thing}; npm run provision makes it`);
    }
  }
  return arns;
}

/** Follows the job that is under way and begins the next, until all boards are done, one has failed, or it is to stop. */
async function rollOut(
  jobs: UpdateJobs,
  things: ReadonlyMap<string, string>,
  { wait, stop, console, interval = INTERVAL }: AwsOptions,
  begin: () => Promise<void>,
): Promise<void> {
  const end = performance.now() + wait;
  const told = new Map<string, string>();
  const tell = (): void => {
    for (const name of things.keys()) {
      const state = jobs.progress.get(name)?.state ?? 'waiting';
      if (told.get(name) !== state) console.note(`${name}: ${state}`);
      told.set(name, state);
    }
  };
  const states = (): string[] => [...things.keys()].map((name) => jobs.progress.get(name)?.state ?? 'waiting');
  while (!stop.aborted && performance.now() < end) {
    if (!jobs.isUnderWay()) {
      if (states().every((state) => state === 'succeeded')) return;
      await begin();
    }
    tell();
    while (jobs.isUnderWay() && !stop.aborted && performance.now() < end) {
      await setTimeout(interval, undefined, { signal: stop }).catch(() => undefined);
      await jobs.look();
      tell();
    }
    if (!jobs.isUnderWay() && states().includes('failed')) return;
  }
}

/** How it stands with each board. @returns the exit code */
async function report(jobs: UpdateJobs, names: readonly string[], version: string, console: Console): Promise<number> {
  for (const name of names) {
    const { state = 'waiting', status = '' } = jobs.progress.get(name) ?? {};
    if (state === 'succeeded') {
      const { slot } = await jobs.details(name);
      console.line(`${name}  ${console.style('green', 'updated')}: runs ${version} from slot ${printable(slot)}`);
    } else if (state === 'failed') {
      const { why = status } = await jobs.details(name);
      console.line(`${name}  ${console.style('red', 'not updated')}: ${advised(printable(why))}`);
    } else {
      const hint = state === 'waiting' ? 'run it again' : 'it goes on without this PC; run it again to see';
      console.line(`${name}  ${console.style('yellow', 'not done')}: ${state}; ${hint}`);
    }
  }
  const isDone = names.every((name) => jobs.progress.get(name)?.state === 'succeeded');
  return isDone ? EXIT.ok : EXIT.failure;
}
