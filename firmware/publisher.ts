/** What is said on a connection that is ready: readings first of all; then who is there, how it is, and answers. */
import type { Message } from '../src/mqtt/client.ts';
import { obey, type CommandTargets } from './commands.ts';
import type { DeliveredEvent } from './connection.ts';
import type { Log } from './log.ts';
import type { ReadingQueue } from './queue.ts';
import { readingJson } from './reading.ts';
import type { Topics } from './topics.ts';

/** ms between two readings of a backlog: the broker, the network and other boards have a share in them as well. */
const PACE = 250;
/** ms between two reports of health. */
const HEALTH_INTERVAL = 600_000;
/** Connections in a row that end on SUBSCRIBE, after which it is left out for an hour: so AWS tells of a policy's lack. */
const SUBSCRIBE_ATTEMPTS = 3;
const SUBSCRIBE_REST = 3_600_000;

export const OFFLINE = '{"state":"offline"}';
const ONLINE = '{"state":"online"}';

/** A connection as far as it is used here. */
export interface Outlet {
  publish(message: Message): void;
  subscribe(topic: string): void;
}

export interface PublisherOptions {
  device: string;
  topics: Topics;
  queue: ReadingQueue;
  /** JSON. */
  health: () => string;
  commands: CommandTargets;
  log: Log;
}

export interface Publisher {
  /** A connection is ready. */
  start(): void;
  /** Sends one thing at most. @param now ms since boot */
  tick(outlet: Outlet, now: number): void;
  handle(event: DeliveredEvent, outlet: Outlet): void;
  /** The connection ended. */
  stop(): void;
}

export function createPublisher({ device, topics, queue, health, commands, log }: PublisherOptions): Publisher {
  let nextReadingAt = 0;
  let healthAt = 0;
  /** What is next to be said beside readings: 0 the state, 1 the subscription, 2 health. */
  let step = 0;
  let subscribing = false;
  let failedSubscribes = 0;
  let startedAt = 0;
  /** When SUBSCRIBE may be sent again. */
  let subscribeAt = 0;

  return {
    start() {
      nextReadingAt = 0;
      step = 0;
    },
    tick(outlet, now) {
      const outgoing = now >= nextReadingAt ? queue.next() : null;
      if (outgoing !== null) {
        const { reading, messageId, dup } = outgoing;
        outlet.publish({ topic: topics.telemetry, payload: readingJson(device, reading), qos: 1, dup, messageId });
        queue.sent();
        nextReadingAt = now + PACE;
      } else if (queue.isAwaiting()) {
        // Nothing shall make the reading wait for its answer.
      } else if (step === 0) {
        outlet.publish({ topic: topics.status, payload: ONLINE, qos: 0, retain: true });
        step = 1;
      } else if (step === 1) {
        subscribing = now >= subscribeAt;
        if (subscribing) outlet.subscribe(topics.command);
        startedAt = now;
        step = 2;
        healthAt = now;
      } else if (now >= healthAt) {
        outlet.publish({ topic: topics.health, payload: health(), qos: 0 });
        healthAt = now + HEALTH_INTERVAL;
      }
    },
    handle(event, outlet) {
      if (event.type === 'acknowledged') {
        const seq = queue.acknowledge(event.messageId);
        if (seq !== null) log('INFO', 'mqtt', `reading ${seq} acknowledged`);
      } else if (event.type === 'subscribed') {
        subscribing = false;
        failedSubscribes = 0;
        if (event.granted > 1) log('WARN', 'mqtt', `no commands: the broker refuses ${topics.command}`);
      } else {
        const answer = obey(event.payload, commands);
        log('INFO', 'mqtt', `command answered: ${answer}`);
        outlet.publish({ topic: topics.reply, payload: answer, qos: 0 });
      }
    },
    stop() {
      queue.connectionLost();
      if (subscribing && ++failedSubscribes >= SUBSCRIBE_ATTEMPTS) {
        log('WARN', 'mqtt', `no commands for an hour: does the policy allow to subscribe to ${topics.command}?`);
        subscribeAt = startedAt + SUBSCRIBE_REST;
      }
      subscribing = false;
    },
  };
}
