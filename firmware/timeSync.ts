/**
 * Asks time servers, one after the other, until two agree. If only one answers it is believed, for otherwise a home that
 * lets no other through would have no time; if those that answer contradict each other, none is.
 */
import type { Random } from '../src/crypto/random.ts';
import type { Log } from './log.ts';
import { isoTime } from './reading.ts';
import { NTP_PORT, parseSntpReply, SntpError, sntpRequest, TimeQuorum } from './sntp.ts';

/** Of different operators. */
const SERVERS = ['pool.ntp.org', 'time.cloudflare.com', 'time.google.com', 'time.aws.com'];
/** ms; further servers are asked meanwhile by nobody. */
const ANSWER_TIMEOUT = 2000;

/** A question under way; `close()` may be called again. */
export interface Exchange {
  readonly received: Uint8Array[];
  close(): void;
}

export interface TimeSyncOptions {
  /** Sends a datagram. @throws Error if the name does not resolve */
  ask: (host: string, port: number, question: Uint8Array) => Exchange;
  random: Random;
  /** Gets the time when it is found: ms since 1970, now. */
  set: (time: number) => void;
  log: Log;
  /** ms since 1970: no true time is earlier. */
  buildTime: number;
}

export class TimeSync {
  private readonly options: TimeSyncOptions;
  /** Servers that asked to be left alone, until the next boot. */
  private readonly banned: string[] = [];
  /** Those to be asked in this round. */
  private waiting: string[] = [];
  private quorum = new TimeQuorum();
  private server = '';
  private request: Uint8Array = new Uint8Array(0);
  private exchange: Exchange | null = null;
  private askedAt = 0;

  constructor(options: TimeSyncOptions) {
    this.options = options;
  }

  /** Begins a round. */
  start(): void {
    this.stop();
    this.quorum = new TimeQuorum();
    this.waiting = SERVERS.filter((server) => !this.banned.includes(server));
  }

  /** Ends a round; the socket is free. */
  stop(): void {
    if (this.exchange !== null) this.exchange.close();
    this.exchange = null;
    this.waiting = [];
  }

  /** @param now ms since boot. @returns whether the time is found (true), not to be had (false) or still asked for */
  tick(now: number): boolean | null {
    const { exchange } = this;
    if (exchange === null) return this.askNext(now);
    const reply = exchange.received.shift();
    try {
      if (reply !== undefined) {
        const time = parseSntpReply(reply, this.request, this.options.buildTime);
        // The server's answer left it about half-way between question and answer.
        return this.told(time - (this.askedAt + now) / 2, now);
      }
      if (now - this.askedAt < ANSWER_TIMEOUT) return null;
      throw new SntpError('no answer');
    } catch (error) {
      if (error instanceof SntpError && error.kissOfDeath) this.banned.push(this.server);
      this.failed(error);
      return null;
    }
  }

  private askNext(now: number): boolean | null {
    const server = this.waiting.shift();
    if (server === undefined) {
      const { single } = this.quorum;
      if (single === null) return false;
      this.options.log('WARN', 'time', 'only one server answered; its time is taken unconfirmed');
      return this.found(single, now);
    }
    const { ask, random } = this.options;
    this.server = server;
    this.request = sntpRequest(random);
    try {
      this.exchange = ask(server, NTP_PORT, this.request);
      this.askedAt = now;
    } catch (error) {
      this.failed(error);
    }
    return null;
  }

  /** @param epoch ms between 1970 and boot */
  private told(epoch: number, now: number): boolean | null {
    if (this.exchange !== null) this.exchange.close();
    this.exchange = null;
    return this.quorum.add(epoch) ? this.found(epoch, now) : null;
  }

  private found(epoch: number, now: number): true {
    const time = epoch + now;
    this.options.set(time);
    this.options.log('INFO', 'time', `it is ${isoTime(time)} by ${this.server}`);
    this.stop();
    return true;
  }

  private failed(error: unknown): void {
    this.options.log('WARN', 'time', `${this.server}: ${(error as Error).message}`);
    if (this.exchange !== null) this.exchange.close();
    this.exchange = null;
  }
}
