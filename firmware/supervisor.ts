/**
 * Keeps the board publishing, as one state machine: Wi-Fi, time, keys, TCP, TLS, MQTT, publishing. After any failure it
 * waits and starts again. Each state has its own time limit. The log says what happens and what a person can do about it.
 */
import { type PreparedHandshake, type Steps, TlsError } from '../src/index.ts';
import { advice } from './advice.ts';
import { createBackoff, deathWait } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { RestartReason } from './journal.ts';
import type { Log, LogArea } from './log.ts';
import type { Publisher } from './publisher.ts';
import type { TimeSync } from './timeSync.ts';

export type State = 'wifi' | 'time' | 'keys' | 'tcp' | 'tls' | 'mqtt' | 'ready' | 'waiting';

/** ms between two checks whether Wi-Fi is still joined: Kaluma sends no event when the access point goes away. */
const WIFI_INTERVAL = 2000;
/** ms after which the board asks for the time again. */
const TIME_INTERVAL = 6 * 3_600_000;
/** ms before the end of a wait at which the board begins to make its keys, which takes it 1.3 s. */
const AHEAD = 2000;
/** ms after which a connection counts as stable. Two boards of the same name end each other's connections sooner. */
export const STABLE = 60_000;
/**
 * ms without a connection after which the board restarts itself, in case something in it is stuck. The limit is longer
 * while the time is not known: if a boot never learns it, its readings stay without a time.
 */
const OFFLINE_LIMIT = 3_600_000;
const TIMELESS_LIMIT = 12 * 3_600_000;
/**
 * ms after which the board restarts anyway: Kaluma counts ms in 32 bits, and no timer runs after that count
 * overflows.
 */
const LIFETIME = 48 * 86_400_000;
/**
 * ms for which lwIP may go on sending to a peer that fell silent, and keep 1.5 to 4 KB for it: its twelve retries took
 * 1,143 s. Kaluma's C heap of 14 KB surely has room for one such connection beside a new one. When it is full, the board
 * hangs.
 */
const SILENCE_KEPT = 1_200_000;

/**
 * ms that a state may last. Joining Wi-Fi and asking for the time have limits of their own. The limit of `tcp` is below
 * 18 s: then lwIP frees a connection that is not answered, which nobody can see, and closing it would do harm.
 */
function limitOf(state: State): number {
  if (state === 'keys' || state === 'tcp') return 10_000;
  return state === 'tls' || state === 'mqtt' ? 30_000 : Infinity;
}

export interface SupervisorOptions {
  log: Log;
  /** ms since boot, as are all times in this file. */
  uptime: () => number;
  /** `join` blocks, for up to half a minute. */
  wifi: { name: string; join: () => boolean; isJoined: () => boolean };
  /** Starts to ask for the time. */
  startTimeSync: () => TimeSync;
  /** Whether the time of day is known. */
  hasTime: () => boolean;
  /** Computes the keys that TLS needs, before dialling. */
  prepare: () => Steps<PreparedHandshake>;
  /** Dials. `prepared` is used up as soon as TCP is connected. @throws Error */
  connect: (prepared: PreparedHandshake) => Connection;
  /** Creates what uses a connection that is ready. */
  createPublisher: () => Publisher;
  /** A random number from 0 up to 1. */
  jitter: () => number;
  /** Whether the board restarted because connections keep falling silent: then it begins with a long wait. */
  restartedForSilence: boolean;
  /** How often in a row the board has died. */
  deaths: number;
  /** A connection was stable, so whatever made the board die is over. */
  onStable: () => void;
  restart: (reason: RestartReason) => void;
}

export interface Supervisor {
  /** One turn of the event loop. */
  tick(): void;
  state(): State;
  /** How often the broker was reached since boot. */
  connections(): number;
  /** Whether an attempt to connect, or a connection, has failed since boot. */
  hasFailed(): boolean;
  /** When the board last made progress. */
  progressAt(): number;
  /** Whether so much received data waits that the turn should go on (connection.ts). */
  isBehind(): boolean;
  /** Sends what is waiting, at the end of a turn. */
  flush(): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const {
    log,
    uptime,
    wifi,
    startTimeSync,
    hasTime,
    prepare,
    connect,
    createPublisher,
    jitter,
    restartedForSilence,
    restart,
    deaths,
    onStable,
  } = options;
  const backoff = createBackoff(jitter, restartedForSilence);
  let state: State = restartedForSilence || deaths > 0 ? 'waiting' : 'wifi';
  /** When the current state began. */
  let since = 0;
  let progressAt = 0;
  let resumeAt = Math.max(restartedForSilence ? backoff.next() : 0, deathWait(deaths));
  let isStable = false;
  let onlineAt = 0;
  /** When a connection last fell silent. */
  let silentAt = -SILENCE_KEPT;
  let wifiCheckedAt = 0;
  let timeSetAt = -TIME_INTERVAL;
  /** Not null while the board asks for the time. */
  let timeSync: TimeSync | null = null;
  let connections = 0;
  let failed = false;
  /** Whether a message was acknowledged since boot. */
  let acknowledged = false;
  let steps: Steps<PreparedHandshake> | null = null;
  let prepared: PreparedHandshake | null = null;
  let connection: Connection | null = null;
  let publisher: Publisher | null = null;
  if (resumeAt > 0) log('INFO', 'board', `first connection in ${Math.round(resumeAt / 1000)} s`);

  const enter = (next: State, now: number): void => {
    state = next;
    since = now;
    progressAt = now;
  };

