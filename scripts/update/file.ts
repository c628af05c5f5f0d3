/** Makes an update: one file with a signed header and a payload (`firmware/update/manifest.ts` describes it). */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { FORMAT, HEADER, NAME, type Manifest } from '../../firmware/update/manifest.ts';
import { UserError } from '../lib/cli.ts';
import { publicKeyHex } from './keys.ts';
import { pack } from './pack.ts';

export interface Update {
  manifest: Manifest;
  /** Header and payload, as they travel. */
  file: Buffer;
}

/** The facts about an update that a person or the build decides; the rest of the manifest follows from the payload. */
export type UpdateFacts = Pick<Manifest, 'kind' | 'version' | 'made' | 'sensors' | 'bootstrap' | 'thing' | 'rollback'>;

/**
 * Signs an update. Equal payloads with equal facts get equal ids, so that a board can continue an interrupted transfer.
 * @throws UserError for a manifest that is too long for its header
 */
export function makeUpdate(facts: UpdateFacts, payload: Buffer, key: KeyObject): Update {
  const sha256 = sha256Of(payload);
  // Settings are short.
  const packed = facts.kind === 'program' ? pack(payload) : null;
  const travels = packed !== null && { packed: packed.length, packedSha256: sha256Of(packed) };
  const rest = { format: FORMAT, name: NAME, ...facts, size: payload.length, sha256, ...travels };
  const publicKey = publicKeyHex(key);
  const id = createHash('sha256').update(JSON.stringify(rest)).update(publicKey).digest('hex').slice(0, 8);
  const manifest: Manifest = { id, ...rest };
  const text = JSON.stringify(manifest);
  const header = `${text}\n${publicKey} ${sign('sha256', Buffer.from(text), key).toString('hex')}\n`;
  if (header.length > HEADER) throw new UserError(`the manifest takes ${header.length} bytes, at most ${HEADER} fit`);
  return { manifest, file: Buffer.concat([Buffer.from(header.padEnd(HEADER), 'latin1'), packed ?? payload]) };
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
