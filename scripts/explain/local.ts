/** A connection to an endpoint that is made for the occasion, with throw-away keys. */
import type { ChainKind } from '../lib/certificates.ts';
import { converse, type Conversation } from './converse.ts';
import { localTarget } from './target.ts';

/** Dials twice: the first connection's ServerKeyExchange is for those who want to replay it in the second. */
export async function converseLocally(kind: ChainKind, onTarget?: (port: number) => void): Promise<Conversation> {
  const { target, close } = await localTarget(kind);
  try {
    onTarget?.(target.port);
    const earlier = await converse(target);
    const old = earlier.recording.transcript.find(({ name }) => name === 'ServerKeyExchange');
    const conversation = await converse(target);
    return { ...conversation, tape: { ...conversation.tape, oldKeyExchange: old?.bytes ?? null } };
  } finally {
    await close();
  }
}
