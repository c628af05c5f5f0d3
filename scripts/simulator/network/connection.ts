/** One TCP control block of lwIP's, with the network between it and its peer. */
import type { TcpCallbacks } from '../realm/host.ts';
import { Peer, type Destination, type Traffic } from './peer.ts';

/** Most bytes that a segment carries; more come in pieces. */
const SEGMENT = 1_460;
/** Most bytes that the board lets its peers have in flight (TCP_WND). */
const WINDOW = 8 * SEGMENT;
/** TCP_SND_BUF. */
const SEND_BUFFER = 8 * SEGMENT;

/** The state of the network between the board and its peers; it may change at any time. */
export interface Path {
  /** Milliseconds for a segment and its answer. */
  roundTrip: number;
  /** Bytes of the peer that arrive in a second; Infinity for no limit. */
  bytesPerSecond: number;
  linkIsUp: () => boolean;
}

export type Cut = 'reset' | 'black hole' | 'close';

/** Ends a connection after so many bytes in either direction. */
export interface CutAfter {
  how: Cut;
  sent?: number;
  received?: number;
}

type Event = { type: 'connected' | 'fin' | 'reset' } | { type: 'data'; bytes: Uint8Array };
type Arrival = { at: number } & Event;

export class Connection {
  /** `freed`: pointers to it dangle. `finished`: the board has closed it, the peer may not know yet. */
  state: 'new' | 'connecting' | 'open' | 'finished' | 'freed' = 'new';
  sent = 0;
  received = 0;
  private silent = false;
  /** Whether its last arrival is on its way or has come. */
  private ending = false;
  private callbacks: TcpCallbacks | null = null;
  private peer: Peer | null = null;
  private arrivals: Arrival[] = [];
  /** Bytes that the peer may not send yet, because a window full of them is on its way. */
  private beyond: Event[] = [];
  /** Bytes among `arrivals`. */
  private flying = 0;
  /** Bytes among `arrivals` and `beyond`. */
  private waiting = 0;
  private lastArrival = 0;
  private unacknowledged: { at: number; length: number }[] = [];
  /** Actions that wait until the board has a link again. */
  private held: (() => void)[] = [];
  private readonly cuts: CutAfter[];
  private readonly path: Path;
  private readonly traffic: Traffic;
  private readonly now: () => number;

  constructor(path: Path, cuts: CutAfter[], traffic: Traffic, now: () => number) {
    this.path = path;
    this.cuts = cuts;
    this.traffic = traffic;
    this.now = now;
  }

  /** Whether nothing will happen on it any more. */
  get isOver(): boolean {
    return this.state === 'freed';
  }

  get isSilent(): boolean {
    return this.silent;
  }

  /** @param dial null if nobody ever answers */
  connect(dial: (() => Destination) | null, callbacks: TcpCallbacks): void {
    this.state = 'connecting';
    this.callbacks = callbacks;
    if (dial === null) return;
    this.whenLinked(() => {
      this.traffic.moved();
      const destination = dial();
      if (destination === null) return this.arrive({ type: 'reset' });
      this.peer = new Peer(destination, this.traffic, {
        open: () => this.arrive({ type: 'connected' }),
        data: (bytes) => this.arrive({ type: 'data', bytes }),
        end: () => this.arrive({ type: 'fin' }),
        failed: () => this.arrive({ type: 'reset' }),
      });
    });
  }

  /**
   * @returns false if it is not connected, its buffer is full, or there is no link; without a link the bytes are queued all the
   * same. An empty write only asks.
   */
  write(bytes: Uint8Array): boolean {
    if (this.state !== 'open' && this.state !== 'connecting') return false;
    if (bytes.length === 0) return this.path.linkIsUp() || this.held.length === 0;
    if (this.queued() + bytes.length > SEND_BUFFER) return false;
    this.unacknowledged.push({ at: this.now() + this.path.roundTrip * 1000, length: bytes.length });
    this.whenLinked(() => {
      const limit = Math.min(...this.cuts.map((cut) => cut.sent ?? Infinity));
      const room = Math.max(0, limit - this.sent);
      this.sent += bytes.length;
      if (!this.silent) this.peer?.write(bytes.subarray(0, room));
      if (this.sent >= limit) this.cutWhere((cut) => (cut.sent ?? Infinity) <= this.sent);
    });
    return this.path.linkIsUp();
  }

  /** Bytes that the peer has not acknowledged. While the board cannot be heard nothing is. */
  queued(): number {
    if (!this.silent && this.path.linkIsUp()) {
      this.unacknowledged = this.unacknowledged.filter(({ at }) => at > this.now());
    }
    return this.unacknowledged.reduce((sum, { length }) => sum + length, 0);
  }

