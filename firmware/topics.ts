/** What is published on `status` for a board that is gone. */
export const OFFLINE = '{"state":"offline"}';

/** The topics of a board. */
export interface Topics {
  telemetry: string;
  /** Retained: online or offline. */
  status: string;
  health: string;
  /** What the board listens to, and where it answers. */
  command: string;
  reply: string;
}

/**
 * All topics are siblings of the readings': beside `kitchen/kitchen-1/temperature` stand `kitchen/kitchen-1/status` and
 * so on. Where that place does not name the thing and so belongs to all boards, or is AWS's own (`$aws/…`), they are
 * below the thing's name.
 */
export function boardTopics(telemetry: string, thing: string): Topics {
  const parent = telemetry.split('/').slice(0, -1);
  const base = parent.includes(thing) && !telemetry.startsWith('$') ? parent.join('/') : thing;
  return {
    telemetry,
    status: `${base}/status`,
    health: `${base}/health`,
    command: `${base}/command`,
    reply: `${base}/reply`,
  };
}
