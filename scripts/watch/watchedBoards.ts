/**
 * The state of every board, derived from the messages that it published. No I/O; callers pass in the time. Strangers may
 * publish too, so names must be possible names, and the numbers of boards, sensors and readings are limited.
 */
import { EventEmitter } from 'node:events';
import { parseObject } from '../lib/json.ts';
import type { HistoryLine } from './historyLine.ts';
import {
  alarmOf,
  healthOf,
  readingOf,
  replyOf,
  stateOf,
  type AlarmMessage,
  type HealthMessage,
  type ReadingMessage,
} from './messages.ts';
import { Series, WEEK } from './series.ts';
import type { Use } from './topics.ts';

/** The pattern in the board config's schema. */
const BOARD_NAME = /^[A-Za-z0-9:_-]{1,128}$/;
const MOST_BOARDS = 1000;
const MOST_SENSORS = 8;
/**
 * Most readings that are kept, of all sensors together (at most 10 B each) and of one sensor (a week at one a
 * second).
 */
const MOST_READINGS = 4_000_000;
const MOST_OF_ONE = WEEK;
/** Seconds for which there is room beside the history, until what is too old is dropped again. */
const AHEAD = 7200;
/** ms that a board may take to answer a command. */
const ANSWER_TIME = 15_000;

export interface SensorState {
  name: string;
  /** The reading that was taken last. */
  last: ReadingMessage;
  series: Series;
}

/** The last command to a board: what was asked for, and its outcome. */
export interface CommandState {
  /** The person's wish, such as `a reading now`. */
  wish: string;
  outcome: string;
  state: 'waiting' | 'done' | 'failed';
  /** ms since 1970. */
  at: number;
}

export interface BoardState {
  name: string;
  /** From the retained status; null before the first status. */
  online: boolean | null;
  /** Time at which that changed while it was watched; null if it has not changed. ms since 1970, as are all times here. */
  onlineSince: number | null;
  health: (HealthMessage & { at: number }) | null;
  /** Names of the raised alarms. */
  alarms: string[];
  sensors: Map<string, SensorState>;
  /** Seconds between two readings. */
  interval: number;
  command: CommandState | null;
}

export type BoardEvent =
  | { type: 'reading'; board: string; reading: ReadingMessage; again: boolean }
  | { type: 'state'; board: string; online: boolean }
  | { type: 'health'; board: string; health: HealthMessage }
  | { type: 'alarm'; board: string; alarm: AlarmMessage }
  | { type: 'reply'; board: string; text: string; ok: boolean }
  | { type: 'silent'; board: string; since: number; interval: number }
  /** A message on one of the boards' topics that no board publishes in this form. */
  | { type: 'odd'; topic: string; why: string };

interface Pending {
  id: string;
  /** The interval that was asked for. */
  seconds: number | undefined;
  deadline: number;
  isAnswered: boolean;
}

export class Boards extends EventEmitter<{ event: [BoardEvent]; changed: [BoardState] }> {
  readonly all = new Map<string, BoardState>();
  private readonly defaultInterval: number;
  private readonly pending = new Map<string, Pending>();
  /** Times at which boards took a new interval, in seconds since 1970: the steps before say nothing about it. */
  private readonly changedAt = new Map<string, number>();
  /** Boards that were reported as silent. */
  private readonly silent = new Set<string>();
  private commands = 0;

  /** @param defaultInterval seconds between readings, for a board that has not sent three yet */
  constructor(defaultInterval: number) {
    super();
    this.defaultInterval = defaultInterval;
  }

  /** Takes a board's message. @param board null if the topic does not name it @param now ms since 1970 */
  take(use: Use, board: string | null, topic: string, payload: Uint8Array, now: number): void {
    const fields = parseObject(payload);
    if (fields === null) {
      // An empty retained message deletes the previous one, and says nothing else.
      if (payload.length > 0) this.odd(topic, 'expected a JSON object');
      return;
    }
    if (use === 'telemetry') {
      // npm run doctor publishes a note to test the topic.
      if (typeof fields['note'] === 'string') return;
      const reading = readingOf(fields);
      if (reading === null) return this.odd(topic, 'expected a reading');
      return this.addReading(board ?? reading.device, topic, reading, now);
    }
    const state = board === null ? null : this.board(board, topic);
    if (state === null) return;
    if (use === 'status') {
      const online = stateOf(fields);
      if (online === null) return this.odd(topic, 'expected "state": "online" or "offline"');
      this.setOnline(state.name, online, now);
    } else if (use === 'health') {
      const health = healthOf(fields);
      if (health === null) return this.odd(topic, 'expected a report of health');
      state.health = { ...health, at: now };
      this.emit('event', { type: 'health', board: state.name, health });
      this.emit('changed', state);
    } else if (use === 'alarm') {
      this.setAlarm(state, fields, topic);
    } else {
      this.takeReply(state, fields, now);
    }
  }

