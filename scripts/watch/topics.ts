/**
 * The topics of all boards whose configs differ only in the thing's name: filters to subscribe to, and the board of a
 * topic.
 */
import type { BoardConfig } from '../config/config.ts';
import { topicsOf } from '../config/topics.ts';
import type { Topics } from '../../firmware/topics.ts';
import { UserError } from '../lib/cli.ts';

/** The kinds of messages that a board publishes; readings are `telemetry`. */
export type Use = Exclude<keyof Topics, 'command' | 'shadow'>;

/** A placeholder for the thing's name while topics are made; no name has this character. */
const ANY = '\u0001';
/** A placeholder for the sensor's name in the topic of readings. The readings have the name as well. */
const SENSOR = '{sensor}';

export interface WatchedTopics {
  /** Filters to subscribe to. */
  filters: string[];
  /** A filter that matches the command topics of all boards. */
  commandFilter: string | null;
  /** @returns use and board of a topic; the board is null if the topic does not name it. Null for any other topic */
  match(topic: string): { use: Use; board: string | null } | null;
  /** @throws UserError if the config has switched commands off */
  command(board: string): string;
}

/** @param config of one of the boards */
export function watchedTopics({ telemetry }: Pick<BoardConfig, 'telemetry'>): WatchedTopics {
  // Other boards may have alarms, whether the one of this config has some or not.
  // The shadow says nothing that the other topics do not.
  const of = (thing: string): Topics =>
    topicsOf({
      thing,
      telemetry: { ...telemetry, shadow: false },
      alarms: [{ above: 0, forSeconds: 0, hysteresis: 0 }],
    });
  const { command, ...published } = of(ANY);
  const patterns = (Object.entries(published) as [Use, string | null][]).flatMap(([use, topic]) => {
    // Nobody publishes on a topic that is switched off.
    if (topic === null) return [];
    const parts = topic.split(ANY).map((part) => part.split(SENSOR).map(escape).join('[^/]+'));
    return [{ use, filter: filterOf(topic), pattern: new RegExp(`^${parts.join('([^/]+)')}$`) }];
  });
  return {
    filters: patterns.map(({ filter }) => filter),
    commandFilter: command === null ? null : filterOf(command),
    match(topic) {
      for (const { use, pattern } of patterns) {
        const found = pattern.exec(topic);
        if (found === null) continue;
        const [board = null, ...again] = found.slice(1);
        return again.every((name) => name === board) ? { use, board } : null;
      }
      return null;
    },
    command(board) {
      const topic = of(board).command;
      if (topic === null)
        throw new UserError('telemetry.command is false in the config: its boards accept no commands');
      return topic;
    },
  };
}

/** A wildcard stands for a whole level. */
function filterOf(topic: string): string {
  return topic
    .split('/')
    .map((level) => (level.includes(ANY) || level.includes(SENSOR) ? '+' : level))
    .join('/');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
