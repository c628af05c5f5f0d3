/** A curve that is small enough to be done by hand: y² = x³ − 3x + 8 modulo 23, a group of 31 points. */

/** Coordinates; null is O, the point at infinity. */
export type SmallPoint = readonly [x: number, y: number] | null;

export const PRIME = 23;
export const A = -3;
export const B = 8;
/** Number of the curve's points, O among them. It is prime, so n·P is O for n = 31 and for no smaller n, whatever point P is. */
export const ORDER = 31;

/** All points but O, in the order of x and y. */
export const POINTS: readonly (readonly [number, number])[] = grid().filter(([x, y]) => isOnCurve(x, y));

/** The point whose multiples are counted. */
export const BASE: readonly [number, number] = POINTS[0];

export function isOnCurve(x: number, y: number): boolean {
  return modulo(y * y - (x * x * x + A * x + B)) === 0;
}

/** The slope of the line through two points, or of the tangent at one; null if it is upright. */
export function slopeOf(p: readonly [number, number], q: readonly [number, number]): number | null {
  const [[x1, y1], [x2, y2]] = [p, q];
  if (x1 === x2 && modulo(y1 + y2) === 0) return null;
  if (x1 === x2) return modulo((3 * x1 * x1 + A) * inverse(2 * y1));
  return modulo((y2 - y1) * inverse(x2 - x1));
}

export function add(p: SmallPoint, q: SmallPoint): SmallPoint {
  if (p === null) return q;
  if (q === null) return p;
  const slope = slopeOf(p, q);
  if (slope === null) return null;
  const x = modulo(slope * slope - p[0] - q[0]);
  return [x, modulo(slope * (p[0] - x) - p[1])];
}

/** Multiplies a point by double-and-add, and returns each step with the result. */
export function multiply(scalar: number, point: SmallPoint): { result: SmallPoint; steps: MultiplyStep[] } {
  const steps: MultiplyStep[] = [];
  let result: SmallPoint = null;
  let count = 0;
  for (const bit of scalar.toString(2)) {
    result = add(result, result);
    count *= 2;
    if (count > 0) steps.push({ bit, what: 'double', count, point: result });
    if (bit === '0') continue;
    result = add(result, point);
    count += 1;
    steps.push({ bit, what: count === 1 ? 'begin' : 'add', count, point: result });
  }
  return { result, steps };
}

export interface MultiplyStep {
  bit: string;
  what: 'begin' | 'double' | 'add';
  /** The multiple of the point that this step has reached. */
  count: number;
  point: SmallPoint;
}

export function modulo(value: number): number {
  return ((value % PRIME) + PRIME) % PRIME;
}

/** Finds 1/value modulo PRIME by trying every number. */
export function inverse(value: number): number {
  for (let candidate = 1; candidate < PRIME; candidate++) if (modulo(candidate * value) === 1) return candidate;
  throw new RangeError(`${value} has no inverse modulo ${PRIME}`);
}

function grid(): [number, number][] {
  return Array.from({ length: PRIME * PRIME }, (_, i): [number, number] => [Math.floor(i / PRIME), i % PRIME]);
}

export function pointText(point: SmallPoint): string {
  return point === null ? 'O' : `(${point[0]}, ${point[1]})`;
}
