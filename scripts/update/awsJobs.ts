/**
 * The jobs of one update at AWS IoT Jobs. They are numbered, `pico-kitchen-<update>-1` and so on, so that any PC with the account
 * finds out what was begun; of a board, its newest job counts. The first is for one board alone; when that one has succeeded, the
 * others follow, and AWS cancels what has not begun as soon as one fails.
 */
import type { IoT } from '@aws-sdk/client-iot';
import { isNotFound } from '../provision/account.ts';
import type { JobDocument } from './jobDocument.ts';

/** Things in one job (AWS IoT Device Management quotas, "Job targets"). */
const MOST_THINGS = 100;
/** Boards that are told of a job in a minute, so that few have begun when one fails. */
const BOARDS_A_MINUTE = 10;
/** Minutes after which AWS gives a board up: a trial without a network is repeated when it is back. */
const TIME_LIMIT = 1440;
/** Percent of boards that failed; any is more. */
const FAILED_SHARE = 0.01;

export type BoardState = 'queued' | 'in progress' | 'succeeded' | 'failed';

/** How far a board is. */
export interface BoardProgress {
  state: BoardState;
  /** As AWS calls it, such as TIMED_OUT. */
  status: string;
  jobId: string;
}

export class UpdateJobs {
  /** By the thing's name; things without a job are not in it. */
  readonly progress = new Map<string, BoardProgress>();
  private readonly iot: IoT;
  private readonly prefix: string;
  private count = 0;

  /** @param update its id */
  constructor(iot: IoT, update: string) {
    this.iot = iot;
    this.prefix = `pico-kitchen-${update}`;
  }

  /** Looks for jobs that were made before. @throws errors of the SDK */
  async find(): Promise<void> {
    for (;;) {
      const jobId = `${this.prefix}-${this.count + 1}`;
      try {
        await this.iot.describeJob({ jobId });
      } catch (error) {
        if (isNotFound(error)) return;
        throw error;
      }
      this.count += 1;
      await this.look();
    }
  }

  /** Makes the next job, for those of the things that come next. @param things with their ARNs @throws errors of the SDK */
  async begin(things: ReadonlyMap<string, string>, document: JobDocument): Promise<void> {
    const names = [...things.keys()].filter((name) => this.progress.get(name)?.state !== 'succeeded');
    const isCanary = names.length === things.size;
    const chosen = names.slice(0, isCanary ? 1 : MOST_THINGS);
    const jobId = `${this.prefix}-${this.count + 1}`;
    await this.iot.createJob({
      jobId,
      targets: chosen.map((name) => things.get(name) ?? ''),
      document: JSON.stringify(document),
      description: `pico-kitchen ${document.version}`,
      targetSelection: 'SNAPSHOT',
      jobExecutionsRolloutConfig: { maximumPerMinute: BOARDS_A_MINUTE },
      abortConfig: {
        criteriaList: [
          { action: 'CANCEL', failureType: 'ALL', minNumberOfExecutedThings: 1, thresholdPercentage: FAILED_SHARE },
        ],
      },
      timeoutConfig: { inProgressTimeoutInMinutes: TIME_LIMIT },
    });
    this.count += 1;
    for (const name of chosen) this.progress.set(name, { state: 'queued', status: 'QUEUED', jobId });
  }

  /** Asks how far the boards of the newest job are. @throws errors of the SDK */
  async look(): Promise<void> {
    const jobId = `${this.prefix}-${this.count}`;
    let nextToken: string | undefined;
    do {
      const page = await this.iot.listJobExecutionsForJob({ jobId, ...(nextToken !== undefined && { nextToken }) });
      for (const { thingArn = '', jobExecutionSummary } of page.executionSummaries ?? []) {
        const status = String(jobExecutionSummary?.status);
        const name = thingArn.slice(thingArn.indexOf(':thing/') + ':thing/'.length);
        this.progress.set(name, { state: stateOf(status), status, jobId });
      }
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }

  /** Whether a board is still to begin, or to come to its end. */
  isUnderWay(): boolean {
    return [...this.progress.values()].some(({ state }) => state === 'queued' || state === 'in progress');
  }

  /** The board's own report about its job. @throws errors of the SDK */
  async details(thing: string): Promise<Record<string, string>> {
    const { jobId } = this.progress.get(thing) ?? {};
    const { execution } = await this.iot.describeJobExecution({ jobId, thingName: thing });
    return execution?.statusDetails?.detailsMap ?? {};
  }
}

function stateOf(status: string): BoardState {
  if (status === 'QUEUED') return 'queued';
  if (status === 'IN_PROGRESS') return 'in progress';
  return status === 'SUCCEEDED' ? 'succeeded' : 'failed';
}
