/**
 * The readings of one sensor over time, 6 to 10 bytes each, so that a week of 200 boards takes some 20 MB, and curves
 * through them: reduced to what a screen can show, with gaps where readings are missing.
 */

/** The quantities that a sensor may measure, with the number of stored steps in one unit. */
export const QUANTITIES = { celsius: 100, humidity: 100, pressure: 10 } as const;
export type Quantity = keyof typeof QUANTITIES;

const NAMES: readonly Quantity[] = ['celsius', 'humidity', 'pressure'];

/** Temperature always, the others as far as the sensor measures them. */
export type Values = { celsius: number } & { [Name in Exclude<Quantity, 'celsius'>]?: number | undefined };

/** Times in seconds since 1970, ascending, and a value for each; null is a gap in the curve. */
export type Curve = [times: number[], values: (number | null)[]];

/** Seconds. */
export const WEEK = 7 * 86_400;
/** Stored if a quantity was not measured. */
const NONE = -32_768;
/**
 * Number of the last steps between readings that give the interval. With so many, a lost or extra reading does not
 * matter.
 */
const STEPS = 8;
/** A step is compared with this many steps on either side to decide whether it is a gap. */
const NEIGHBOURS = 5;

export class Series {
  length = 0;
  private times = new Uint32Array(64);
  private readonly columns: { [Name in Quantity]: Int16Array | null } = {
    celsius: new Int16Array(64),
    humidity: null,
    pressure: null,
  };

  /**
   * Adds a reading at its place in time.
   * @param time whole seconds since 1970
   * @param until up to when more will follow at once: room for them is made in one step, because each leaves garbage behind
   * @returns false if the same reading is there already
   */
  add(time: number, values: Values, until = time): boolean {
    let at = this.length;
    while (at > 0 && this.times[at - 1] > time) at = at - 1 > 64 ? this.search(time + 1) : at - 1;
    for (let i = at - 1; i >= 0 && this.times[i] === time; i--) if (this.holds(i, values)) return false;
    this.makeRoom(at, until);
    this.times[at] = time;
    for (const name of NAMES) {
      const value = values[name];
      if (value !== undefined) this.columns[name] ??= new Int16Array(this.times.length).fill(NONE);
      const column = this.columns[name];
      if (column !== null) column[at] = encode(name, value);
    }
    return true;
  }

  /** Drops readings before a time, and the oldest ones above a number. */
  trim(before: number, most: number): void {
    const drop = Math.max(this.length - most, this.search(before));
    if (drop <= 0) return;
    this.times.copyWithin(0, drop, this.length);
    for (const name of NAMES) this.columns[name]?.copyWithin(0, drop, this.length);
    this.length -= drop;
  }

  /** The time of the newest reading; null if there is none. */
  last(): number | null {
    return this.length === 0 ? null : this.times[this.length - 1];
  }

  /**
   * The present interval between readings, in seconds; null before there are three.
   * @param since counts readings from this time on only
   */
  interval(since = 0): number | null {
    const first = Math.max(1, this.length - STEPS, this.search(since) + 1);
    return this.length - first < 2 ? null : median(this.steps(first, this.length));
  }

  measures(quantity: Quantity): boolean {
    return this.columns[quantity] !== null;
  }

  /**
   * @param from seconds since 1970, like `to`
   * @param buckets number of parts of that time; at most the lowest and the highest value of each part are shown
   */
  curve(quantity: Quantity, from: number, to: number, buckets: number): Curve {
    const column = this.columns[quantity];
    const curve: Curve = [[], []];
    if (column === null) return curve;
    const first = this.search(from);
    const end = this.search(to + 1);
    const width = Math.max(1, (to - from) / buckets);
    let bucket: number[] = [];
    const flush = (): void => {
      for (const at of extremes(bucket, column)) push(curve, this.times[at], decode(quantity, column[at]));
      bucket = [];
    };
    for (let at = first; at < end; at++) {
      if (at > first && this.isGap(at)) {
        flush();
        push(curve, (this.times[at - 1] + this.times[at]) / 2, null);
      }
      const begun = bucket.length > 0 ? this.times[bucket[0]] : this.times[at];
      if (Math.floor((begun - from) / width) !== Math.floor((this.times[at] - from) / width)) flush();
      if (column[at] !== NONE) bucket.push(at);
    }
    flush();
    return curve;
  }

  /** Whether readings are missing before this one: the step to it is longer than the steps around it. */
  private isGap(at: number): boolean {
    const step = this.times[at] - this.times[at - 1];
    // The usual case needs no sorting.
    if (step <= 1) return false;
    const before = median(this.steps(Math.max(1, at - NEIGHBOURS), at));
    const after = median(this.steps(at + 1, Math.min(this.length, at + 1 + NEIGHBOURS)));
    const usual = Math.max(before ?? 0, after ?? 0);
    return usual > 0 && step > 1.5 * usual + 1;
  }

  /** The seconds before each of the readings from `first` up to `end`. */
  private steps(first: number, end: number): number[] {
    const steps: number[] = [];
    for (let i = first; i < end; i++) steps.push(this.times[i] - this.times[i - 1]);
    return steps;
  }

  /** The index of the first reading at or after a time. */
  private search(time: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private holds(at: number, values: Values): boolean {
    return NAMES.every((name) => (this.columns[name]?.[at] ?? NONE) === encode(name, values[name]));
  }

  private makeRoom(at: number, until: number): void {
    if (this.length === this.times.length) {
      // Otherwise half of each of hundreds of series would be empty.
      const expected = (until - this.times[this.length - 1]) / (this.interval() ?? Infinity);
      const capacity = Math.ceil(Math.max(1.2 * this.length, this.length + Math.min(expected, WEEK)));
      const times = new Uint32Array(capacity);
      times.set(this.times);
      this.times = times;
      for (const name of NAMES) {
        const column = this.columns[name];
        if (column === null) continue;
        const larger = new Int16Array(capacity).fill(NONE);
        larger.set(column);
        this.columns[name] = larger;
      }
    }
    this.times.copyWithin(at + 1, at, this.length);
    for (const name of NAMES) this.columns[name]?.copyWithin(at + 1, at, this.length);
    this.length += 1;
  }
}

function encode(name: Quantity, value: number | undefined): number {
  if (value === undefined) return NONE;
  return Math.max(NONE + 1, Math.min(32_767, Math.round(value * QUANTITIES[name])));
}

function decode(name: Quantity, stored: number): number {
  return stored / QUANTITIES[name];
}

function push([times, values]: Curve, time: number, value: number | null): void {
  times.push(time);
  values.push(value);
}

/** The one or two readings of a bucket that a curve needs, in their order. */
function extremes(bucket: readonly number[], column: Int16Array): number[] {
  if (bucket.length < 3) return [...bucket];
  let [low, high] = [bucket[0], bucket[0]];
  for (const at of bucket) {
    if (column[at] < column[low]) low = at;
    if (column[at] > column[high]) high = at;
  }
  return low === high ? [low] : [Math.min(low, high), Math.max(low, high)];
}

function median(values: number[]): number | null {
  return values.length === 0 ? null : values.sort((a, b) => a - b)[values.length >> 1];
}
