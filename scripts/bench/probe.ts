/**
 * Code that stands in front of the program while it is measured, and prints measurements on lines of their own. It wraps the
 * timers to count the time that the program computes, because Kaluma calls everything but the reception of bytes from timers.
 * Asking for an array that does not fit makes the engine collect its garbage.
 */

/** Bytes by which each layout of the heap differs from the one before. */
const STEP = 24;

/**
 * @param layout from 0 on: so many steps of memory are taken before the program begins. Everything else lies elsewhere then,
 * and the engine finds free memory sooner or later.
 */
export function probeText(layout: number): string {
  const text = `(() => {
  const { setInterval, console, micros, process } = globalThis;
  const log = console.log;
  const padding = new Uint8Array(${layout * STEP});
  let busy = 0, turn = 0, start = 0, joined = false;
  const spent = () => busy + micros() - start;
  globalThis.setInterval = (f, ms) => setInterval(() => {
    start = micros();
    try { f(padding); } finally {
      const time = micros() - start;
      busy += time;
      if (time > turn) { turn = time; log('PROBE turn ' + turn); }
    }
  }, ms);
  console.log = (text) => {
    log(text);
    if (!joined && text.includes(' wifi ')) { joined = true; new Array(50000); log('PROBE loaded ' + process.memoryUsage().heapUsed); }
    if (text.includes(' reading ')) log('PROBE busy ' + spent());
    if (text.includes(' again in ')) log('PROBE ended ' + spent());
    if (text.includes(' dialling ')) log('PROBE dialling ' + spent());
    if (text.includes('acknowledged')) log('PROBE peak ' + process.memoryUsage().heapPeak);
  };
})();
`;
  // The text has the same length for each layout, because it replaces as many blanks.
  return text.padEnd(LENGTH, '\n');
}

const LENGTH = 1536;
