/**
 * The rules of AWS IoT Core that a thermometer meets (AWS's "AWS IoT Core message broker and protocol limits and
 * quotas"), and a policy like a board's at AWS: its own client id and its own topics.
 */

/** Why a client must not connect, in words; null if it may. */
export function connectProblem(clientId: string, certificateName: string): string | null {
  if (clientId === '') return 'it sends no client id';
  if (Buffer.byteLength(clientId) > 128) return 'its client id is longer than 128 bytes';
  if (clientId.startsWith('$')) return 'its client id begins with $';
  if (clientId !== certificateName) return `its certificate is for client id '${certificateName}'`;
  return null;
}

/** Why a watcher must not connect; null if it may. @param name the beginning of its client ids */
export function watcherProblem(clientId: string, name: string): string | null {
  return clientId.startsWith(`${name}-`) ? null : `its certificate is for client ids that begin with '${name}-'`;
}

/** Why a watcher must not subscribe to a topic; null if it may. */
export function watchProblem(topic: string): string | null {
  return lengthProblem(topic);
}

/** Why a watcher must not publish a message; null if it may: to command topics only, and nothing retained. */
export function orderProblem({ topic, retain }: { topic: string; retain: boolean }): string | null {
  if (!topic.endsWith('/command')) return 'a watcher may publish to command topics only';
  if (retain) return 'a watcher may not publish retained messages';
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

/** The keep-alive in seconds that AWS uses for the one that a client asks for. */
export function keepAlive(asked: number): number {
  return asked === 0 ? 1200 : Math.min(Math.max(asked, 30), 1200);
}
