/**
 * Keeps the board publishing, as one small state machine: Wi-Fi, time, keys, TCP, TLS, MQTT, publishing; and after any
 * failure a wait, and all over again. Each state has its own time limit. The log says what happens and what a person can
 * do about it.
 */
import type { Steps } from '../src/steps.ts';
import type { PreparedHandshake } from '../src/tls/prepare.ts';
import { TlsError } from '../src/tls/errors.ts';
import { advice } from './advice.ts';
import type { Backoff } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { Log, LogArea } from './log.ts';
import type { Publisher } from './publisher.ts';
import type { TimeSync } from './timeSync.ts';

type State = 'wifi' | 'time' | 'keys' | 'tcp' | 'tls' | 'mqtt' | 'ready' | 'waiting';

/**
 * ms a state may last. Joining Wi-Fi and asking for the time limit themselves. lwIP forgets a connection that is not
 * answered after 18 s, and that cannot be seen: it must be closed before.
 */
const LIMITS: Partial<Record<State, number>> = { keys: 10_000, tcp: 10_000, tls: 30_000, mqtt: 25_000 };
/** ms between two looks whether Wi-Fi is still joined: there is no event when the access point goes away. */
const WIFI_INTERVAL = 2000;
/** ms after which the time is asked for again. */
const TIME_INTERVAL = 6 * 3_600_000;
/** ms until a connection counts as stable. Two boards of the same name throw each other out sooner. */
const STABLE = 60_000;
/** ms without a connection after which the board restarts itself, for whatever may be stuck in it. */
const OFFLINE_LIMIT = 3_600_000;

export interface SupervisorOptions {
  log: Log;
  /** `join` blocks. */
  wifi: { name: string; join: () => boolean; isJoined: () => boolean };
  timeSync: TimeSync;
  /** Whether the time of day is known. */
  hasTime: () => boolean;
  /** Computes what TLS needs before dialling. */
  prepare: () => Steps<PreparedHandshake>;
  /** Dials; `prepared` is used up as soon as TCP is connected. @throws Error */
  connect: (prepared: PreparedHandshake) => Connection;
  publisher: Publisher;
  backoff: Backoff;
  heapPeak: () => number;
  restart: () => void;
}

export class Supervisor {
  state: State = 'wifi';
  /** How often the broker was reached since boot. */
  connections = 0;
  /** When something last went on, ms since boot. */
  progressAt = 0;
  private readonly options: SupervisorOptions;
  /** When the state began, ms since boot, as all times here. */
  private since = 0;
  private resumeAt = 0;
  private onlineAt = 0;
  private wifiCheckedAt = 0;
  private timeSetAt: number | null = null;
  /** Whether the time is asked for while publishing. */
  private refreshing = false;
  private steps: Steps<PreparedHandshake> | null = null;
  private prepared: PreparedHandshake | null = null;
  private connection: Connection | null = null;

  constructor(options: SupervisorOptions) {
    this.options = options;
  }

  /** One turn of the event loop. @param now ms since boot */
  tick(now: number): void {
    try {
      const limit = LIMITS[this.state];
      if (limit !== undefined && now - this.since > limit) throw new Error(`not done within ${limit / 1000} s`);
      this.advance(now);
    } catch (error) {
      this.fail(this.area, error as Error, now);
    }
  }

  private advance(now: number): void {
    const { connection } = this;
    if (this.state === 'waiting') {
      if (now - this.onlineAt > OFFLINE_LIMIT) this.options.restart();
      else if (now >= this.resumeAt) this.enter('wifi', now);
    } else if (this.state === 'wifi') {
      this.joinWifi();
      this.enter('time', now);
      if (this.isTimeOld(now)) this.options.timeSync.start();
    } else if (this.state === 'time') {
      if (this.findTime(now)) this.enter('keys', now);
    } else if (this.state === 'keys') {
      if (this.prepareKeys()) this.dial(now);
    } else if (connection !== null) {
      this.drive(connection, now);
    }
  }

  private enter(state: State, now: number): void {
    this.state = state;
    this.since = now;
    this.progressAt = now;
  }

