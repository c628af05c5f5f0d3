/**
 * The way between the emulated board's network and the endpoint, on 127.0.0.1: lets what the endpoint says through late,
 * slowly, or up to a certain byte only, all in the board's own time.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { CutAfter } from '../../../scripts/simulator/network/connection.ts';

export interface Passage {
  /** Port of the board's end. */
  readonly port: number;
  /** The fault that will hit the connection. */
  readonly cut: CutAfter | undefined;
  readonly toBoard: Socket;
}

interface Way extends Passage {
  /** The bytes that the endpoint sent, and when they are due. */
  waiting: { due: number; bytes: Buffer }[];
  ended: boolean;
  passed: number;
}

export class Link {
  /** ms for a segment and its answer, and what the endpoint's bytes arrive at. */
  roundTrip = 0;
  bytesPerSecond = Infinity;
  /** For connections still to come, one each. */
  readonly cuts: CutAfter[] = [];
  private readonly server: Server;
  private readonly ways = new Set<Way>();
  private readonly now: () => number;
  private releasedAt = 0;

  /** @param target the endpoint's port @param now the board's time in seconds */
  static async open(target: number, now: () => number): Promise<Link> {
    const link = new Link(target, now);
    link.server.listen(0, '127.0.0.1');
    await once(link.server, 'listening');
    return link;
  }

  private constructor(target: number, now: () => number) {
    this.now = now;
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket, target));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  passages(): Iterable<Passage> {
    return this.ways;
  }

  /** The endpoint's end hangs up, with a FIN. */
  hangUp(): void {
    for (const { toBoard } of this.ways) toBoard.end();
  }

  /** Passes on the bytes that are due. */
  release(): void {
    const now = this.now();
    let allowance = (now - this.releasedAt) * this.bytesPerSecond;
    if (this.bytesPerSecond !== Infinity && allowance < 100) return;
    this.releasedAt = now;
    for (const way of this.ways) {
      const limit = way.cut?.received ?? Infinity;
      while (way.waiting.length > 0 && way.waiting[0].due <= now) {
        const [{ bytes }] = way.waiting;
        const length = Math.floor(Math.min(bytes.length, limit - way.passed, allowance));
        if (length <= 0) break;
        way.toBoard.write(bytes.subarray(0, length));
        way.passed += length;
        allowance -= length;
        if (length < bytes.length) way.waiting[0].bytes = bytes.subarray(length);
        else way.waiting.shift();
      }
      if (way.ended && way.waiting.length === 0) way.toBoard.end();
    }
  }

  close(): void {
    for (const { toBoard } of this.ways) toBoard.destroy();
    this.server.close();
  }

  private accept(toBoard: Socket, port: number): void {
    const toEndpoint = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const way: Way = {
      port: toBoard.remotePort ?? 0,
      cut: this.cuts[0],
      toBoard,
      waiting: [],
      ended: false,
      passed: 0,
    };
    this.ways.add(way);
    toEndpoint
      .on('data', (bytes) => way.waiting.push({ due: this.now() + this.roundTrip / 1000, bytes }))
      .on('end', () => (way.ended = true))
      .on('error', () => toBoard.resetAndDestroy());
    toBoard
      .on('data', (bytes) => void toEndpoint.write(bytes))
      .on('end', () => toEndpoint.end())
      .on('error', () => toEndpoint.destroy())
      .on('close', () => {
        this.ways.delete(way);
        toEndpoint.destroySoon();
      });
  }
}
