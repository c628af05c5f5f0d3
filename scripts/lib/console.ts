/**
 * A command's output: results on stdout, everything else on stderr, colours only if a person sees them (on a terminal, with
 * neither NO_COLOR nor CI set; https://no-color.org).
 */

/** A destination of text: a stream of the process, or a collector in a test. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
  readonly rows?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** SGR parameters (ECMA-48, section 8.3.117) that switch a style on and off. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof STYLES;

/** Whether text for this destination goes to a terminal that a person sees. */
export function isInteractive(sink: TextSink, env: Environment): boolean {
  return sink.isTTY === true && !env['CI'] && env['TERM'] !== 'dumb';
}

function wantsColour(sink: TextSink, env: Environment): boolean {
  return isInteractive(sink, env) && !env['NO_COLOR'];
}

/**
 * Makes text from outside (a board's log, a topic, a file name) safe to print: control characters are replaced by their
 * numbers, so that it can neither break the line nor control the terminal. So are Unicode's characters that change the
 * direction of text (UAX #9, section 2).
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- it is meant to match control characters
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

export class Console {
  private readonly stdout: TextSink;
  private readonly stderr: TextSink;
  private readonly colour: boolean;
  private readonly errorColour: boolean;
  /** Whether stdout is a terminal that a person sees. Only then the command may draw progress and ask questions. */
  readonly interactive: boolean;

  constructor(stdout: TextSink, stderr: TextSink, env: Environment) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.interactive = isInteractive(stdout, env);
    this.colour = wantsColour(stdout, env);
    this.errorColour = wantsColour(stderr, env);
  }

  /** The terminal's size at present. */
  size(): { columns: number; rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: this.stdout.columns || 80, rows: this.stdout.rows || 24 };
  }

  /** Prints one line of the command's result on stdout. */
  line(text = ''): void {
    this.stdout.write(`${text}\n`);
  }

  /** Prints one line about the command's work (a step, a warning) on stderr. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Draws progress over what it drew before, if a person sees it. An empty text removes it. */
  progress(text: string): void {
    if (this.interactive) this.stdout.write(`\r\u001b[K${text}`);
  }

  /** Prints one line that says why the command failed, on stderr, in red on a terminal. */
  error(text: string): void {
    this.stderr.write(`${this.errorColour ? paint('red', text) : text}\n`);
  }

  /** Returns text in a style if stdout shows colours, and unchanged otherwise. */
  style(style: Style, text: string): string {
    return this.colour ? paint(style, text) : text;
  }
}

function paint(style: Style, text: string): string {
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
