/** The simulated board's time, in microseconds since it was first powered. */
export interface Clock {
  readonly virtual: boolean;
  now(): number;
  /** Lets time pass while the board does nothing else; the real clock sleeps, and the whole process with it. */
  spend(micros: number): void;
}

/** A clock that moves only when told to, so that a simulated day takes only as long as the program computes in it. */
export class VirtualClock implements Clock {
  readonly virtual = true;
  private time = 0;

  now(): number {
    return this.time;
  }

  spend(micros: number): void {
    this.time += micros;
  }
}

export class RealClock implements Clock {
  readonly virtual = false;
  private readonly start = performance.now();

  now(): number {
    return (performance.now() - this.start) * 1000;
  }

  spend(micros: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, micros / 1000);
  }
}

/** Unwinds the program when the board loses its power or is reset in the middle of a call. */
export class ResetSignal extends Error {
  readonly reason: ResetReason;

  constructor(reason: ResetReason) {
    super(`the board was reset: ${reason}`);
    this.reason = reason;
  }
}

export type ResetReason = 'power' | 'watchdog';
