/** The topics of all boards whose configs differ in the thing's name only: what to subscribe to, and whose a message is. */
import type { BoardConfig } from '../config/config.ts';
import { boardTopics } from '../../firmware/topics.ts';

/** What a board publishes; readings are `telemetry`. */
export type Use = Exclude<keyof ReturnType<typeof boardTopics>, 'command'> | 'alarm';

/** Stands for a thing's name while topics are made; no name has this character. */
const ANY = '\u0001';

export interface WatchedTopics {
  /** To be subscribed to. */
  filters: string[];
  /** The filter that stands for the command topics of all boards. */
  commandFilter: string;
  /** @returns what a topic is for, and whose it is; null for the board if the topic does not say, or for another's topic */
  match(topic: string): { use: Use; board: string | null } | null;
  command(board: string): string;
}

/** @param config of one of the boards */
export function watchedTopics({ telemetry }: Pick<BoardConfig, 'telemetry'>): WatchedTopics {
  const topicsOf = (thing: string): ReturnType<typeof boardTopics> =>
    boardTopics(telemetry.topic.replaceAll('{thing}', thing), thing);
  const { command, ...others } = topicsOf(ANY);
  const published = { ...others, alarm: others.status.replace(/status$/, 'alarm') };
  const patterns = (Object.entries(published) as [Use, string][]).map(([use, topic]) => ({
    use,
    filter: filterOf(topic),
    pattern: new RegExp(`^${topic.split(ANY).map(escape).join('([^/]+)')}$`),
  }));
  return {
    filters: patterns.map(({ filter }) => filter),
    commandFilter: filterOf(command),
    match(topic) {
      for (const { use, pattern } of patterns) {
        const found = pattern.exec(topic);
        if (found === null) continue;
        const [board = null, ...again] = found.slice(1);
        return again.every((name) => name === board) ? { use, board } : null;
      }
      return null;
    },
    command: (board) => topicsOf(board).command,
  };
}

/** A wildcard stands for a level as a whole. */
function filterOf(topic: string): string {
  return topic
    .split('/')
    .map((level) => (level.includes(ANY) ? '+' : level))
    .join('/');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
