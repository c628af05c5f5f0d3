/** Decides what a board publishes on a connection that is ready: readings first, then its state, health and replies. */
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

/** ms between two readings of a backlog, which leaves room for other messages, other boards and the broker. */
export const PACE = 250;
/** ms between two health messages. */
const HEALTH_INTERVAL = 600_000;
/**
 * After this many connections in a row that ended on a topic, the topic is left out for an hour: some brokers close the
 * connection on topics that they do not know, and AWS does if the policy does not allow the topic.
 */
const TOPIC_ATTEMPTS = 3;
const TOPIC_REST = 3_600_000;

// Message ids of alarms and of other messages: above those of readings (queue.ts), below those that the client chooses.
const ALARM_ID = 65_001;
const OTHER_ID = 65_002;

const ONLINE = '{"state":"online"}';
/** Longest message of the shadow service that is read, in bytes. */
const LONGEST_DELTA = 512;

/** The functions of a connection that are used here. */
export interface Outlet {
  publish(message: Message): void;
  subscribe(topic: string): void;
}

/**
 * A connection on which only one request is unanswered at a time, messages with QoS 0 not counted. Each call returns whether the
 * topic is in use; false if it is left out because connections ended on it.
 */
export interface CarefulOutlet {
  publish(message: Message): boolean;
  subscribe(topic: string): boolean;
}

/** A topic on which connections ended. */
interface Doubt {
  /** How many connections in a row. */
  failures: number;
  /** When the topic may be tried again, ms since boot. */
  resumeAt: number;
}

/** Experience with the broker, from all connections since boot. */
export interface Experience {
  doubts: Record<string, Doubt | undefined>;
  /** Messages skipped because they were too large. */
  skipped: number;
}

/** Receives updates, and hears who offers one, on one connection. */
export interface Updates {
  /** Its state has changed, so health should be published. */
  news: boolean;
  /** Whether an update is under way. */
  isActive(): boolean;
  /**
   * Works for a slice, and publishes one message at most.
   * @param outlet null while something else is awaited, so that nothing can be published
   */
  tick(outlet: CarefulOutlet | null, now: number): void;
  /** Takes a message with a block, or one on a topic that nobody else knows. */
  take(topic: string, payload: Uint8Array): void;
  /** The connection ended. */
  stop(): void;
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
  /** A reading was acknowledged. */
  onDelivered: (seq: number) => void;
  commands: CommandTargets;
  updates: Updates;
  experience: Experience;
  log: Log;
}

export interface Publisher {
  /** Sends at most one message. @param now ms since boot */
  tick(outlet: Outlet, now: number): void;
  handle(event: DeliveredEvent, outlet: Outlet): void;
  /** The connection has ended. @param isBroker whether the broker may have closed it on purpose */
  stop(isBroker: boolean): void;
}

