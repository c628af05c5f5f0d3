/** Goes from hop to hop and ends at the first one that fails. */
import { UserError } from '../lib/cli.ts';

export interface Finding {
  hop: string;
  state: 'ok' | 'failed' | 'skipped';
  /** What was found, in a line. */
  detail: string;
  /** What is likely behind it and what to do, the likeliest first; of a failed hop. */
  causes: string[];
  milliseconds: number;
}

/** A hop failed; `causes` are the likely reasons. */
export class HopError extends Error {
  readonly causes: string[];

  constructor(message: string, causes: string[] = []) {
    super(message);
    this.name = 'HopError';
    this.causes = causes;
  }
}

/** What a hop hands on, and what it tells of it. */
export interface Passed<T> {
  value: T;
  detail: string;
}

export class Walk {
  readonly findings: Finding[] = [];
  private readonly onFinding: (finding: Finding) => void;
  private readonly reported = new WeakSet<Error>();

  constructor(onFinding: (finding: Finding) => void) {
    this.onFinding = onFinding;
  }

  /** @throws what `work` throws; a HopError or UserError once it has been reported */
  async hop<T>(hop: string, work: () => Promise<Passed<T>> | Passed<T>): Promise<T> {
    const start = performance.now();
    const report = (state: Finding['state'], detail: string, causes: string[]): void =>
      this.report({ hop, state, detail, causes, milliseconds: Math.round(performance.now() - start) });
    try {
      const { value, detail } = await work();
      report('ok', detail, []);
      return value;
    } catch (error) {
      if (error instanceof HopError || error instanceof UserError) {
        report('failed', error.message, error instanceof HopError ? error.causes : []);
        this.reported.add(error);
      }
      throw error;
    }
  }

  /** A hop that is left out, and why. */
  skip(hop: string, detail: string): void {
    this.report({ hop, state: 'skipped', detail, causes: [], milliseconds: 0 });
  }

  /** Walks as far as it goes. @returns whether no hop failed */
  async run(hops: (walk: Walk) => Promise<void>): Promise<boolean> {
    try {
      await hops(this);
      return true;
    } catch (error) {
      // Those are what was found; anything else is not about the hops.
      if (error instanceof Error && this.reported.has(error)) return false;
      throw error;
    }
  }

  private report(finding: Finding): void {
    this.findings.push(finding);
    this.onFinding(finding);
  }
}
