/** Waiting before the next attempt: exponential with full jitter, so that a street of boards does not come back at once. */

/** ms; also what keeps CONNECTs at least a second apart, which AWS wants. */
const MINIMUM = 1000;
const MAXIMUM = 120_000;
/**
 * ms within which the first attempt comes after a stable connection, half as the bound before. A broker that restarts drops
 * all of its boards in the same second: 10,000 that came back within 2 s would be 7,000 CONNECTs a second, and AWS takes
 * 500 (`npm run fleet`).
 */
const SPREAD = 30_000;

/**
 * ms that a board which died waits before it touches the network, and at most: the wait doubles with each death. During
 * all of it the board can be flashed. The other side may be what kills it, and is there again after each restart.
 */
const DEATH_WAIT = 30_000;
const LONGEST_DEATH_WAIT = 900_000;

export interface Backoff {
  /** ms to wait: from 1 s up to a bound that doubles each time, to 2 min. */
  next(): number;
  /** Only this board is concerned: the next wait is among the shortest. */
  reset(): void;
  /** A stable connection ended, perhaps those of thousands of boards with it: the next wait is up to 30 s. */
  spread(): void;
}

/** @param jitter gives a random number from 0 up to 1; @param weary begins with the longest waits */
export function createBackoff(jitter: () => number, weary = false): Backoff {
  let bound = weary ? MAXIMUM : MINIMUM;
  return {
    next() {
      bound = Math.min(2 * bound, MAXIMUM);
      return MINIMUM + Math.floor(jitter() * (bound - MINIMUM));
    },
    reset() {
      bound = MINIMUM;
    },
    spread() {
      bound = SPREAD / 2;
    },
  };
}

/** ms that a board waits after so many deaths in a row, before it touches the network. */
export function deathWait(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(DEATH_WAIT * 2 ** (deaths - 1), LONGEST_DEATH_WAIT);
}
