/**
 * One job of AWS IoT Jobs: an update whose file comes by MQTT-based file delivery, in blocks of JSON. The job's document, made by
 * `scripts/update/jobDocument.ts`, names the update and the stream; AWS keeps how far a board has come in the job's status details.
 */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import { fromBase64 } from '../kaluma/base64.ts';
import type { Log } from '../log.ts';
import { hasManyBrackets } from '../nesting.ts';
import type { CarefulOutlet } from '../publisher.ts';
import type { Channel } from './channel.ts';
import { HEADER } from './manifest.ts';
import type { UpdateState } from './trial.ts';

/** The value of `operation` in a document. */
export const OPERATION = 'pico-kitchen-update';

export interface JobOptions {
  thing: string;
  /** The beginning of all topics of jobs. */
  topic: string;
  log: Log;
  /** The newest update, and its result. */
  state: () => UpdateState;
  /** Starts to receive an update through a channel. */
  receive: (id: string, channel: Channel) => void;
  /** Takes a block. */
  deliver: (offset: number, bytes: Uint8Array) => void;
}

export interface Job {
  /** Publishes one message at most. @returns whether it did */
  tick(outlet: CarefulOutlet): boolean;
  /** Takes a message of the stream. */
  take(topic: string, payload: Uint8Array): void;
  isOver(): boolean;
}

interface Execution {
  jobId?: unknown;
  statusDetails?: { step?: unknown };
  jobDocument?: { operation?: unknown; update?: unknown; stream?: unknown };
}

/** The names of a job's steps in its status details. */
const RECEIVING = 'receiving';
const ON_TRIAL = 'on trial';

/** @param message with the job, as AWS describes an execution */
export function openJob(message: Uint8Array, options: JobOptions): Job {
  const { thing, topic, log, state, receive, deliver } = options;
  const { execution = {} } = parse(message) as { execution?: Execution };
  const { jobId, statusDetails = {}, jobDocument = {} } = execution;
  const { operation, update: id, stream } = jobDocument;
  const streams = `$aws/things/${thing}/streams/${String(stream)}/`;
  /** The next step; each turn does one. */
  const next: ((outlet: CarefulOutlet) => void)[] = [];
  let over = false;
  let waits = false;

  const report = (outlet: CarefulOutlet, status: string, details: object): void => {
    outlet.publish({
      topic: `${topic}${jobId as string}/update`,
      payload: JSON.stringify({ status, statusDetails: details }),
      qos: 1,
    });
  };
  const end = (status: string, details: object): void => {
    waits = false;
    next.length = 0;
    next.push((outlet) => {
      log('INFO', 'update', `job ${String(jobId)} ${status}`);
      report(outlet, status, details);
      over = true;
    });
  };
  const listen = (outlet: CarefulOutlet, name: string): void => {
    if (!outlet.subscribe(name)) end('FAILED', { why: `the policy does not allow to subscribe to ${name}` });
  };
  const channel: Channel = {
    say(outlet, said) {
      if (said.what === 'request') {
        // AWS counts the blocks of a stream, each of the size that was asked for.
        const payload = JSON.stringify({ f: 0, l: HEADER, o: said.offset / HEADER, n: 1 });
        outlet.publish({ topic: `${streams}get/json`, payload, qos: 0 });
      } else if (said.what === 'installed') {
        report(outlet, 'IN_PROGRESS', { step: ON_TRIAL });
      } else {
        end('FAILED', { why: said.what === 'refused' ? said.why : 'the stream does not answer' });
      }
    },
  };
  const begin = (): void => {
    log('INFO', 'update', `job ${String(jobId)}: update ${String(id)}`);
    next.push(
      (outlet) => report(outlet, 'IN_PROGRESS', { step: RECEIVING }),
      (outlet) => listen(outlet, `${streams}data/json`),
      (outlet) => listen(outlet, `${streams}rejected/json`),
      () => receive(id as string, channel),
    );
  };
  /** Whether the update has come to its end; a trial that goes on is waited for. */
  const judge = (): void => {
    const { update, state: became, slot, why } = state();
    if (update !== id || (became === 'rejected' && statusDetails.step !== ON_TRIAL)) begin();
    else if (became === 'confirmed') end('SUCCEEDED', { slot: String(slot) });
    else if (became === 'rejected') end('FAILED', { why: String(why) });
    waits = next.length === 0;
  };

  if (!isName(jobId)) {
    log('WARN', 'update', 'a job passed over: its message cannot be read');
    over = true;
  } else if (operation !== OPERATION || typeof id !== 'string' || !/^[0-9a-f]{8}$/.test(id) || !isName(stream)) {
    end('REJECTED', { why: `expected the operation ${OPERATION}` });
  } else judge();

  return {
    tick(outlet) {
      if (waits) judge();
      const say = next.shift();
      if (say !== undefined) say(outlet);
      return say !== undefined;
    },
    take(from, payload) {
      if (from === `${streams}data/json`) {
        const { i, p } = parse(payload) as { i?: unknown; p?: unknown };
        if (typeof i === 'number' && typeof p === 'string') deliver(i * HEADER, fromBase64(p));
      } else if (from === `${streams}rejected/json`) {
        const { o, m } = parse(payload) as { o?: unknown; m?: unknown };
        end('FAILED', { why: `the stream says ${String(o)}: ${String(m)}` });
      }
    },
    isOver: () => over,
  };
}

/** Whether something is a name that AWS gives jobs and streams; nothing else gets into a topic. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(value);
}

function parse(message: Uint8Array): object {
  const text = toBinaryString(message);
  try {
    const value = (hasManyBrackets(text) ? null : JSON.parse(text)) as object | null;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
