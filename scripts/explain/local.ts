/** A connection to an endpoint that is made for the occasion, with throw-away keys. */
import type { ServerChainKind } from '../lib/certificates.ts';
import { converse, type Conversation } from './converse.ts';
import { localTarget } from './target.ts';

/**
 * @param options.forPage whether to dial twice: a page has the first connection's ServerKeyExchange to be replayed
 * @param options.onTarget is told the endpoint's port before it is dialled
 */
export async function converseLocally(
  kind: ServerChainKind,
  { forPage = true, onTarget }: { forPage?: boolean; onTarget?: (port: number) => void } = {},
): Promise<Conversation> {
  const { target, close } = await localTarget(kind);
  try {
    onTarget?.(target.port);
    if (!forPage) return await converse(target);
    const earlier = await converse(target);
    const old = earlier.recording.transcript.find(({ name }) => name === 'ServerKeyExchange');
    const conversation = await converse(target);
    return { ...conversation, tape: { ...conversation.tape, oldKeyExchange: old?.bytes ?? null } };
  } finally {
    await close();
  }
}