  const fail = (area: LogArea, error: Error, now: number): void => {
    // Time first: an abandoned TCP descriptor can be taken back only when no UDP descriptor is open.
    if (timeSync !== null) timeSync.stop();
    timeSync = null;
    if (publisher !== null) publisher.stop(area === 'mqtt');
    publisher = null;
    // Without Wi-Fi every peer is silent, and lwIP drops the connections when Wi-Fi is back.
    const isJoined = wifi.isJoined();
    const silent = connection !== null && isJoined && connection.isSilent(now);
    if (connection !== null) connection.close(silent || !isJoined);
    connection = null;
    steps = null;
    // The certificate may seem expired because the clock is wrong.
    if (error instanceof TlsError && error.alert === 'certificate_expired') timeSetAt = -TIME_INTERVAL;
    // If the access point went away, only this home's boards lost their connection; if the broker did, all boards.
    if (state === 'ready' && now - since > STABLE) {
      if (area === 'wifi') backoff.reset();
      else backoff.spread();
    }
    failed = true;
    const wait = backoff.next();
    resumeAt = now + wait;
    enter('waiting', now);
    log('WARN', area, `${error.message}${advice(area, error)}; again in ${Math.round(wait / 1000)} s`);
    if (!silent) return;
    if (now - silentAt < SILENCE_KEPT) {
      restart(acknowledged ? 'two connections fell silent' : 'connections keep falling silent');
    }
    silentAt = now;
  };

  const joinWifi = (): void => {
    if (wifi.isJoined()) return;
    log('INFO', 'wifi', `joining ${wifi.name}`);
    if (!wifi.join()) throw new Error(`cannot join ${wifi.name}`);
    log('INFO', 'wifi', 'joined');
  };

  const isTimeOld = (now: number): boolean => now - timeSetAt >= TIME_INTERVAL;

  /** @returns whether the time is known; false while the board still asks for it. */
  const findTime = (now: number): boolean => {
    if (!isTimeOld(now)) return true;
    timeSync ??= startTimeSync();
    const found = timeSync.tick(now);
    if (found === null) return false;
    timeSync = null;
    if (found) timeSetAt = now;
    if (!found && !hasTime()) throw new Error('no time server agrees with another; no TLS without the time');
    return true;
  };

  /** Asks for the time again now and then. If no server answers, the old time is used for another interval. */
  const refreshTime = (now: number): void => {
    if (!isTimeOld(now)) return;
    timeSync ??= startTimeSync();
    if (timeSync.tick(now) === null) return;
    timeSync = null;
    timeSetAt = now;
  };

  /** @returns whether the keys are ready. */
  const prepareKeys = (): boolean => {
    if (prepared !== null) return true;
    steps ??= prepare();
    const step = steps.next();
    if (step.done !== true) return false;
    prepared = step.value;
    steps = null;
    return true;
  };

  const drive = (active: Connection, now: number): void => {
    active.tick(now);
    const phase = active.phase();
    // A handshake uses its keys up. If TCP never connected, the next connection uses them.
    if (phase !== 'tcp') prepared = null;
    const failure = active.failure();
    if (failure !== null) {
      fail(failure.area, failure.error, now);
      return;
    }
    if (phase !== state) {
      enter(phase, now);
      if (phase === 'ready') {
        connections += 1;
        log('INFO', 'mqtt', 'connected');
        publisher = createPublisher();
      }
    }
    if (publisher === null) return;
    onlineAt = now;
    progressAt = active.receivedAt();
    if (now - since > STABLE && !isStable) {
      isStable = true;
      onStable();
    }
    for (let event = active.nextEvent(); event !== undefined; event = active.nextEvent()) {
      if (event.type === 'acknowledged') acknowledged = true;
      publisher.handle(event, active);
    }
    publisher.tick(active, now);
    refreshTime(now);
    if (now - wifiCheckedAt >= WIFI_INTERVAL) {
      wifiCheckedAt = now;
      if (!wifi.isJoined()) fail('wifi', new Error('the access point is gone'), now);
    }
  };

  const advance = (now: number): void => {
    if (state === 'waiting') {
      const offline = now - onlineAt;
      if (offline > TIMELESS_LIMIT) restart('offline for 12 hours');
      else if (offline > OFFLINE_LIMIT && hasTime()) restart('offline for an hour');
      else if (now >= resumeAt) enter('wifi', now);
      else if (now >= resumeAt - AHEAD && hasTime()) prepareKeys();
    } else if (state === 'wifi') {
      joinWifi();
      enter('time', uptime());
    } else if (state === 'time') {
      if (findTime(now)) enter('keys', now);
    } else if (state === 'keys') {
      if (!prepareKeys()) return;
      enter('tcp', now);
      connection = connect(prepared as PreparedHandshake);
      // The state begins after looking up the name, which took time.
      since = uptime();
    } else if (connection !== null) {
      drive(connection, now);
    }
  };

  return {
    tick() {
      try {
        const now = uptime();
        if (now > LIFETIME) restart('up for 48 days');
        // Verifying the slowest chains takes half of the limit, whoever sent them.
        const waited = now - since - (connection === null ? 0 : connection.computed());
        if (waited > limitOf(state)) throw new Error(`no answer for ${limitOf(state) / 1000} s`);
        advance(now);
      } catch (error) {
        const area = state === 'keys' || state === 'waiting' ? 'board' : state === 'ready' ? 'mqtt' : state;
        fail(area, error as Error, uptime());
      }
    },
    isBehind: () => connection !== null && connection.isBehind(),
    flush() {
      if (connection !== null) connection.flush();
    },
    state: () => state,
    connections: () => connections,
    hasFailed: () => failed,
    progressAt: () => progressAt,
  };
}
