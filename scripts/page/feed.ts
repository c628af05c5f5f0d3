/** Passes on what the local endpoint and a board do to the live page. */
import type { Endpoint } from '../endpoint/localEndpoint.ts';
import type { Boards } from '../watch/watchedBoards.ts';
import type { WatchedTopics } from '../watch/topics.ts';
import type { PageLine } from './events.ts';

/** Passes on what boards publish to the local endpoint, which sees connections end before the boards' status says so. */
export function feedEndpoint(endpoint: Endpoint, boards: Boards, topics: WatchedTopics): void {
  endpoint.on('disconnected', ({ clientId }) => {
    if (boards.all.has(clientId)) boards.setOnline(clientId, false, Date.now());
  });
  const take = (topic: string, payload: Uint8Array): void => {
    const found = topics.match(topic);
    if (found !== null) boards.take(found.use, found.board, topic, payload, Date.now());
  };
  endpoint.on('reading', ({ reading, topic }) => take(topic, Buffer.from(JSON.stringify(reading))));
  endpoint.on('message', ({ topic, payload }) => take(topic, payload));
}

/** The level of a line of the board's log, as the page distinguishes levels. */
export function boardLevel(line: string): PageLine['level'] {
  const level = /^[\d.]+ (WARN|ERROR) /.exec(line)?.[1];
  return level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info';
}
