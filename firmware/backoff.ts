/** Waiting before the next attempt: exponential with full jitter, so that a street of boards does not come back at once. */
import type { Random } from '../src/crypto/random.ts';

/** ms; also what keeps CONNECTs at least a second apart, which AWS wants. */
const MINIMUM = 1000;
const MAXIMUM = 120_000;

export class Backoff {
  private ceiling = MINIMUM;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** ms to wait: 1 s and something up to a bound that doubles each time, to 2 min. */
  next(): number {
    this.ceiling = Math.min(2 * this.ceiling, MAXIMUM);
    const [high, low] = this.random(2);
    return MINIMUM + Math.floor(((high * 256 + low) / 65536) * (this.ceiling - MINIMUM));
  }

  /** Something worked for long enough. */
  reset(): void {
    this.ceiling = MINIMUM;
  }
}
