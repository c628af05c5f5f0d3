/**
 * Simulates many boards and one broker by events, without sockets: each board has the firmware's own backoff and sampler,
 * and the broker counts messages. It shows why the firmware waits as it does: how many CONNECTs a second a broker
 * gets when it returns, and when the last reading arrives.
 */
import { createBackoff, type Backoff } from '../../firmware/backoff.ts';
import { PACE } from '../../firmware/publisher.ts';
import { createSampler, type Sampler } from '../../firmware/sampler.ts';
import type { Sensor } from '../../firmware/sensors/sensor.ts';
import { STABLE } from '../../firmware/supervisor.ts';
import budgets from '../budgets.json' with { type: 'json' };

export interface FleetOptions {
  boards: number;
  /** Seconds between readings. */
  interval: number;
  /** ms from the start to the end of the simulation. */
  duration: number;
  /** ms from the start to the fault, long after all boards have connected. */
  faultAt: number;
  /** ms for which the broker answers no CONNECT; 0 if it drops all connections and stays reachable. */
  outage: number;
  /** CONNECTs a second that the broker accepts; it refuses the others. */
  limit: number;
  /** A random number from 0 up to 1. */
  random: () => number;
}

export interface FleetResult {
  /** The most CONNECTs in a second while the broker accepted them. */
  peakConnects: number;
  refused: number;
  /** ms from the end of the fault until every board was connected again. */
  connectedAfter: number | null;
  /** ms from the end of the fault until no board had a reading left that was due. */
  drainedAfter: number | null;
  /** The most readings in a second. */
  peakReadings: number;
  /** Readings that were waiting at the end of the outage. */
  backlog: number;
  /** Readings of all boards that were taken, and that were received. */
  taken: number;
  received: number;
}

/** ms from dialling to CONNECT: a handshake with a known chain. */
const HANDSHAKE = budgets.handshakes[0].againMs;
/** ms from a request to its answer. */
const ROUND_TRIP = 50;
const SECOND = 1000;

interface Board {
  sampler: Sampler;
  backoff: Backoff;
  /**
   * Readings that the broker does not have, and how many of them, from the first on, were waiting when the fault
   * ended.
   */
  waiting: number;
  late: number;
  /** Time at which CONNACK came; null without a connection. */
  connectedAt: number | null;
  /** Number of the connection or attempt. Events of earlier ones are ignored. */
  era: number;
  isSending: boolean;
}

export function simulateFleet(options: FleetOptions): FleetResult {
  const { boards: count, interval, duration, faultAt, outage, limit, random } = options;
  const events = createEvents();
  const end = faultAt + outage;
  const connects = new Uint32Array(Math.ceil(duration / SECOND) + 1);
  const readings = new Uint32Array(connects.length);
  const result: FleetResult = {
    peakConnects: 0,
    refused: 0,
    connectedAfter: null,
    drainedAfter: null,
    peakReadings: 0,
    backlog: 0,
    taken: 0,
    received: 0,
  };
  let connected = count;
  /** Readings that were waiting when the fault ended and have not arrived yet. */
  let late = 0;

  const isAway = (now: number): boolean => now >= faultAt && now < end;

  const lose = (board: Board, now: number): void => {
    if (board.connectedAt !== null) {
      connected -= 1;
      if (now - board.connectedAt > STABLE) board.backoff.spread();
    }
    board.connectedAt = null;
    board.isSending = false;
    board.era += 1;
    dial(board, now + board.backoff.next());
  };
  const dial = (board: Board, at: number): void => {
    const { era } = board;
    events.add(at + HANDSHAKE, (now) => {
      if (board.era === era) connect(board, now);
    });
  };
  const connect = (board: Board, now: number): void => {
    // The broker is away: TCP is refused before any handshake.
    if (isAway(now)) return lose(board, now - HANDSHAKE);
    const second = Math.floor(now / SECOND);
    connects[second] += 1;
    if (connects[second] > limit) {
      result.refused += 1;
      return lose(board, now + ROUND_TRIP);
    }
    connected += 1;
    board.connectedAt = now;
    if (connected === count && now >= end) result.connectedAfter ??= now - end;
    send(board, now + ROUND_TRIP);
  };
  const send = (board: Board, at: number): void => {
    const { era } = board;
    if (board.isSending) return;
    board.isSending = true;
    events.add(at, (now) => {
      if (board.era !== era) return;
      board.isSending = false;
      if (board.waiting === 0 || board.connectedAt === null) return;
      board.waiting -= 1;
      result.received += 1;
      readings[Math.floor(now / SECOND)] += 1;
      if (board.late > 0) {
        board.late -= 1;
        late -= 1;
        if (late === 0) result.drainedAfter = now - end;
      }
      if (board.waiting > 0) send(board, now + Math.max(PACE, ROUND_TRIP));
    });
  };
  const sample = (board: Board, at: number): void => {
    events.add(at, (now) => {
      if (board.sampler.tick(now) !== null) {
        board.waiting += 1;
        result.taken += 1;
        if (board.connectedAt !== null) send(board, now + ROUND_TRIP);
      }
      sample(board, now + interval * SECOND);
    });
  };

  const sensor: Sensor = {
    name: 'simulated',
    identify: () => undefined,
    start: () => 0,
    read: () => ({ celsius: 20 }),
    explain: ({ message }) => message,
  };
  const all = Array.from({ length: count }, () => {
    const board: Board = {
      sampler: createSampler(sensor, interval, () => undefined),
      backoff: createBackoff(random),
      waiting: 0,
      late: 0,
      connectedAt: -STABLE,
      era: 0,
      isSending: false,
    };
    // Each board was switched on at a different time.
    sample(board, random() * interval * SECOND);
    return board;
  });
  events.add(faultAt, (now) => {
    for (const board of all) lose(board, now);
  });
  events.add(end, () => {
    for (const board of all) late += board.late = board.waiting;
    result.backlog = late;
  });
  events.run(duration);
  result.peakConnects = Math.max(...connects);
  result.peakReadings = Math.max(...readings);
  return result;
}

interface Events {
  add(time: number, happen: (now: number) => void): void;
  run(until: number): void;
}

/** Events of the future, earliest first: a binary heap. */
function createEvents(): Events {
  const heap: { time: number; happen: (now: number) => void }[] = [];
  const swap = (a: number, b: number): void => void ([heap[a], heap[b]] = [heap[b], heap[a]]);
  const takeFirst = (): (typeof heap)[number] => {
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && heap[child].time < heap[least].time) least = child;
      }
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  };
  return {
    add(time, happen) {
      heap.push({ time, happen });
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (heap[parent].time <= heap[at].time) return;
        swap(at, parent);
        at = parent;
      }
    },
    run(until) {
      while (heap.length > 0 && heap[0].time <= until) {
        const { time, happen } = takeFirst();
        happen(time);
      }
    },
  };
}
