/** Goes from hop to hop, and ends at the first one that fails. */
import { UserError } from '../lib/cli.ts';

export interface Finding {
  hop: string;
  state: 'ok' | 'failed' | 'skipped';
  /** The result, in one line. */
  detail: string;
  /** The likely causes if the hop failed, each with its remedy, the likeliest first. */
  causes: string[];
  milliseconds: number;
}

/** A hop failed. `causes` are the likely reasons. */
export class HopError extends Error {
  readonly causes: string[];

  constructor(message: string, causes: string[] = []) {
    super(message);
    this.name = 'HopError';
    this.causes = causes;
  }
}

/** The result of a hop for later hops, and the line that is shown. */
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

  /** @throws what `work` throws; a HopError or UserError is reported first */
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

  /** Reports a hop that is left out, and why. */
  skip(hop: string, detail: string): void {
    this.report({ hop, state: 'skipped', detail, causes: [], milliseconds: 0 });
  }

  /** Runs the hops until one fails. @returns whether none failed */
  async run(hops: (walk: Walk) => Promise<void>): Promise<boolean> {
    try {
      await hops(this);
      return true;
    } catch (error) {
      // These were reported as findings. Any other error is not about a hop.
      if (error instanceof Error && this.reported.has(error)) return false;
      throw error;
    }
  }

  private report(finding: Finding): void {
    this.findings.push(finding);
    this.onFinding(finding);
  }
}