  /** tcp_close. */
  close(): void {
    this.state = this.state === 'open' && !this.ending ? 'finished' : 'freed';
    if (!this.silent) this.whenLinked(() => this.peer?.close());
  }

  /** tcp_shutdown of the sending side. */
  finishSending(): boolean {
    if (this.state !== 'open') return false;
    this.whenLinked(() => this.peer?.finish());
    return true;
  }

  cut(how: Cut): void {
    if (how === 'black hole') return this.goSilent();
    // Bytes and ends that were on their way are lost, and nothing follows.
    this.loseArrivals();
    this.ending = false;
    this.arrive({ type: how === 'close' ? 'fin' : 'reset' });
    this.ending = true;
    if (how === 'reset') this.peer?.destroy();
  }

  /** Lets no byte arrive any more, in either direction. */
  goSilent(): void {
    this.silent = true;
    this.loseArrivals();
    this.peer?.detach();
  }

  linkChanged(): void {
    if (!this.path.linkIsUp()) return;
    for (const action of this.held.splice(0)) action();
  }

  /** Time at which the next arrival is due, microseconds. */
  nextArrival(): number {
    return this.path.linkIsUp() && this.arrivals.length > 0 ? this.arrivals[0].at : Infinity;
  }

  /** Hands over what has arrived, as lwIP does when it is polled. */
  poll(): void {
    while (this.nextArrival() <= this.now()) {
      const arrival = this.arrivals.shift() as Arrival;
      if (arrival.type === 'connected') this.onConnected();
      else if (arrival.type === 'data') this.onData(arrival.bytes);
      else this.onEnd(arrival.type);
    }
  }

  private onConnected(): void {
    this.state = 'open';
    this.callbacks?.connected();
  }

  private onData(bytes: Uint8Array): void {
    // Data for a connection that the board has closed is answered with a RST.
    if (this.state === 'finished') return this.cut('reset');
    this.waiting -= bytes.length;
    this.flying -= bytes.length;
    if (this.waiting <= WINDOW) this.peer?.resume();
    const limit = Math.min(...this.cuts.map((cut) => cut.received ?? Infinity));
    const piece = bytes.subarray(0, Math.max(0, limit - this.received));
    this.received += piece.length;
    if (this.received >= limit) {
      // A stream has no holes, so bytes behind the cut never come.
      this.arrivals = this.arrivals.filter(({ type }) => type !== 'data');
      this.beyond = this.beyond.filter(({ type }) => type !== 'data');
      this.flying = 0;
      this.cutWhere((cut) => (cut.received ?? Infinity) <= this.received);
    }
    if (piece.length > 0) this.callbacks?.received(piece);
    // Kaluma opens the window again before its program has looked at the bytes.
    this.send();
  }

  private onEnd(type: 'fin' | 'reset'): void {
    const { callbacks, state } = this;
    this.ending = true;
    if (type === 'reset' || state === 'finished') {
      // Kaluma sets no error callback in lwIP, so the program does not hear of a reset.
      this.state = 'freed';
      this.callbacks = null;
      this.loseArrivals();
    }
    // A FIN that follows the board's own still reaches the connection that has the descriptor by then.
    if (type === 'fin') callbacks?.received(null);
  }

  private cutWhere(reached: (cut: CutAfter) => boolean): void {
    for (const cut of this.cuts.filter(reached)) {
      this.cuts.splice(this.cuts.indexOf(cut), 1);
      this.cut(cut.how);
    }
  }

  private arrive(event: Event): void {
    if (this.silent || this.ending || this.callbacks === null) return;
    if (event.type === 'data') {
      this.waiting += event.bytes.length;
      if (this.waiting > WINDOW) this.peer?.pause();
      for (let from = 0; from < event.bytes.length; from += SEGMENT) {
        this.beyond.push({ type: 'data', bytes: event.bytes.subarray(from, from + SEGMENT) });
      }
    } else {
      this.beyond.push(event);
    }
    this.send();
  }

  /** Lets the peer send what the window allows. */
  private send(): void {
    while (this.beyond.length > 0) {
      const [event] = this.beyond;
      const length = event.type === 'data' ? event.bytes.length : 0;
      if (this.flying + length > WINDOW) return;
      this.beyond.shift();
      this.flying += length;
      const start = Math.max(this.now() + this.path.roundTrip * 1000, this.lastArrival);
      this.lastArrival = start + (length * 1e6) / this.path.bytesPerSecond;
      this.arrivals.push({ ...event, at: this.lastArrival });
    }
  }

  private loseArrivals(): void {
    this.arrivals = [];
    this.beyond = [];
    this.flying = this.waiting = 0;
  }

  private whenLinked(action: () => void): void {
    if (this.path.linkIsUp()) action();
    else this.held.push(action);
  }
}
