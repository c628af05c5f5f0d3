/**
 * Long computations in slices. The board polls its network and feeds its watchdog between two turns of the event
 * loop, so nothing may compute for longer than about 0.2 s at a stretch: longer computations are generators that yield
 * in between. Its caller decides when the next slice runs.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs a computation to its end at once, on a PC and in tests, where nothing else has to go on. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
