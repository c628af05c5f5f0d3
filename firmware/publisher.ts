/** What is said on a connection that is ready: readings first of all, then who is there, how it is, and answers. */
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
/** Connections in a row that ended on SUBSCRIBE, after which it is left out: so AWS tells that a policy lacks it. */
const SUBSCRIBE_ATTEMPTS = 2;

export const OFFLINE = '{"state":"offline"}';
const ONLINE = '{"state":"online"}';

/** The connection as far as it is used here. */
export interface Outlet {
  publish(message: Message): void;
  subscribe(topic: string): void;
}

export interface PublisherOptions {
  device: string;
  topic: string;
  topics: Topics;
  queue: ReadingQueue;
  /** JSON. */
  health: () => string;
  commands: CommandTargets;
  log: Log;
}

export class Publisher {
  private readonly options: PublisherOptions;
  /** What is next to be said beside readings; undefined when all is. */
  private greetings: ((outlet: Outlet) => void)[] = [];
  private nextReadingAt = 0;
  private healthAt = 0;
  private subscribing = false;
  private failedSubscribes = 0;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /** A connection is ready. */
  start(): void {
    const { topics, health } = this.options;
    this.greetings = [
      (outlet) => {
        outlet.publish({ topic: topics.status, payload: ONLINE, qos: 0, retain: true });
      },
      (outlet) => {
        this.subscribe(outlet);
      },
      (outlet) => {
        outlet.publish({ topic: topics.health, payload: health(), qos: 0 });
      },
    ];
    this.nextReadingAt = 0;
  }

  /** Sends one thing at most. */
  tick(outlet: Outlet, now: number): void {
    const { queue, device, topic } = this.options;
    const outgoing = now >= this.nextReadingAt ? queue.next() : null;
    if (outgoing !== null) {
      const { reading, messageId, dup } = outgoing;
      outlet.publish({ topic, payload: readingJson(device, reading), qos: 1, dup, messageId });
      queue.markSent(reading);
      this.nextReadingAt = now + PACE;
      return;
    }
    if (queue.isAwaiting) return;
    const greeting = this.greetings.shift();
    if (greeting !== undefined) {
      greeting(outlet);
      this.healthAt = now;
    } else if (now - this.healthAt >= HEALTH_INTERVAL) {
      this.healthAt = now;
      outlet.publish({ topic: this.options.topics.health, payload: this.options.health(), qos: 0 });
    }
  }

  handle(event: DeliveredEvent, outlet: Outlet): void {
    const { queue, log, topics, commands } = this.options;
    switch (event.type) {
      case 'acknowledged': {
        const seq = queue.acknowledge(event.messageId);
        if (seq !== null) log('INFO', 'mqtt', `reading ${seq} acknowledged`);
        break;
      }
      case 'subscribed':
        this.subscribing = false;
        this.failedSubscribes = 0;
        if (event.granted > 1) log('WARN', 'mqtt', `no commands: the broker refuses ${topics.command}`);
        break;
      case 'message': {
        log('INFO', 'mqtt', `command of ${event.payload.length} B`);
        outlet.publish({ topic: topics.reply, payload: obey(event.payload, commands), qos: 0 });
      }
    }
  }

  /** The connection ended. */
  stop(): void {
    this.options.queue.connectionLost();
    if (this.subscribing) this.failedSubscribes += 1;
    this.subscribing = false;
  }

  private subscribe(outlet: Outlet): void {
    const { topics, log } = this.options;
    if (this.failedSubscribes >= SUBSCRIBE_ATTEMPTS) {
      log('WARN', 'mqtt', `no commands: the broker hangs up on SUBSCRIBE; its policy should allow ${topics.command}`);
      return;
    }
    outlet.subscribe(topics.command);
    this.subscribing = true;
  }
}
