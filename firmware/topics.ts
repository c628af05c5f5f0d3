/** The topics of a board; null for what the config switched off. */
export interface Topics {
  /** Of the readings; `{sensor}` in it stands for the sensor's name. */
  telemetry: string;
  /** Retained: online or offline. */
  status: string | null;
  health: string | null;
  /** What the board listens to, and where it answers. */
  command: string | null;
  reply: string | null;
  /** Retained; absent from a board without alarms. */
  alarm?: string | null;
  /** Where AWS's Device Shadow is updated; absent from a board without one. */
  shadow?: string;
}

/** What is published on `status` for a board that is gone. */
export const OFFLINE = '{"state":"offline"}';

/** Names that replace the usual ones; false switches a topic off. */
export type TopicNames = Partial<Record<Exclude<keyof Topics, 'telemetry' | 'shadow'>, string | false>>;

/**
 * Unless they are renamed, all topics are siblings of the readings': beside `kitchen/kitchen-1/temperature` stand
 * `kitchen/kitchen-1/status` and so on. Where that place does not name the thing and so belongs to all boards, or is
 * AWS's own (`$aws/…`), they are below the thing's name. Only a board with alarms has a topic for them.
 * @param uses what not every board has
 */
export function boardTopics(
  telemetry: string,
  thing: string,
  names: TopicNames = {},
  uses: { alarms?: boolean; shadow?: boolean } = {},
): Topics {
  const parent = telemetry.split('/').slice(0, -1);
  // The sensors of a board share its status.
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
