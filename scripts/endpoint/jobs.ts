/**
 * Stands in for AWS IoT Jobs and MQTT-based file delivery, as a device meets them (AWS's developer guide, "Jobs device MQTT API
 * operations" and "Using AWS IoT MQTT-based file delivery in devices"). It answers requests, and notifies a thing of its next job.
 */
import { parseObject } from '../lib/json.ts';

/** The states of an execution, as AWS names them. */
export type JobStatus = 'QUEUED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'REJECTED' | 'CANCELED' | 'TIMED_OUT';

/** One thing's part in a job, and how far it is. */
export interface JobExecution {
  jobId: string;
  thing: string;
  status: JobStatus;
  statusDetails: Record<string, string>;
  document: object;
  /** Seconds since 1970. */
  queuedAt: number;
  lastUpdatedAt: number;
  startedAt?: number;
  /** Counts the changes. */
  versionNumber: number;
}

/** Bytes of a block (AWS IoT Core quotas, "MQTT-based file delivery resources"). */
const SMALLEST_BLOCK = 256;
const LARGEST_BLOCK = 131_072;

type Send = (topic: string, payload: string) => void;

export class JobsService {
  /** In the order in which they were queued. */
  readonly executions: JobExecution[] = [];
  /** Files by stream and file id. */
  private readonly streams = new Map<string, Map<number, Uint8Array>>();
  private readonly publish: Send;

  /** @param publish sends a message through the broker; the topic names the thing that receives it */
  constructor(publish: Send) {
    this.publish = publish;
  }

  addStream(streamId: string, files: Map<number, Uint8Array>): void {
    this.streams.set(streamId, files);
  }

  addJob(jobId: string, document: object, things: readonly string[]): void {
    for (const thing of things) {
      const before = this.next(thing);
      const now = seconds();
      const status = 'QUEUED' as const;
      this.executions.push({
        ...{ jobId, thing, status, statusDetails: {}, document },
        ...{ queuedAt: now, lastUpdatedAt: now, versionNumber: 1 },
      });
      if (before === undefined) this.notify(thing);
    }
  }

  /** Ends executions that have not begun. */
  cancel(jobId: string): void {
    for (const execution of this.executions) {
      if (execution.jobId === jobId && execution.status === 'QUEUED') execution.status = 'CANCELED';
    }
  }

  /**
   * Takes what a thing published.
   * @param answer sends a message to that very connection: answers do not pass through the broker
   * @returns whether it was for this service
   */
  take(topic: string, payload: Uint8Array, answer: Send): boolean {
    const [, thing, service, name = '', request = ''] =
      /^\$aws\/things\/([^/]+)\/(jobs|streams)\/([^/]+)\/(.+)$/.exec(topic) ?? [];
    if (thing === undefined) return false;
    if (service === 'streams' && request === 'get/json') this.sendBlocks(thing, name, payload);
    else if (service === 'jobs' && request === 'get') this.describe(thing, name, payload, new Reply(topic, answer));
    else if (service === 'jobs' && request === 'update') this.update(thing, name, payload, new Reply(topic, answer));
    else return false;
    return true;
  }

  /** DescribeJobExecution; of `$next`, the execution that has begun, or else the one that waits longest. */
  private describe(thing: string, jobId: string, payload: Uint8Array, reply: Reply): void {
    if (!reply.reads(payload)) return;
    const execution = jobId === '$next' ? this.next(thing) : this.find(thing, jobId);
    if (execution === undefined && jobId !== '$next') {
      reply.reject('ResourceNotFound', `no execution of ${jobId} for ${thing}`);
    } else {
      reply.accept(execution === undefined ? {} : { execution: described(execution) });
    }
  }

  /** UpdateJobExecution. */
  private update(thing: string, jobId: string, payload: Uint8Array, reply: Reply): void {
    if (!reply.reads(payload)) return;
    const { request } = reply;
    const execution = this.find(thing, jobId);
    if (execution === undefined) return reply.reject('ResourceNotFound', `no execution of ${jobId} for ${thing}`);
    const problem = updateProblem(execution, request);
    if (problem !== null) return reply.reject(...problem);
    const now = seconds();
    execution.status = request['status'] as JobStatus;
    execution.statusDetails = { ...execution.statusDetails, ...(request['statusDetails'] as Record<string, string>) };
    execution.lastUpdatedAt = now;
    execution.startedAt ??= now;
    execution.versionNumber += 1;
    reply.accept({});
    if (isOver(execution)) this.notify(thing);
  }

