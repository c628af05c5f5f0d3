/**
 * AWS IoT Jobs, by which updates are offered without a PC that stays on. On each connection the board asks for its next job, and
 * AWS tells it of others that come. `update/job.ts`, which is loaded when there is a job, carries it out.
 */
import { toBinaryString } from '../src/bytes/encoding.ts';
import type { CarefulOutlet } from './publisher.ts';
import { openJob, type Job, type JobOptions } from './update/job.ts';

/** The jobs of one connection. */
export interface Jobs {
  /** Publishes the next message, if one is due. @returns whether it did */
  tick(outlet: CarefulOutlet): boolean;
  take(topic: string, payload: Uint8Array): void;
}

export interface JobsOptions extends Omit<JobOptions, 'topic'> {
  /** A job has come to its end. */
  onOver: () => void;
}

export function createJobs(options: JobsOptions): Jobs {
  const topic = `$aws/things/${options.thing}/jobs/`;
  const answer = `${topic}$next/get/accepted`;
  const notice = `${topic}notify-next`;
  /**
   * The next thing to ask for: 0 notices, 1 answers, 2 the next job; 3 when all were asked for, 4 if the broker knows no jobs.
   */
  let step = 0;
  let job: Job | null = null;
  return {
    tick(outlet) {
      if (step === 4) return false;
      if (step === 3) {
        if (job === null) return false;
        const said = job.tick(outlet);
        if (job.isOver()) {
          job = null;
          options.onOver();
        }
        return said;
      }
      const isUsable =
        step === 2
          ? outlet.publish({ topic: `${topic}$next/get`, payload: '{}', qos: 1 })
          : outlet.subscribe(step === 0 ? notice : answer);
      step = isUsable ? step + 1 : 4;
      return isUsable;
    },
    take(from, payload) {
      if (from !== answer && from !== notice) {
        if (job !== null) job.take(from, payload);
      } else if (job === null && toBinaryString(payload).indexOf('"jobId"') >= 0) {
        job = openJob(payload, { ...options, topic });
      }
    },
  };
}
