/** A tap on a connection of the endpoint: all bytes in both directions with their times, and TLS's key log. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** The bytes that one connection carried, as the server saw them. It grows while the connection lasts. */
export interface Tapped {
  /** Time at which its first byte arrived, ms since 1970. */
  begin: number;
  /** `out` and `in` are from the client's view; `ms` counts from `begin`. */
  chunks: { direction: 'out' | 'in'; ms: number; bytes: Uint8Array }[];
  /** 48 bytes; null before they are agreed on. */
  masterSecret: Uint8Array | null;
}

export function tapped(): Tapped {
  return { begin: Date.now(), chunks: [], masterSecret: null };
}

/** Takes the master secret from a line of TLS's key log, `CLIENT_RANDOM <random> <secret>`. */
export function takeKey(tap: Tapped, line: Buffer): void {
  const [label, , secret] = line.toString('latin1').trim().split(' ');
  if (label === 'CLIENT_RANDOM') tap.masterSecret = new Uint8Array(Buffer.from(secret, 'hex'));
}

/** A socket with a tap, which TLS gets in place of the socket. */
export class TappedSocket extends Duplex {
  private readonly socket: Socket;
  private readonly tap: Tapped;
  private readonly start = performance.now();

  constructor(socket: Socket, tap: Tapped) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    this.tap = tap;
    socket.on('data', (bytes: Buffer) => {
      this.note('out', bytes);
      if (!this.push(bytes)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.note('in', bytes);
    this.socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  private note(direction: 'out' | 'in', bytes: Buffer): void {
    this.tap.chunks.push({ direction, ms: performance.now() - this.start, bytes: new Uint8Array(bytes) });
  }
}
