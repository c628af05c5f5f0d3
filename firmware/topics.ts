/** The topics of a board, beside the one of its readings. */
export interface Topics {
  /** Retained: online or offline. */
  status: string;
  health: string;
  /** What the board listens to, and where it answers. */
  command: string;
  reply: string;
}

/**
 * Siblings of the readings' topic: beside `kitchen/kitchen-1/temperature` stand `kitchen/kitchen-1/status` and so on.
 * Where that place does not name the thing and so belongs to all boards, or is AWS's own (`$aws/…`), they are below the
 * thing's name.
 */
export function boardTopics(telemetry: string, thing: string): Topics {
  const parent = telemetry.slice(0, telemetry.lastIndexOf('/') + 1);
  const base = parent.split('/').includes(thing) && !parent.startsWith('$') ? parent : `${thing}/`;
  return { status: `${base}status`, health: `${base}health`, command: `${base}command`, reply: `${base}reply` };
}
