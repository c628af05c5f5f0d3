/** The hash functions that certificates and ServerKeyExchange may be signed with. */
import type { Steps } from '../steps.ts';
import { sha256Steps } from './sha256.ts';
import { sha512Steps } from './sha512.ts';

export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** The digest of `data`, 32, 48 or 64 bytes. */
export function digestSteps(name: HashName, data: Uint8Array): Steps<Uint8Array> {
  return name === 'SHA-256' ? sha256Steps(data) : sha512Steps(name, data);
}
