/** What is said on a connection that is ready: readings first of all; then who is there, how it is, and answers. */
import type { Message } from '../src/mqtt/index.ts';
import type { Alarms } from './alarms.ts';
import { obey, parseObject, takeInterval, type CommandTargets } from './commands.ts';
import type { DeliveredEvent } from './connection.ts';
import { type Health, healthJson } from './health.ts';
import type { Log } from './log.ts';
import type { ReadingQueue } from './queue.ts';
import { readingJson, type Reading } from './reading.ts';
import type { Shadow } from './shadow.ts';
import type { Topics } from './topics.ts';

/** ms between two readings of a backlog: the broker, the network and other boards have a share in them as well. */
export const PACE = 250;
/** ms between two reports of health. */
const HEALTH_INTERVAL = 600_000;
/** Connections in a row that end on SUBSCRIBE, after which it is left out for an hour: so AWS tells of a policy's lack. */
const SUBSCRIBE_ATTEMPTS = 3;
const SUBSCRIBE_REST = 3_600_000;

/** Message id of alarms, above those of readings (queue.ts) and below those that the client takes. */
const ALARM_ID = 65_001;

const ONLINE = '{"state":"online"}';
/** Bytes of a message of the shadow service; more is not read. */
const LONGEST_DELTA = 512;

/** A connection as far as it is used here. */
export interface Outlet {
  publish(message: Message): void;
  subscribe(topic: string): void;
}

/** How subscribing went on the connections so far, and what came of it. */
export interface Subscribing {
  /** Connections in a row that ended on SUBSCRIBE. */
  failures: number;
  /** When SUBSCRIBE may be sent again, ms since boot. */
  resumeAt: number;
  /** Messages that were too large. */
  skipped: number;
}

/** An update on its way, if there is one. */
export interface Updates {
  /** What became of it has changed: health is to be reported. */
  news: boolean;
  /** Works a slice. @returns what to answer to whoever offers it; null if nothing is to be said now */
  tick(now: number): string | null;
  /** A message with a block. */
  take(message: Uint8Array): void;
}

export interface PublisherOptions {
  device: string;
  topics: Topics;
  queue: ReadingQueue;
  /** Names of the sensors; null for a board whose one sensor has none. */
  names: readonly string[] | null;
  /** Null for a board without alarms. */
  alarms: Alarms | null;
  /** Null for a board without AWS's Device Shadow. */
  shadow: Shadow | null;
  health: () => Health;
  commands: CommandTargets;
  updates: Updates;
  /** Of all connections since boot. */
  subscribing: Subscribing;
  log: Log;
}

export interface Publisher {
  /** Sends one thing at most. @param now ms since boot */
  tick(outlet: Outlet, now: number): void;
  handle(event: DeliveredEvent, outlet: Outlet): void;
  /** The connection ended. */
  stop(): void;
}

