/** What the live page is told, as JSON over Server-Sent Events; server and browser share these types. */

export interface PageReading {
  device: string;
  celsius: number;
  /** When it was taken, ms since 1970. */
  time: number;
  seq: number;
  /** Seconds since the board's start. */
  uptime: number;
}

export interface PageConnection {
  device: string;
  connected: boolean;
  /** The cipher suite, or why the connection ended. */
  detail: string;
}

export interface PageLine {
  side: 'board' | 'endpoint';
  level: 'info' | 'reading' | 'warn' | 'error';
  text: string;
}

/** A button of the page. */
export interface PageButton {
  name: string;
  label: string;
  /** What it did lasts until it is pressed again. */
  active: boolean;
}

/** Each field that is there is news; lists of readings and lines go on where the last ones ended. */
export interface PageNews {
  /** All that is known: the first message of a connection, which replaces what the page has. */
  whole?: true;
  readings?: PageReading[];
  connection?: PageConnection;
  lines?: PageLine[];
  buttons?: PageButton[];
}
