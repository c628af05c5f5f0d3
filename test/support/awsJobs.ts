/**
 * A stand-in for the part of AWS that makes jobs and streams: the REST API of AWS IoT that `npm run update -- --aws` calls, and
 * the bucket in S3. Boards see it through the local endpoint's `JobsService`.
 */
import { createHash } from 'node:crypto';
import { JobsService, type JobExecution } from '../../scripts/endpoint/jobs.ts';
import { ApiError } from './apiError.ts';

interface JobRequest {
  targets: string[];
  document: string;
  abortConfig: { criteriaList: { action: string; thresholdPercentage: number }[] };
}

export class AwsJobs {
  /** By `bucket/key`; a bucket is there if it is in `buckets`. */
  readonly objects = new Map<string, Buffer>();
  readonly buckets = new Set<string>();
  /** Roles that AWS IoT may assume, by ARN. */
  readonly roles = new Set<string>();
  readonly service: JobsService;
  /** The request that made each job. */
  readonly requests = new Map<string, JobRequest>();
  private readonly streams = new Set<string>();

  /** @param publish sends a message to a board */
  constructor(publish: (topic: string, payload: string) => void) {
    this.service = new JobsService(publish);
  }

  /** PutObject. @param hash of the body, as it was signed */
  putObject(bucket: string, key: string, body: Buffer, hash: string): void {
    if (!this.buckets.has(bucket)) throw new ApiError(404, 'NoSuchBucket', 'no bucket');
    if (createHash('sha256').update(body).digest('hex') !== hash) throw new ApiError(400, 'BadDigest', 'hash');
    this.objects.set(`${bucket}/${key}`, body);
  }

  /** @param path of the request, in parts @returns null for a call that is not about jobs or streams */
  answer(name: string, path: string[], body: object): object | null {
    this.abort();
    const [, id, , other] = path;
    switch (name) {
      case 'GET streams':
        if (!this.streams.has(id)) throw notFound(`stream ${id}`);
        return { streamInfo: { streamId: id, streamVersion: 1 } };
      case 'POST streams':
        this.createStream(id, body as { files: [{ s3Location: { bucket: string; key: string } }]; roleArn: string });
        return { streamId: id, streamVersion: 1 };
      case 'GET jobs':
        if (!this.requests.has(id)) throw notFound(`job ${id}`);
        return { job: { jobId: id, status: 'IN_PROGRESS' } };
      case 'PUT jobs': {
        const request = body as JobRequest;
        if (this.requests.has(id)) throw new ApiError(409, 'ResourceAlreadyExistsException', `job ${id}`);
        this.requests.set(id, request);
        const things = request.targets.map((arn) => arn.replace(/.*:thing\//, ''));
        this.service.addJob(id, JSON.parse(request.document) as object, things);
        return { jobId: id };
      }
      case 'GET jobs things':
        return {
          executionSummaries: this.executions(id).map(({ thing, status }) => ({
            thingArn: `arn:aws:iot:eu-west-1:123456789012:thing/${thing}`,
            jobExecutionSummary: { status, executionNumber: 1 },
          })),
        };
      case 'GET things jobs': {
        const execution = this.executions(other).find(({ thing }) => thing === id);
        if (execution === undefined) throw notFound(`execution of ${other}`);
        const { status, statusDetails } = execution;
        return { execution: { jobId: other, status, statusDetails: { detailsMap: statusDetails } } };
      }
    }
    return null;
  }

  private createStream(
    id: string,
    { files, roleArn }: { files: [{ s3Location: { bucket: string; key: string } }]; roleArn: string },
  ): void {
    if (!this.roles.has(roleArn)) throw new ApiError(400, 'InvalidRequestException', `cannot assume ${roleArn}`);
    const [{ s3Location }] = files;
    const file = this.objects.get(`${s3Location.bucket}/${s3Location.key}`);
    if (file === undefined) throw new ApiError(400, 'InvalidRequestException', 'no such object');
    this.streams.add(id);
    this.service.addStream(id, new Map([[0, file]]));
  }

  private executions(jobId: string): JobExecution[] {
    return this.service.executions.filter((execution) => execution.jobId === jobId);
  }

  /** Cancels what has not begun where the share of failures is above the job's. */
  private abort(): void {
    for (const [jobId, { abortConfig }] of this.requests) {
      const all = this.executions(jobId);
      const ended = all.filter(({ status }) => ['SUCCEEDED', 'FAILED', 'REJECTED'].includes(status));
      const failed = ended.filter(({ status }) => status !== 'SUCCEEDED');
      const [{ action, thresholdPercentage }] = abortConfig.criteriaList;
      const isTooMuch = failed.length > 0 && (100 * failed.length) / ended.length >= thresholdPercentage;
      if (action === 'CANCEL' && isTooMuch) this.service.cancel(jobId);
    }
  }
}

function notFound(what: string): ApiError {
  return new ApiError(404, 'ResourceNotFoundException', `${what} not found`);
}
