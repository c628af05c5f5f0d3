/**
 * Asks time servers, one after the other, until two agree. If only one answers, it is believed, because in a network that
 * blocks the others the board would otherwise have no time. If those that answer contradict each other, none is believed.
 */
import type { Log } from './log.ts';
import { isoTime } from './reading.ts';
import { isAnswer, NTP_PORT, parseSntpReply, SntpError, sntpRequest } from './sntp.ts';

/** ms that a server has to answer. */
const ANSWER_TIMEOUT = 2000;
/** ms by which two servers may differ, which includes the time that packets travel. */
const AGREEMENT = 5000;

/** A request under way. `close()` may be called more than once. */
export interface Exchange {
  /** The datagram that answers it; null as long as none has come. */
  answer(): Uint8Array | null;
  close(): void;
}

export interface TimeSyncOptions {
  /** Sends a datagram; finding the name may block for seconds. @throws Error if it does not resolve */
  ask: (host: string, port: number, question: Uint8Array, accepts: (datagram: Uint8Array) => boolean) => Exchange;
  /** Returns 8 bytes, different ones at each call. */
  nonce: () => Uint8Array;
  /** Receives the time that was found: the current time, ms since 1970. */
  set: (time: number) => void;
  log: Log;
  /** ms since boot. */
  uptime: () => number;
  /** Names of servers to ask, of different operators. */
  servers: string[];
  /** Servers that have asked in any round not to be asked again. The board respects that as long as it has other servers. */
  resting: string[];
  /** ms since 1970: no true time is earlier. */
  buildTime: number;
}

/** One round of requests. */
export interface TimeSync {
  /** Ends the round and closes its socket. */
  stop(): void;
  /**
   * @param now ms since boot
   * @returns true if the time was found, false if it cannot be, null while servers are being asked
   */
  tick(now: number): boolean | null;
}

export function createTimeSync(options: TimeSyncOptions): TimeSync {
  const { ask, nonce, set, log, uptime, servers, resting, buildTime } = options;
  // Anybody can send this reply in a server's name, and a board that asked no server any more would never publish again.
  if (servers.every((name) => resting.indexOf(name) >= 0)) resting.length = 0;
  /** Servers that are still to be asked in this round. */
  const waiting = servers.filter((name) => resting.indexOf(name) < 0);
  let server = '';
  let request: Uint8Array;
  let exchange: Exchange | null = null;
  let askedAt = 0;
  /** The times that the servers gave, as ms between 1970 and boot. */
  const told: number[] = [];

  const stop = (): void => {
    if (exchange !== null) exchange.close();
    exchange = null;
  };
  const found = (epoch: number, now: number): true => {
    set(epoch + now);
    log('INFO', 'time', isoTime(epoch + now));
    return true;
  };

  return {
    stop,
    tick(now) {
      try {
        if (exchange === null) {
          const next = waiting.shift();
          // One server alone is better than none.
          if (next === undefined) return told.length === 1 && found(told[0], now);
          server = next;
          request = sntpRequest(nonce());
          // Anybody can send datagrams, so those that do not answer this request are ignored.
          exchange = ask(server, NTP_PORT, request, (datagram) => isAnswer(datagram, request));
          // Looking up the name took time.
          askedAt = uptime();
          return null;
        }
        const reply = exchange.answer();
        if (reply === null) {
          if (now - askedAt < ANSWER_TIMEOUT) return null;
          throw new SntpError('no answer');
        }
        // The server sent it about half-way between request and reply.
        const epoch = parseSntpReply(reply, request, buildTime) - (askedAt + now) / 2;
        stop();
        if (told.some((other) => Math.abs(other - epoch) <= AGREEMENT)) return found(epoch, now);
        told.push(epoch);
      } catch (error) {
        stop();
        if (error instanceof SntpError && error.kissOfDeath) resting.push(server);
        log('WARN', 'time', `${server}: ${(error as Error).message}`);
      }
      return null;
    },
  };
}
