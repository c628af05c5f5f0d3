/** What the live page is told, as JSON over Server-Sent Events; server and browser share these types. */

/** A reading as a card shows it. */
export interface PageReading {
  /** Name of the sensor; empty where a board has one without a name. */
  sensor: string;
  celsius: number;
  humidity?: number;
  pressure?: number;
  /** When it was taken, ms since 1970 as all times here; null if the board did not know. */
  time: number | null;
  seq: number;
  /** Seconds since the board's start. */
  uptime: number;
}

export interface PageBoard {
  name: string;
  /** What its status says: null before there is one. */
  online: boolean | null;
  /** When it changed while the page's command looked on; null if it was so before. */
  onlineSince: number | null;
  /** The last reading of each sensor. */
  readings: PageReading[];
  /** Seconds between readings. */
  interval: number;
  /** In words; null before the first report. */
  health: { text: string; at: number } | null;
  /** Those that are on, in words. */
  alarms: string[];
  /** The last command: what was asked for, what has come of it. */
  command: { wish: string; outcome: string; state: 'waiting' | 'done' | 'failed'; at: number } | null;
}

/** The connection between the page's command and the broker; of the boards' own it says nothing. */
export interface PageBroker {
  state: 'waiting' | 'connected' | 'gone';
  text: string;
  /** Since when. */
  at: number;
}

export interface PageLine {
  /** A board's name, `board`, `broker` or `endpoint`. */
  side: string;
  level: 'info' | 'reading' | 'warn' | 'error';
  text: string;
}

/** A button that breaks something, of `npm start`. */
export interface PageButton {
  name: string;
  label: string;
  /** What it will do. */
  hint: string;
  /** What it did lasts until it is pressed again. */
  active: boolean;
}

/** Who looks at the page. */
export interface PageRights {
  /** Whether buttons may be pressed. */
  mayPress: boolean;
  /** Whether a token would give that right. */
  wantsToken: boolean;
}

/** Each field that is there is news; boards replace those of the same name, lines go on where the last ones ended. */
export interface PageNews {
  /** All that is known: the first message of a connection, which replaces what the page has. */
  whole?: true;
  /** What the page is about, such as the endpoint's name. */
  title?: string;
  broker?: PageBroker;
  boards?: PageBoard[];
  lines?: PageLine[];
  buttons?: PageButton[];
  rights?: PageRights;
  /** Whether boards take commands here. */
  takesOrders?: boolean;
}

export const SPANS = { hour: 3600, day: 86_400, week: 7 * 86_400 } as const;
export type Span = keyof typeof SPANS;

/** What `GET /curve` answers: for each sensor of a board the times and values of what it measures; null is a gap. */
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
