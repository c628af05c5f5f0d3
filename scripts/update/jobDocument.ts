/** The document of a job, at AWS or at the local endpoint: its message for boards, which `firmware/update/job.ts` reads. */
import type { Manifest } from '../../firmware/update/manifest.ts';

export interface JobDocument {
  operation: 'pico-kitchen-update';
  update: string;
  stream: string;
  /** For people. */
  version: string;
}

export function jobDocument({ id, version }: Manifest, stream: string): JobDocument {
  return { operation: 'pico-kitchen-update', update: id, stream, version };
}
