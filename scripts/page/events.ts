/** The messages to the live page, JSON over Server-Sent Events. Server and browser share these types. */

/** A reading, as a board's card shows it. */
export interface PageReading {
  /** Name of the sensor; empty if the board has one sensor without a name. */
  sensor: string;
  celsius: number;
  humidity?: number;
  pressure?: number;
  /** Time at which it was taken, ms since 1970 as are all times here; null if the board did not know the time. */
  time: number | null;
  seq: number;
  /** Seconds since the board's start. */
  uptime: number;
}

export interface PageBoard {
  name: string;
  /** The state in its status message; null before the first one. */
  online: boolean | null;
  /** Time at which that changed; null if it has not changed since the command started. */
  onlineSince: number | null;
  /** The last reading of each sensor. */
  readings: PageReading[];
  /** Seconds between readings. */
  interval: number;
  /** In words; null before the first health message. */
  health: { text: string; at: number } | null;
  /** The raised alarms, in words. */
  alarms: string[];
  /** The last command: what was asked for, and its outcome. */
  command: { wish: string; outcome: string; state: 'waiting' | 'done' | 'failed'; at: number } | null;
}

/** The connection between the command behind the page and the broker, not those of the boards. */
export interface PageBroker {
  state: 'waiting' | 'connected' | 'gone';
  text: string;
  /** Since when. */
  at: number;
}

/** A line of the log on the page. */
export interface PageLine {
  /** A board's name, `board`, `broker` or `endpoint`. */
  side: string;
  level: 'info' | 'reading' | 'warn' | 'error';
  text: string;
  /** Time at which the command behind the page reported it. */
  at: number;
}

/** A button of `npm start` that breaks something. */
export interface PageButton {
  name: string;
  label: string;
  /** The next action of the button. */
  hint: string;
  /** Its effect lasts until it is pressed again. */
  active: boolean;
}

/** The rights of the person who sees the page. */
export interface PageRights {
  /** Whether this person may press buttons. */
  mayPress: boolean;
  /** Whether a token would allow that. */
  wantsToken: boolean;
}

/** Fields that are present replace what the page has: boards those of the same name, while lines are appended. */
export interface PageNews {
  /** This message is complete. It is the first of a connection, and replaces everything that the page has. */
  whole?: true;
  /** The title of the page, such as the endpoint's name. */
  title?: string;
  broker?: PageBroker;
  boards?: PageBoard[];
  lines?: PageLine[];
  buttons?: PageButton[];
  rights?: PageRights;
  /** Whether boards can be sent commands from here. */
  takesOrders?: boolean;
}

export const SPANS = { hour: 3600, day: 86_400, week: 7 * 86_400 } as const;
export type Span = keyof typeof SPANS;

/** The answer to `GET /curve`: times and values of each of a board's sensors; null is a gap. */
export interface PageCurve {
  board: string;
  span: Span;
  /** Seconds since 1970. */
  from: number;
  to: number;
  sensors: {
    name: string;
    celsius: [number[], (number | null)[]];
    humidity?: [number[], (number | null)[]];
    pressure?: [number[], (number | null)[]];
  }[];
}
