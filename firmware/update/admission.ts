/** Decides whether an update is received: whether its manifest is for this board, and signed. */
import { fromBinaryString, fromHex } from '../../src/bytes/encoding.ts';
import { Sha256, type Steps, verifyEcdsa } from '../../src/index.ts';
import { objection, parseHeader, type Manifest, type Recipient } from './manifest.ts';

/**
 * Checks the header of an update.
 * @param onPhase called before and after verifying the signature, during which memory is scarce
 * @throws Error that says why the update is refused
 */
export function* admit(
  id: string,
  header: string,
  recipient: Recipient,
  onPhase: (phase: 'verifying update' | 'update verified') => void,
): Steps<Manifest> {
  const { manifest, text, key, signature, why } = examine(id, header, recipient);
  if (why !== '') throw new Error(why);
  const digest = new Sha256().update(fromBinaryString(text)).digest();
  yield;
  onPhase('verifying update');
  const genuine = yield* verifyEcdsa('P-256', fromHex(key), digest, fromHex(signature));
  onPhase('update verified');
  if (!genuine) throw new Error('the signature is wrong');
  return manifest;
}

function examine(id: string, header: string, recipient: Recipient): ReturnType<typeof parseHeader> & { why: string } {
  const signed = parseHeader(header);
  return { ...signed, why: signed.manifest.id === id ? objection(signed, recipient) : 'another update came' };
}
