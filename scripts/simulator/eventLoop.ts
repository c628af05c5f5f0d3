/**
 * Kaluma's event loop (io.c). A turn notes the time, runs timers, then promise jobs, then the network. Timers count from
 * the noted time, fire when MORE than their delay has passed, and the first one-shot timer that runs ends the round: closing
 * it cuts the list that is being walked.
 */
interface Timer {
  id: number;
  callback: () => void;
  /** Milliseconds since the reset. */
  due: number;
  interval: number;
  repeat: boolean;
}

export interface LoopWork {
  /** Milliseconds since the reset. */
  millis: () => number;
  runJobs: () => void;
  pollNetwork: () => void;
  /** Prints an exception that a timer's callback threw, unless it is the signal of a reset, which it throws on. */
  report: (error: unknown) => void;
}

/** Kaluma's own handles take the first numbers. */
const FIRST_ID = 2;

export class EventLoop {
  private readonly work: LoopWork;
  private timers: Timer[] = [];
  private nextId = FIRST_ID;
  private time: number;

  constructor(work: LoopWork) {
    this.work = work;
    this.time = Math.floor(work.millis());
  }

  add(callback: () => void, delay: number, repeat: boolean): number {
    const id = this.nextId++;
    this.timers.push({ id, callback, due: this.time + Math.max(0, delay), interval: delay, repeat });
    return id;
  }

  remove(id: number): void {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  }

  clear(): void {
    this.timers = [];
  }

  /** Time at which the next timer fires, milliseconds since the reset; Infinity without timers. */
  nextTimer(): number {
    return this.timers.reduce((least, { due }) => Math.min(least, due + 1), Infinity);
  }

  turn(): void {
    this.time = Math.floor(this.work.millis());
    this.runTimers();
    this.work.runJobs();
    this.work.pollNetwork();
  }

  private runTimers(): void {
    for (const timer of this.timers.slice()) {
      if (timer.due >= this.time || !this.timers.includes(timer)) continue;
      if (timer.repeat) timer.due += timer.interval;
      else this.remove(timer.id);
      try {
        timer.callback();
      } catch (error) {
        this.remove(timer.id);
        this.work.report(error);
      }
      if (!this.timers.includes(timer)) return;
    }
  }
}