  /** The board has connected, or its connection has ended. */
  setOnline(name: string, online: boolean, now: number): void {
    const state = this.board(name, name);
    if (state === null || state.online === online) return;
    state.onlineSince = state.online === null ? null : now;
    state.online = online;
    this.emit('event', { type: 'state', board: name, online });
    this.emit('changed', state);
  }

  /** Puts a reading of earlier in its place, from the history. */
  restore(line: HistoryLine, now: number): void {
    const state = this.board(line.board, line.board);
    if (state === null) return;
    const known = state.sensors.get(line.sensor);
    const sensor = known ?? this.sensor(state, readingIn(line));
    if (sensor === null) return;
    sensor.series.add(Math.floor(line.time / 1000), line, Math.floor(now / 1000) + AHEAD);
    if (line.time > (sensor.last.time ?? 0)) sensor.last = readingIn(line);
  }

  /** Called when the history is complete: until the next reading, a board's interval is that of its readings there. */
  restored(): void {
    for (const state of this.all.values()) {
      const newest = [...state.sensors.values()].sort((a, b) => (b.last.time ?? 0) - (a.last.time ?? 0)).at(0);
      state.interval = newest?.series.interval() ?? state.interval;
    }
  }

  /** Records that a command is being sent. @returns its JSON */
  order(name: string, order: { command: string; seconds?: number }, wish: string, now: number): string {
    const id = `watch-${(this.commands += 1)}`;
    const state = this.board(name, name);
    if (state !== null) {
      this.pending.set(name, { id, seconds: order.seconds, deadline: now + ANSWER_TIME, isAnswered: false });
      this.setOutcome(state, { wish, outcome: 'on its way to the broker', state: 'waiting', at: now });
    }
    return JSON.stringify({ ...order, id });
  }

  /** Records whether the broker accepted the command. @param problem null if it did */
  orderSent(name: string, problem: string | null, now: number): void {
    const state = this.all.get(name);
    if (state?.command?.state !== 'waiting') return;
    if (problem !== null) this.pending.delete(name);
    const outcome = problem ?? 'the broker has it; the board has not answered yet';
    this.setOutcome(state, { ...state.command, outcome, state: problem === null ? 'waiting' : 'failed', at: now });
  }

  /** Called regularly: reports boards that fell silent, and commands without an answer. */
  tick(now: number): void {
    for (const [name, { deadline, isAnswered }] of this.pending) {
      const state = this.all.get(name);
      if (now < deadline || !state?.command) continue;
      this.pending.delete(name);
      if (isAnswered) continue;
      const why = state.online === false ? 'the board is offline' : `no answer for ${ANSWER_TIME / 1000} s`;
      this.setOutcome(state, { ...state.command, outcome: why, state: 'failed', at: now });
    }
    for (const { name, sensors, interval } of this.all.values()) {
      const since = Math.max(...[...sensors.values()].map(({ last }) => last.time ?? 0));
      const isSilent = since > 0 && now - since > 2000 * interval;
      if (isSilent && !this.silent.has(name)) this.emit('event', { type: 'silent', board: name, since, interval });
      if (isSilent) this.silent.add(name);
      else this.silent.delete(name);
    }
  }

  /** Drops readings that are older than a week or too many. */
  trim(now: number): void {
    const series = [...this.all.values()].flatMap(({ sensors }) => [...sensors.values()].map((one) => one.series));
    const most = Math.min(MOST_OF_ONE, Math.floor(MOST_READINGS / Math.max(1, series.length)));
    for (const one of series) one.trim(Math.floor(now / 1000) - WEEK, most);
  }

