/**
 * How long is fuzzed, and where to begin. FUZZ_SECONDS is the time for all targets together, 40 unless given;
 * FUZZ_CASE runs the one case of that number, such as a failure names.
 */

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 40);
const ONLY = process.env.FUZZ_CASE;

/**
 * Runs cases from 0 on until the time is over.
 * @param share of the time, as a part of 1
 * @param fuzz runs a case; its seed is never 0
 * @returns how many were run
 * @throws what the first case throws that does, with the case's number
 */
export function fuzz(share: number, fuzz: (seed: number) => void): number {
  const end = Date.now() + SECONDS * 1000 * share;
  const first = ONLY === undefined ? 0 : Number(ONLY);
  let count = first;
  do {
    try {
      // Neighbouring seeds of a xorshift are alike in their first numbers: multiply by an odd constant (Knuth).
      fuzz(Math.imul(count + 1, 0x9e3779b1) || 1);
    } catch (error) {
      throw new Error(`FUZZ_CASE=${count}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    count += 1;
  } while (ONLY === undefined && Date.now() < end);
  return count - first;
}
