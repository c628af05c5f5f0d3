/** The wait before the next attempt: exponential with full jitter, so that many boards do not come back at once. */

/** ms. Also keeps CONNECTs at least a second apart, as AWS requires. */
const MINIMUM = 1000;
const MAXIMUM = 120_000;
/**
 * ms. After a stable connection the first attempt comes within this time. A broker that restarts drops all of its boards
 * in the same second: if 10,000 boards came back within 2 s, it would get 7,000 CONNECTs a second, and AWS allows 500
 * (`npm run fleet`).
 */
const SPREAD = 30_000;

/**
 * ms for which a board that died keeps away from the network; the wait doubles with each death, up to the second number.
 * The network may be what kills it, and would kill it again after each restart. During the wait a person can flash it.
 */
const DEATH_WAIT = 30_000;
const LONGEST_DEATH_WAIT = 900_000;

export interface Backoff {
  /** ms to wait: at least 1 s, and at most a bound that doubles each time until it is 2 min. */
  next(): number;
  /** Only this board lost its connection: the next wait is among the shortest. */
  reset(): void;
  /** A stable connection ended, perhaps those of thousands of boards too: the next wait is up to 30 s. */
  spread(): void;
}

/** @param jitter gives a random number from 0 up to 1 @param isSlow begins with the longest waits */
export function createBackoff(jitter: () => number, isSlow = false): Backoff {
  let bound = isSlow ? MAXIMUM : MINIMUM;
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

/** ms for which a board that died `deaths` times in a row keeps away from the network. */
export function deathWait(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(DEATH_WAIT * 2 ** (deaths - 1), LONGEST_DEATH_WAIT);
}
