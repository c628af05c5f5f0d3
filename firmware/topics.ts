/** The topics of a board; null if the config has switched the topic off. */
export interface Topics {
  /** The topic of the readings; `{sensor}` in it stands for the sensor's name. */
  telemetry: string;
  /** Retained: online or offline. */
  status: string | null;
  health: string | null;
  /** The board subscribes to `command` and replies on `reply`. */
  command: string | null;
  reply: string | null;
  /** Retained; absent from a board without alarms. */
  alarm?: string | null;
  /** The topic for updates of AWS's Device Shadow; absent from a board without one. */
  shadow?: string;
}

/** Published on `status` when a board has disconnected. */
export const OFFLINE = '{"state":"offline"}';

/** Names that replace the default ones; false switches a topic off. */
export type TopicNames = Partial<Record<Exclude<keyof Topics, 'telemetry' | 'shadow'>, string | false>>;

/**
 * By default all topics are siblings of the readings' topic: beside `kitchen/kitchen-1/temperature` there are
 * `kitchen/kitchen-1/status` and so on. If the parent does not name the thing, and so is shared by all boards, or if it
 * is AWS's own (`$aws/…`), the topics are below the thing's name instead.
 * @param uses the features of the board that have topics of their own
 */
export function boardTopics(
  telemetry: string,
  thing: string,
  names: TopicNames = {},
  uses: { alarms?: boolean; shadow?: boolean } = {},
): Topics {
  const parent = telemetry.split('/').slice(0, -1);
  // The sensors of a board share its other topics.
  while (parent.at(-1)?.includes('{sensor}')) parent.pop();
  const base = parent.includes(thing) && !telemetry.startsWith('$') ? parent.join('/') : thing;
  const topic = (use: keyof TopicNames): string | null => {
    const name = names[use] ?? `${base}/${use}`;
    return name === false ? null : name;
  };
  return {
    telemetry,
    status: topic('status'),
    health: topic('health'),
    command: topic('command'),
    reply: topic('reply'),
    ...(uses.alarms === true && { alarm: topic('alarm') }),
    ...(uses.shadow === true && { shadow: `$aws/things/${thing}/shadow/update` }),
  };
}
