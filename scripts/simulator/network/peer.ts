/** The far end of a connection: a stream of the host's. It counts its traffic, so that the clock knows when peers are at rest. */
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The target of a connection of the board: a stream, a port to dial, or null (refused). */
export type Destination = Duplex | { port: number; address?: string } | null;

/** Traffic between the board and its peers, counted to see when all has come to rest. */
export class Traffic {
  count = 0;
  /** Whether anything was sent or dialled since all peers were last at rest. */
  unsettled = false;
  /** Streams that have not been closed. */
  readonly streams = new Set<Duplex>();

  /** Whether the host's kernel carries some of them: bytes in the kernel cannot be seen from here. */
  get throughKernel(): boolean {
    for (const stream of this.streams) if (stream instanceof Socket) return true;
    return false;
  }

  /** Set while somebody waits for the next event. */
  wake: (() => void) | null = null;

  moved(): void {
    this.count++;
    this.unsettled = true;
    this.wake?.();
  }

  destroy(): void {
    for (const stream of this.streams) stream.destroy();
  }
}

export interface PeerEvents {
  open(): void;
  data(bytes: Uint8Array): void;
  end(): void;
  /** Refused, reset, or closed without an end. */
  failed(): void;
}

export class Peer {
  private readonly stream: Duplex;
  private readonly traffic: Traffic;
  private events: PeerEvents | null;
  private ended = false;

  constructor(destination: Exclude<Destination, null>, traffic: Traffic, events: PeerEvents) {
    this.traffic = traffic;
    this.events = events;
    const dialled = 'port' in destination;
    // Without noDelay the host's kernel keeps small writes for 40 ms, and a virtual clock would not wait for them.
    this.stream = dialled
      ? connect({ port: destination.port, host: destination.address ?? '127.0.0.1', noDelay: true })
      : destination;
    traffic.streams.add(this.stream);
    this.stream.on('close', () => traffic.streams.delete(this.stream));
    this.stream.on('data', (bytes: Uint8Array) => this.tell((events) => events.data(bytes)));
    this.stream.on('end', () => this.end());
    this.stream.on('error', () => this.fail());
    this.stream.on('close', () => this.fail());
    if (dialled) this.stream.on('connect', () => this.tell((events) => events.open()));
    else this.tell((events) => events.open());
  }

  write(bytes: Uint8Array): void {
    this.traffic.moved();
    if (!this.stream.writableEnded && !this.stream.destroyed) this.stream.write(bytes);
  }

  /** The board sends no more. */
  finish(): void {
    this.traffic.moved();
    if (!this.stream.destroyed) this.stream.end();
  }

  /** The board has closed; the peer's own end is still to come, if it has not come already. */
  close(): void {
    this.finish();
    this.stream.resume();
    if (this.ended) this.stream.destroy();
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    if (this.stream.destroyed || !this.stream.isPaused()) return;
    // Bytes that the stream has kept come in a later turn of the host's event loop.
    this.traffic.moved();
    this.stream.resume();
  }

  /** Neither end hears of the other any more, and neither is told. */
  detach(): void {
    this.events = null;
    this.stream.pause();
  }

  destroy(): void {
    this.traffic.moved();
    this.events = null;
    this.stream.destroy();
  }

  private tell(report: (events: PeerEvents) => void): void {
    this.traffic.moved();
    if (this.events !== null) report(this.events);
  }

  private end(): void {
    this.ended = true;
    this.tell((events) => events.end());
  }

  private fail(): void {
    if (!this.ended) this.tell((events) => events.failed());
    this.ended = true;
  }
}
