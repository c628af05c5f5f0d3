/** Connections for the tests of `explain`: the local endpoint is dialled once for each kind of certificate in a process. */
import type { Conversation } from '../../../scripts/explain/converse.ts';
import { converseLocally } from '../../../scripts/explain/local.ts';
import type { ServerChainKind } from '../../../scripts/lib/certificates.ts';

const talks = new Map<ServerChainKind, Promise<Conversation>>();

export function talkOf(kind: ServerChainKind): Promise<Conversation> {
  let talk = talks.get(kind);
  if (talk === undefined) talks.set(kind, (talk = converseLocally(kind)));
  return talk;
}
