/** The hash functions that certificates and ServerKeyExchange may be signed with. */
import type { Steps } from '../steps.ts';
import { sha256Steps } from './sha256.ts';
import { sha384Steps } from './sha384.ts';

export type HashName = 'SHA-256' | 'SHA-384';

/** The digest of `data`, 32 or 48 bytes. */
export function digestSteps(name: HashName, data: Uint8Array): Steps<Uint8Array> {
  return name === 'SHA-256' ? sha256Steps(data) : sha384Steps(data);
}