  private addReading(name: string, topic: string, message: ReadingMessage, now: number): void {
    const state = this.board(name, topic);
    if (state === null) return;
    // If a board's clock is fast, its reading must not stay the newest.
    const time = message.time === null ? null : Math.min(message.time, now);
    const reading = { ...message, time };
    const sensor = this.sensor(state, reading);
    if (sensor === null) return this.odd(topic, `${name} has more than ${MOST_SENSORS} sensors`);
    const again = time !== null && !sensor.series.add(Math.floor(time / 1000), reading);
    if (time !== null && time >= (sensor.last.time ?? 0)) sensor.last = reading;
    state.interval = sensor.series.interval(this.changedAt.get(name)) ?? state.interval;
    this.emit('event', { type: 'reading', board: name, reading, again });
    const pending = this.pending.get(name);
    if (pending?.isAnswered === true && state.command !== null && !again) {
      this.pending.delete(name);
      const outcome = `${state.command.outcome}; reading ${reading.seq} came`;
      this.setOutcome(state, { ...state.command, outcome, at: now });
    } else {
      this.emit('changed', state);
    }
  }

  private takeReply(state: BoardState, fields: Record<string, unknown>, now: number): void {
    const reply = replyOf(fields);
    if (reply === null) return;
    const text = reply.ok
      ? `did '${reply.command}'`
      : `refuses '${reply.command}': ${reply.error ?? 'no reason given'}`;
    this.emit('event', { type: 'reply', board: state.name, text, ok: reply.ok });
    const pending = this.pending.get(state.name);
    if (pending?.id !== reply.id || state.command === null) return;
    pending.isAnswered = true;
    if (reply.ok && pending.seconds !== undefined) {
      state.interval = pending.seconds;
      this.changedAt.set(state.name, Math.floor(now / 1000));
    }
    const outcome = reply.ok ? 'the board has done it' : `the board refuses: ${reply.error ?? 'no reason given'}`;
    this.setOutcome(state, { ...state.command, outcome, state: reply.ok ? 'done' : 'failed', at: now });
  }

  private setOutcome(state: BoardState, command: CommandState): void {
    state.command = command;
    this.emit('changed', state);
  }

  private setAlarm(state: BoardState, fields: Record<string, unknown>, topic: string): void {
    const alarm = alarmOf(fields);
    if (alarm === null) return this.odd(topic, 'expected an alarm');
    // The broker sends the retained message again when the connection is opened again.
    if (state.alarms.includes(alarm.name) !== alarm.isRaised) {
      this.emit('event', { type: 'alarm', board: state.name, alarm });
    }
    state.alarms = alarm.active;
    this.emit('changed', state);
  }

  /** @returns null for a name that no board can have, and if there are too many boards */
  private board(name: string, topic: string): BoardState | null {
    const known = this.all.get(name);
    if (known !== undefined) return known;
    if (!BOARD_NAME.test(name)) this.odd(topic, 'no board can have this name');
    else if (this.all.size >= MOST_BOARDS) this.odd(topic, `more than ${MOST_BOARDS} boards are not shown`);
    else {
      const state: BoardState = {
        name,
        online: null,
        onlineSince: null,
        health: null,
        alarms: [],
        sensors: new Map(),
        interval: this.defaultInterval,
        command: null,
      };
      this.all.set(name, state);
      return state;
    }
    return null;
  }

  private sensor(state: BoardState, reading: ReadingMessage): SensorState | null {
    const known = state.sensors.get(reading.sensor);
    if (known !== undefined) return known;
    if (state.sensors.size >= MOST_SENSORS) return null;
    const sensor = { name: reading.sensor, last: reading, series: new Series() };
    state.sensors.set(reading.sensor, sensor);
    return sensor;
  }

  private odd(topic: string, why: string): void {
    this.emit('event', { type: 'odd', topic, why });
  }
}

function readingIn({ board, sensor, celsius, humidity, pressure, time, seq }: HistoryLine): ReadingMessage {
  return {
    device: board,
    sensor,
    celsius,
    ...(humidity !== undefined && { humidity }),
    ...(pressure !== undefined && { pressure }),
    time,
    seq,
    uptime_s: 0,
  };
}