  /** GetStream: each block is a message of its own. */
  private sendBlocks(thing: string, streamId: string, payload: Uint8Array): void {
    const base = `$aws/things/${thing}/streams/${streamId}`;
    const request = parseObject(payload) ?? {};
    const { f, l, o = 0, n = 1, c } = request as Record<'f' | 'l', number> & { o?: number; n?: number; c?: string };
    const refuse = (o: string, m: string): void =>
      this.publish(`${base}/rejected/json`, JSON.stringify({ o, m, ...(c !== undefined && { c }) }));
    const files = this.streams.get(streamId);
    if (files === undefined) return refuse('ResourceNotFound', `no stream ${streamId}`);
    const file = files.get(f);
    if (file === undefined) return refuse('ResourceNotFound', `no file ${f} in it`);
    if (!(l >= SMALLEST_BLOCK && l <= LARGEST_BLOCK)) return refuse('BlockSizeOutOfBounds', `blocks of ${l} bytes`);
    if (o * l >= file.length) return refuse('OffsetOutOfBounds', `block ${o} of ${file.length} bytes`);
    for (let i = o; i < o + n && i * l < file.length; i++) {
      const block = file.subarray(i * l, (i + 1) * l);
      const p = Buffer.from(block).toString('base64');
      this.publish(`${base}/data/json`, JSON.stringify({ ...(c !== undefined && { c }), f, l: block.length, i, p }));
    }
  }

  /** NextJobExecutionChanged. */
  private notify(thing: string): void {
    const execution = this.next(thing);
    const fields = { timestamp: seconds(), ...(execution !== undefined && { execution: described(execution) }) };
    this.publish(`$aws/things/${thing}/jobs/notify-next`, JSON.stringify(fields));
  }

  private next(thing: string): JobExecution | undefined {
    const pending = this.executions.filter((execution) => execution.thing === thing && !isOver(execution));
    return pending.find(({ status }) => status === 'IN_PROGRESS') ?? pending[0];
  }

  private find(thing: string, jobId: string): JobExecution | undefined {
    return this.executions.find((execution) => execution.thing === thing && execution.jobId === jobId);
  }
}

/** The answer to one request. */
class Reply {
  request: Record<string, unknown> = {};
  private readonly topic: string;
  private readonly send: Send;

  constructor(topic: string, send: Send) {
    this.topic = topic;
    this.send = send;
  }

  /** @returns whether the payload is a JSON object; another one is refused */
  reads(payload: Uint8Array): boolean {
    const request = parseObject(payload);
    if (request === null) this.reject('InvalidJson', 'the payload is no JSON object');
    else this.request = request;
    return request !== null;
  }

  accept(fields: object): void {
    this.send(`${this.topic}/accepted`, this.text(fields));
  }

  reject(code: string, message: string): void {
    this.send(`${this.topic}/rejected`, this.text({ code, message }));
  }

  private text(fields: object): string {
    const { clientToken } = this.request;
    return JSON.stringify({ ...(clientToken !== undefined && { clientToken }), timestamp: seconds(), ...fields });
  }
}

function isOver({ status }: JobExecution): boolean {
  return status !== 'QUEUED' && status !== 'IN_PROGRESS';
}

function described({
  jobId,
  status,
  statusDetails,
  document,
  queuedAt,
  lastUpdatedAt,
  startedAt,
  versionNumber,
}: JobExecution): object {
  return {
    ...{ jobId, status },
    ...(Object.keys(statusDetails).length > 0 && { statusDetails }),
    ...{ queuedAt, ...(startedAt !== undefined && { startedAt }), lastUpdatedAt, versionNumber, executionNumber: 1 },
    jobDocument: document,
  };
}

/** Code and message of AWS's refusal; null if there is none. */
function updateProblem(
  execution: JobExecution,
  request: Record<string, unknown>,
): [code: string, message: string] | null {
  const { status, statusDetails = {}, expectedVersion } = request;
  const known = ['IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED'];
  if (!known.includes(String(status))) return ['InvalidRequest', `status ${String(status)}`];
  for (const [key, value] of Object.entries(statusDetails as object)) {
    if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(key)) return ['InvalidRequest', `the key ${key} of statusDetails`];
    // No control characters, at most 1,024 characters.
    if (typeof value !== 'string' || !/^[^\p{C}]{1,1024}$/u.test(value))
      return ['InvalidRequest', `the value of ${key}`];
  }
  if (isOver(execution)) return ['InvalidStateTransition', `it is ${execution.status}`];
  if (expectedVersion !== undefined && expectedVersion !== execution.versionNumber) {
    return ['VersionMismatch', `its version is ${execution.versionNumber}`];
  }
  return null;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
