/** Waiting before the next attempt: exponential with full jitter, so that a street of boards does not come back at once. */
/** ms; also what keeps CONNECTs at least a second apart, which AWS wants. */
const MINIMUM = 1000;
const MAXIMUM = 120_000;

export class Backoff {
  private ceiling = MINIMUM;
  private readonly jitter: () => number;

  /** @param jitter gives a random number from 0 up to 1 */
  constructor(jitter: () => number) {
    this.jitter = jitter;
  }

  /** ms to wait: 1 s and something up to a bound that doubles each time, to 2 min. */
  next(): number {
    this.ceiling = Math.min(2 * this.ceiling, MAXIMUM);
    return MINIMUM + Math.floor(this.jitter() * (this.ceiling - MINIMUM));
  }

  /** Something worked for long enough. */
  reset(): void {
    this.ceiling = MINIMUM;
  }
}