/** For one connection, which is ready. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { device, topics, queue, names, alarms, shadow, health, commands, updates, subscribing, log } = options;
  let nextReadingAt = 0;
  let healthAt = 0;
  const delta = shadow === null ? null : `${topics.shadow}/delta`;
  /** What is next to be said beside readings: 0 the state, 1 the subscription, 2 health and the subscription to the shadow, 3 health. */
  let step = 0;
  /** The topic that was asked for; null if the broker owes no answer. One at a time, so that the log can name it. */
  let asked: string | null = null;
  let startedAt = 0;
  /** A reading was acknowledged: of a backlog, the next waits until something else has had its turn. */
  let yields = false;

  const subscribe = (topic: string | null, outlet: Outlet, now: number): void => {
    if (topic === null || now < subscribing.resumeAt) return;
    asked = topic;
    startedAt = now;
    outlet.subscribe(topic);
  };
  const nameOf = ({ seq, sensor = 0 }: Reading): string | null | undefined => {
    if (seq < queue.journal.namedFrom) return null;
    return names === null ? undefined : (names[sensor] ?? null);
  };

  return {
    tick(outlet, now) {
      const alarm = topics.alarm && alarms !== null && !queue.isAwaiting() ? alarms.next() : null;
      if (topics.alarm && alarm !== null) {
        const { payload, dup } = alarm;
        outlet.publish({ topic: topics.alarm, payload, qos: 1, retain: true, dup, messageId: ALARM_ID });
        shadow?.changed();
        return;
      }
      if (alarms?.isAwaiting() === true) return;
      const isSomethingDue = step < 2 || now >= healthAt || updates.news;
      const outgoing = now >= nextReadingAt && !(yields && isSomethingDue) ? queue.next() : null;
      yields = false;
      if (outgoing !== null) {
        const { reading, messageId, dup } = outgoing;
        const name = nameOf(reading);
        // One of another config's sensors has no topic of its own any more.
        const topic = names === null ? topics.telemetry : topics.telemetry.replace('{sensor}', name ?? names[0]);
        outlet.publish({ topic, payload: readingJson(device, reading, name), qos: 1, dup, messageId });
        queue.sent();
        if (shadow !== null) shadow.sent(reading, name);
        nextReadingAt = now + PACE;
      } else if (queue.isAwaiting()) {
        // Nothing shall make the reading wait for its answer.
      } else if (step === 0) {
        if (topics.status !== null) outlet.publish({ topic: topics.status, payload: ONLINE, qos: 0, retain: true });
        step = 1;
      } else if (step === 1) {
        subscribe(topics.command, outlet, now);
        step = 2;
        healthAt = now;
      } else if (now >= healthAt || updates.news) {
        updates.news = false;
        if (topics.health !== null) outlet.publish({ topic: topics.health, payload: healthJson(health()), qos: 0 });
        healthAt = now + HEALTH_INTERVAL;
      } else if (step === 2 && asked === null) {
        subscribe(delta, outlet, now);
        step = 3;
      } else {
        const report = shadow === null || asked !== null ? null : shadow.report(now);
        if (report !== null && topics.shadow !== undefined) {
          outlet.publish({ topic: topics.shadow, payload: report, qos: 0 });
          return;
        }
        // Last: readings and health do not wait for an update.
        const answer = updates.tick(now);
        if (answer !== null && topics.reply !== null) outlet.publish({ topic: topics.reply, payload: answer, qos: 0 });
      }
    },
    handle(event, outlet) {
      if (event.type === 'acknowledged') {
        yields = true;
        if (event.messageId === ALARM_ID) {
          const id = alarms?.acknowledged();
          if (id !== undefined) log('INFO', 'mqtt', `alarm ${id} acknowledged`);
          return;
        }
        const seq = queue.acknowledge(event.messageId);
        if (seq !== null) log('INFO', 'mqtt', `reading ${seq} acknowledged`);
      } else if (event.type === 'subscribed') {
        if (event.granted > 1) log('WARN', 'mqtt', `no commands: the broker refuses ${asked}`);
        // The broker may still end the connection on the other subscription.
        if (asked !== topics.command || delta === null) subscribing.failures = 0;
        asked = null;
      } else if (event.type === 'skipped') {
        subscribing.skipped += 1;
        log('WARN', 'mqtt', `message of ${event.length} B on ${event.topic} skipped: too large`);
      } else if (event.payload[0] === 0) {
        updates.take(event.payload);
      } else if (shadow !== null && event.topic === delta) {
        shadow.take(parseObject(event.payload, LONGEST_DELTA), (seconds) => takeInterval(seconds, commands));
      } else {
        const answer = obey(event.payload, commands);
        log('INFO', 'mqtt', `command answered: ${answer}`);
        shadow?.changed();
        if (topics.reply !== null) outlet.publish({ topic: topics.reply, payload: answer, qos: 0 });
      }
    },
    stop() {
      queue.connectionLost();
      alarms?.connectionLost();
      if (asked !== null && ++subscribing.failures >= SUBSCRIBE_ATTEMPTS) {
        log('WARN', 'mqtt', `no commands for an hour: does the policy allow to subscribe to ${asked}?`);
        subscribing.resumeAt = startedAt + SUBSCRIBE_REST;
      }
    },
  };
}
