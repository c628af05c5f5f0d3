/** Random numbers that are the same in every run (xorshift32), so that a property test that fails fails again. */
export class SeededRandom {
  private state: number;

  /** @param seed any integer but 0 */
  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** An integer of at least 0 and below `limit`. */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return Math.floor(((this.state >>> 0) / 2 ** 32) * limit);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