/** Creates the publisher of one connection, which is ready. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { device, topics, queue, names, alarms, shadow, health, onDelivered, commands, updates, experience, log } =
    options;
  const { doubts } = experience;
  const delta = shadow === null ? null : `${topics.shadow}/delta`;
  let nextReadingAt = 0;
  let healthAt = 0;
  /** The next message beside readings: 0 the state, 1 SUBSCRIBE, 2 health and SUBSCRIBE for the shadow, 3 health. */
  let step = 0;
  /**
   * The topic of the last PUBLISH beside readings, or of SUBSCRIBE, until it is answered. Only one is sent at a time,
   * with QoS 1, so that the topic on which a broker ends the connection is known.
   */
  let asked: string | null = null;
  let askedAt = 0;
  /** A reading of a backlog was acknowledged: the next one waits until another message had its turn. */
  let yields = false;

  const isUsable = (topic: string | null | undefined, now: number): topic is string =>
    typeof topic === 'string' && now >= (doubts[topic]?.resumeAt ?? 0);
  const ask = (topic: string | null | undefined, now: number, send: (topic: string) => void): boolean => {
    if (!isUsable(topic, now)) return false;
    asked = topic;
    askedAt = now;
    send(topic);
    return true;
  };
  const careful = (outlet: Outlet, now: number): CarefulOutlet => {
    return {
      publish(message) {
        if (message.qos === 1)
          return ask(message.topic, now, () => outlet.publish({ ...message, messageId: OTHER_ID }));
        outlet.publish(message);
        return true;
      },
      // This is no arrow function: minified, it would be an object in parentheses, where the engine cannot parse parameters
      // without parentheses.
      subscribe(topic) {
        return ask(topic, now, () => outlet.subscribe(topic));
      },
    };
  };
  const tell = (
    outlet: Outlet,
    topic: string | null | undefined,
    payload: string,
    retain: boolean,
    now: number,
  ): void => {
    ask(topic, now, (name) => outlet.publish({ topic: name, payload, qos: 1, retain, messageId: OTHER_ID }));
  };
  const listen = (outlet: Outlet, topic: string | null, now: number): void => {
    ask(topic, now, (name) => outlet.subscribe(name));
  };
  const answered = (): void => {
    if (asked !== null) doubts[asked] = undefined;
    asked = null;
  };
  const nameOf = ({ seq, sensor = 0 }: Reading): string | null | undefined => {
    if (seq < queue.journal.namedFrom) return null;
    return names === null ? undefined : (names[sensor] ?? null);
  };

  return {
    tick(outlet, now) {
      const isAlarmUsable = alarms !== null && asked === null && !queue.isAwaiting() && isUsable(topics.alarm, now);
      const alarm = isAlarmUsable ? alarms.next() : null;
      if (alarm !== null) {
        const { payload, dup } = alarm;
        ask(topics.alarm, now, (topic) =>
          outlet.publish({ topic, payload, qos: 1, retain: true, dup, messageId: ALARM_ID }),
        );
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
        // A reading of another config's sensor has no topic of its own any more.
        const topic = names === null ? topics.telemetry : topics.telemetry.replace('{sensor}', name ?? names[0]);
        outlet.publish({ topic, payload: readingJson(device, reading, name), qos: 1, dup, messageId });
        queue.sent();
        if (shadow !== null) shadow.sent(reading, name);
        nextReadingAt = now + PACE;
      } else if (queue.isAwaiting() || asked !== null) {
        // Nothing else is sent, so that the acknowledgement is not delayed.
        if (updates.isActive()) updates.tick(null, now);
      } else if (step === 0) {
        tell(outlet, topics.status, ONLINE, true, now);
        step = 1;
      } else if (step === 1) {
        listen(outlet, topics.command, now);
        step = 2;
        healthAt = now;
      } else if (now >= healthAt || updates.news) {
        updates.news = false;
        if (isUsable(topics.health, now)) tell(outlet, topics.health, healthJson(health()), false, now);
        healthAt = now + HEALTH_INTERVAL;
      } else if (step === 2) {
        listen(outlet, delta, now);
        step = 3;
      } else {
        const report = shadow !== null && isUsable(topics.shadow, now) ? shadow.report(now) : null;
        if (report !== null) tell(outlet, topics.shadow, report, false, now);
        // Last: readings and health do not wait for an update, and it asks for nothing while readings wait.
        else if (updates.isActive()) updates.tick(queue.length() > 0 ? null : careful(outlet, now), now);
      }
    },
    handle(event, outlet) {
      if (event.type === 'acknowledged') {
        if (event.messageId >= ALARM_ID) answered();
        if (event.messageId === OTHER_ID) return;
        yields = true;
        if (event.messageId === ALARM_ID) {
          const id = alarms?.acknowledged();
          if (id !== undefined) log('INFO', 'mqtt', `alarm ${id} acknowledged`);
          return;
        }
        const seq = queue.acknowledge(event.messageId);
        if (seq === null) return;
        log('INFO', 'mqtt', `reading ${seq} acknowledged`);
        onDelivered(seq);
      } else if (event.type === 'subscribed') {
        if (event.granted > 1) log('WARN', 'mqtt', `no commands: the broker refuses ${asked}`);
        answered();
      } else if (event.type === 'skipped') {
        experience.skipped += 1;
        log('WARN', 'mqtt', `message of ${event.length} B on ${event.topic} skipped: too large`);
      } else if (shadow !== null && event.topic === delta) {
        shadow.take(parseObject(event.payload, LONGEST_DELTA), (seconds) => takeInterval(seconds, commands));
      } else if (event.topic !== topics.command || event.payload[0] === 0) {
        updates.take(event.topic, event.payload);
      } else {
        const answer = obey(event.payload, commands);
        log('INFO', 'mqtt', `command answered: ${answer}`);
        shadow?.changed();
        if (topics.reply !== null) outlet.publish({ topic: topics.reply, payload: answer, qos: 0 });
      }
    },
    stop(isBroker) {
      queue.connectionLost();
      alarms?.connectionLost();
      updates.stop();
      if (asked === null || !isBroker) return;
      const doubt = (doubts[asked] ??= { failures: 0, resumeAt: 0 });
      doubt.failures += 1;
      if (doubt.failures < TOPIC_ATTEMPTS) return;
      log('WARN', 'mqtt', `nothing on ${asked} for an hour: does the broker, or its policy, allow it?`);
      doubt.resumeAt = askedAt + TOPIC_REST;
    },
  };
}