  private joinWifi(): void {
    const { wifi, log } = this.options;
    if (wifi.isJoined()) return;
    log('INFO', 'wifi', `joining ${wifi.name}`);
    if (!wifi.join()) throw new Error(`cannot join ${wifi.name}`);
    log('INFO', 'wifi', 'joined');
  }

  private isTimeOld(now: number): boolean {
    return this.timeSetAt === null || now - this.timeSetAt > TIME_INTERVAL;
  }

  /** @returns whether the time is known; false while it is asked for. */
  private findTime(now: number): boolean {
    const { timeSync, hasTime } = this.options;
    if (!this.isTimeOld(now)) return true;
    const found = timeSync.tick(now);
    if (found === true) this.timeSetAt = now;
    if (found === false && !hasTime()) throw new Error('no server told it; without the time no TLS');
    return found !== null;
  }

  /** @returns whether they are ready. */
  private prepareKeys(): boolean {
    if (this.prepared !== null) return true;
    this.steps ??= this.options.prepare();
    const step = this.steps.next();
    if (step.done !== true) return false;
    this.prepared = step.value;
    this.steps = null;
    return true;
  }

  private dial(now: number): void {
    this.enter('tcp', now);
    this.connection = this.options.connect(this.prepared as PreparedHandshake);
  }

  private drive(connection: Connection, now: number): void {
    const { log, publisher, heapPeak } = this.options;
    connection.tick(now);
    const { phase, failure } = connection;
    if (failure !== null) {
      this.fail(failure.area, failure.error, now);
      return;
    }
    if (phase !== this.state) {
      // The keys of a handshake serve once; those for a connection that is refused, for the next.
      if (this.state === 'tcp') this.prepared = null;
      if (this.state === 'tls') {
        const { openedAt, securedAt } = connection;
        log('INFO', 'tls', `handshake complete in ${securedAt - openedAt} ms, heap peak ${heapPeak()} B`);
      }
      this.enter(phase as State, now);
      if (phase === 'ready') {
        this.connections += 1;
        log('INFO', 'mqtt', 'connected');
        publisher.start();
      }
    }
    if (phase === 'ready') this.publish(connection, now);
  }

  private publish(connection: Connection, now: number): void {
    const { publisher, backoff } = this.options;
    this.onlineAt = now;
    this.progressAt = connection.receivedAt;
    if (now - this.since > STABLE) backoff.reset();
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      publisher.handle(event, connection);
    }
    publisher.tick(connection, now);
    this.refreshTime(now);
    if (now - this.wifiCheckedAt >= WIFI_INTERVAL) {
      this.wifiCheckedAt = now;
      if (!this.options.wifi.isJoined()) this.fail('wifi', new Error('the access point is gone'), now);
    }
  }

  /** Asks for the time again now and then; if nobody tells it, the old one will do until the next round. */
  private refreshTime(now: number): void {
    const { timeSync } = this.options;
    if (this.refreshing) {
      if (timeSync.tick(now) === null) return;
      this.refreshing = false;
      this.timeSetAt = now;
    } else if (this.isTimeOld(now)) {
      this.refreshing = true;
      timeSync.start();
    }
  }

  /** Where a person should look when the present state fails. */
  private get area(): LogArea {
    const { state } = this;
    return state === 'keys' || state === 'waiting' ? 'board' : state === 'ready' ? 'mqtt' : state;
  }

  private fail(area: LogArea, error: Error, now: number): void {
    const { timeSync, publisher, backoff, log } = this.options;
    // The order matters: an abandoned TCP descriptor can be taken back only when no UDP one is open.
    timeSync.stop();
    this.refreshing = false;
    if (this.connection !== null) {
      if (this.state === 'ready') publisher.stop();
      this.connection.close();
      this.connection = null;
    }
    // A chain out of date may be a clock that is.
    if (error instanceof TlsError && error.alert === 'certificate_expired') this.timeSetAt = null;
    const wait = backoff.next();
    this.resumeAt = now + wait;
    this.enter('waiting', now);
    log('WARN', area, `${error.message}${advice(area, error)}; again in ${Math.round(wait / 1000)} s`);
  }
}
