/**
 * Decides who may see the live page and who may press its buttons. On this machine everybody may do both. With `--lan`
 * others in the home network may see it; a browser that enters the printed token, which is valid once, may also press.
 */
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';

/** 32 characters that cannot be mistaken for each other. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const TOKEN_LENGTH = 10;
/** Wrong tokens after which a new one is made, so that nobody can try all 32^10. */
const ATTEMPTS = 10;
/** Browsers that may press at the same time. One more ends the right of the oldest. */
const SESSIONS = 16;
const COOKIE = 'pico-kitchen';

export class Access {
  private readonly isOpen: boolean;
  private readonly onToken: (token: string, why: string) => void;
  private readonly sessions: string[] = [];
  private token = '';
  private attempts = 0;

  /**
   * @param isOpen whether others in the home network may see the page
   * @param onToken receives each token, to be printed, and the reason why there is a new one
   */
  constructor(isOpen: boolean, onToken: (token: string, why: string) => void = () => undefined) {
    this.isOpen = isOpen;
    this.onToken = onToken;
    if (isOpen) this.renew('');
  }

  /**
   * Whether the browser used one of our names. It did not if another site's page uses a name of its own for our
   * address (DNS rebinding).
   */
  isOurHost({ headers }: IncomingMessage, port: number): boolean {
    const names = ['127.0.0.1', 'localhost'];
    if (this.isOpen) {
      const own = hostname().toLowerCase();
      names.push(own, `${own}.local`);
      for (const addresses of Object.values(networkInterfaces())) {
        for (const { address, family } of addresses ?? []) if (family === 'IPv4') names.push(address);
      }
    }
    const host = (headers.host ?? '').toLowerCase();
    return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name));
  }

  /** Whether a request that changes something comes from our own page: browsers send the origin of a POST. */
  isOwnOrigin({ headers }: IncomingMessage): boolean {
    return headers.origin === `http://${headers.host}`;
  }

  mayPress(request: IncomingMessage): boolean {
    if (!this.isOpen || isLocal(request)) return true;
    const given = cookieOf(request);
    return given !== null && this.sessions.some((session) => isSame(session, given));
  }

  /** Whether this browser needs a token to press buttons. */
  wantsToken(request: IncomingMessage): boolean {
    return this.isOpen && !this.mayPress(request);
  }

  /** @returns the cookie that allows pressing buttons; null for a wrong token */
  enter(token: string, who: string): string | null {
    if (!this.isOpen || !isSame(this.token, token.trim().toLowerCase())) {
      if ((this.attempts += 1) >= ATTEMPTS) this.renew(`${ATTEMPTS} wrong tokens were entered, the last by ${who}`);
      return null;
    }
    const session = randomBytes(24).toString('base64url');
    this.sessions.push(session);
    if (this.sessions.length > SESSIONS) this.sessions.shift();
    this.renew(`${who} entered the token and may press buttons`);
    return `${COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  private renew(why: string): void {
    this.attempts = 0;
    this.token = Array.from({ length: TOKEN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    this.onToken(this.token, why);
  }
}

function isLocal({ socket }: IncomingMessage): boolean {
  return /^(::ffff:)?127\./.test(socket.remoteAddress ?? '');
}

function cookieOf({ headers }: IncomingMessage): string | null {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === COOKIE && value !== undefined) return value;
  }
  return null;
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
