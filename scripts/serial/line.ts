/** A serial line: sends bytes, and receives bytes with a time limit. */

/** A line that carries bytes: a USB serial port, or a stand-in for one in tests. */
export interface SerialLine {
  /** Path for people: /dev/ttyACM0, COM3. */
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Sets the only listener for bytes that arrive. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Sets the only listener for the end of the port: unplugged, reset or closed. */
  onClose(listener: () => void): void;
  close(): Promise<void>;
}

/** The line was closed during use: the cable was pulled, or the board's watchdog reset it. */
export class LineClosedError extends Error {
  constructor(path: string) {
    super(`${path} disappeared`);
    this.name = 'LineClosedError';
  }
}

/** Most bytes that are kept until somebody reads them, and that are read in search of an end: what a board says is shorter. */
const MOST = 65_536;

/** Reads a line byte by byte, with time limits. */
export class LineReader {
  private readonly line: SerialLine;
  private waiting: Buffer = Buffer.alloc(0);
  /** Bytes that have arrived in all. */
  private arrived = 0;
  private wake: (() => void) | null = null;
  private closed = false;

  constructor(line: SerialLine) {
    this.line = line;
    line.onData((bytes) => {
      this.waiting = Buffer.concat([this.waiting, bytes]).subarray(-MOST);
      this.arrived += bytes.length;
      this.wake?.();
    });
    line.onClose(() => {
      this.closed = true;
      this.wake?.();
    });
  }

  /** Discards what has arrived so far. */
  clear(): void {
    this.waiting = Buffer.alloc(0);
  }

  /** The next byte, or null after `ms` without one. @throws LineClosedError */
  async byte(ms: number): Promise<number | null> {
    if (!(await this.fill(() => this.waiting.length > 0, ms))) return null;
    const [byte] = this.waiting;
    this.waiting = this.waiting.subarray(1);
    return byte;
  }

  /**
   * Everything up to and including `end`, or null if no byte has arrived for `ms` before `end`, or MOST without it; then
   * nothing is consumed.
   * @throws LineClosedError
   */
  async until(end: string, ms: number): Promise<Buffer | null> {
    const begun = this.arrived;
    for (;;) {
      const at = this.waiting.indexOf(end, 0, 'latin1');
      if (at >= 0) {
        const found = this.waiting.subarray(0, at + end.length);
        this.waiting = this.waiting.subarray(at + end.length);
        return found;
      }
      const { arrived } = this;
      if (arrived - begun > MOST || !(await this.fill(() => this.arrived > arrived, ms))) return null;
    }
  }

  /** Waits until `enough()`, at most `ms`. @returns whether it became true */
  private async fill(enough: () => boolean, ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (!enough()) {
      if (this.closed) throw new LineClosedError(this.line.path);
      const left = end - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.wake = (): void => {
          clearTimeout(timer);
          done();
        };
      });
      this.wake = null;
    }
    return true;
  }
}
