/**
 * What AWS IoT Core lets a client do, as far as a thermometer meets it (AWS's "AWS IoT Core message broker and protocol
 * limits and quotas"), and a policy like the one that a board gets there: its own client id, its own topics.
 */

/** The common name of a certificate for watching, as `npm run endpoint` makes it. */
export const WATCHER = 'pico-kitchen-watch';

/** Why a client must not connect, in words; null if it may. */
export function connectProblem(clientId: string, certificateName: string): string | null {
  if (clientId === '') return 'it gives no client id';
  if (Buffer.byteLength(clientId) > 128) return 'its client id is longer than 128 bytes';
  if (clientId.startsWith('$')) return 'its client id begins with $';
  if (clientId !== certificateName) return `its certificate is for client id '${certificateName}'`;
  return null;
}

/** Why a client that watches must not connect; null if it may. @param name with which its client ids begin */
export function watcherProblem(clientId: string, name: string): string | null {
  return clientId.startsWith(`${name}-`) ? null : `its certificate is for client ids that begin with '${name}-'`;
}

/** Why a client that watches must not subscribe to a topic; null if it may. */
export function watchProblem(topic: string): string | null {
  return lengthProblem(topic);
}

/** Why a client that watches must not publish; null if it may: to command topics only, and nothing that stays. */
export function orderProblem({ topic, retain }: { topic: string; retain: boolean }): string | null {
  if (!topic.endsWith('/command')) return 'who watches may publish to command topics only';
  if (retain) return 'who watches may publish no retained message';
  return lengthProblem(topic);
}

/** Why a client must not publish to a topic, or subscribe to it; null if it may. */
export function topicProblem(topic: string, clientId: string): string | null {
  const problem = lengthProblem(topic);
  if (problem !== null) return problem;
  const isOwn = topic.split('/').includes(clientId);
  return isOwn ? null : `the topic is not one of its own, which have '${clientId}' between slashes`;
}

function lengthProblem(topic: string): string | null {
  if (Buffer.byteLength(topic) > 256) return 'the topic is longer than 256 bytes';
  const levels = topic.split('/');
  const basicIngest = levels[0] === '$aws' && levels[1] === 'rules';
  if (levels.length - (basicIngest ? 3 : 0) > 8) return 'the topic has more than 7 slashes';
  return null;
}

/** Why a message must not be published; null if it may. */
export function publishProblem(
  message: { topic: string; payload: Uint8Array | string },
  clientId: string,
): string | null {
  const bytes = Buffer.byteLength(message.payload);
  if (bytes > 128 * 1024) return `the payload of ${bytes} bytes is larger than 128 KB`;
  return topicProblem(message.topic, clientId);
}

/** The keep-alive that AWS uses in place of the one that a client asks for, in seconds. */
export function keepAlive(asked: number): number {
  return asked === 0 ? 1200 : Math.min(Math.max(asked, 30), 1200);
}
