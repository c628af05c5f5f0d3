/** Offers an update as a job to the boards of the local endpoint, as `npm run update -- --aws` does at AWS. */
import { readFileSync } from 'node:fs';
import { HEADER, parseHeader } from '../../firmware/update/manifest.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import type { Update } from '../update/file.ts';
import { jobDocument } from '../update/jobDocument.ts';
import { WATCHER } from '../watch/identity.ts';
import type { Endpoint } from './localEndpoint.ts';

/** Reads an update as `npm run update` writes it. @throws UserError */
export function readUpdateFile(file: string): Update {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}`);
  }
  try {
    return { manifest: parseHeader(bytes.toString('latin1', 0, HEADER)).manifest, file: bytes };
  } catch {
    throw new UserError(`${file}: expected an update; npm run update writes them to dist/update-*.bin`);
  }
}

/**
 * Makes a job for each board when it connects for the first time.
 * @param say receives a line when a board's part in it changes
 * @returns what looks for such changes
 */
export function offerJob(endpoint: Endpoint, { manifest, file }: Update, say: (line: string) => void): () => void {
  const { jobs } = endpoint;
  const jobId = `update-${manifest.id}`;
  const said = new Map<string, string>();
  jobs.addStream(jobId, new Map([[0, file]]));
  endpoint.on('connected', ({ clientId }) => {
    if (said.has(clientId) || clientId.startsWith(WATCHER)) return;
    said.set(clientId, '');
    jobs.addJob(jobId, jobDocument(manifest, jobId), [clientId]);
  });
  return () => {
    for (const { thing, status, statusDetails } of jobs.executions) {
      const { step, why } = statusDetails;
      const line = `job ${jobId} of ${thing}: ${[status, step, why].filter(Boolean).join(', ')}`;
      if (said.get(thing) === line) continue;
      said.set(thing, line);
      say(line);
    }
  };
}
