/** lwIP as Kaluma configures it: five TCP control blocks, a name cache, UDP. Callbacks come when it is polled. */
import type { NetworkHost, TcpCallbacks, ViolationKind } from '../realm/host.ts';
import { Connection, type Cut, type CutAfter, type Path } from './connection.ts';
import type { Destination, Traffic } from './peer.ts';

/** MEMP_NUM_TCP_PCB. */
const CONTROL_BLOCKS = 5;
/** Time during which lwIP sends unacknowledged bytes or a FIN again: twelve retries, measured. */
const RETRY_MICROS = 1_143e6;
/** Unacknowledged bytes that the C heap of 14 KB still holds: 4 KB cost 10 of them. */
const HEAP_LIMIT = 4_096;
/** Number of left connections with unacknowledged bytes at which a new connection finds no room in the C heap. */
const SILENT_LIMIT = 3;
const DNS_TIMEOUT_MILLIS = 3_000;
const DNS_POLL_MILLIS = 10;
const NAME_LIFE_MICROS = 60e6;
/** Every name resolves to this address. */
const SERVER = '10.13.37.2';

export interface NetworkFaults {
  /** New connections: answered, refused, or never answered. */
  tcp: 'ok' | 'refuse' | 'silent';
  dns: 'ok' | 'nx' | 'silent';
}

export interface LwipOptions {
  path: Path;
  faults: NetworkFaults;
  /** Cuts for the connections to come; each takes the list that stands when it is made. */
  cuts: CutAfter[];
  traffic: Traffic;
  now: () => number;
  dial: (host: string, port: number) => Destination;
  /** The answers to a datagram. */
  datagram: (port: number, bytes: Uint8Array) => Uint8Array[];
  block: (ms: number) => void;
  violation: (kind: ViolationKind, message: string) => void;
}

interface UdpSocket {
  port: number;
  receive: (bytes: Uint8Array) => void;
}

export class Lwip implements NetworkHost {
  readonly address = '10.13.37.42';
  private readonly options: LwipOptions;
  /** Connections by handle; a connection that is missing here has been freed. */
  private readonly connections = new Map<number, Connection>();
  private handles = 0;
  private readonly udp = new Map<number, UdpSocket>();
  private readonly datagrams: { at: number; socket: UdpSocket; bytes: Uint8Array }[] = [];
  private readonly names = new Map<string, number>();
  /** Closed connections that nobody answers: the time until which each holds its control block, and whether it holds bytes too. */
  private lingering: { until: number; holdsBytes: boolean }[] = [];

  constructor(options: LwipOptions) {
    this.options = options;
  }

  resolve(name: string): { address: string } | { failure: 'timeout' | 'not found' } {
    if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return { address: name };
    const { now, block, faults, path } = this.options;
    if ((this.names.get(name) ?? 0) > now()) return { address: SERVER };
    for (let waited = 0; !path.linkIsUp() || faults.dns === 'silent'; waited += DNS_POLL_MILLIS) {
      if (waited >= DNS_TIMEOUT_MILLIS) return { failure: 'timeout' };
      block(DNS_POLL_MILLIS);
    }
    block(Math.max(1, path.roundTrip));
    if (faults.dns === 'nx') return { failure: 'not found' };
    this.names.set(name, now() + NAME_LIFE_MICROS);
    return { address: SERVER };
  }

  tcpNew(): number | null {
    const { path, cuts, traffic, now } = this.options;
    const held = [...this.connections.values()].filter(({ state }) => state !== 'finished').length;
    if (held + this.unanswered().length >= CONTROL_BLOCKS) return null;
    this.connections.set(++this.handles, new Connection(path, cuts, traffic, now));
    return this.handles;
  }

  tcpConnect(handle: number, host: string, address: string, port: number, on: TcpCallbacks): boolean {
    if (address.startsWith('127.')) return false;
    const { faults, dial } = this.options;
    const destination = () => (faults.tcp === 'refuse' ? null : dial(host, port));
    this.connections.get(handle)?.connect(faults.tcp === 'silent' ? null : destination, on);
    return true;
  }

  tcpWrite(handle: number, bytes: Uint8Array): boolean {
    const connection = this.connections.get(handle);
    if (connection === undefined) return false;
    const silent = this.unanswered().filter(({ holdsBytes }) => holdsBytes).length;
    if (silent >= SILENT_LIMIT && bytes.length > 0) return false;
    const sent = connection.write(bytes);
    const queued = connection.queued();
    if (queued > HEAP_LIMIT) this.options.violation('send queue', `${queued} B sent and not acknowledged`);
    return sent;
  }

  tcpClose(handle: number): void {
    const connection = this.connections.get(handle);
    if (connection === undefined || connection.state === 'freed') {
      this.options.violation(
        'freed connection',
        'a reset connection was closed: the board panics two connections later',
      );
      return;
    }
    const unanswered = connection.state === 'open' && (connection.isSilent || !this.options.path.linkIsUp());
    if (unanswered) {
      this.lingering.push({ until: this.options.now() + RETRY_MICROS, holdsBytes: connection.queued() > 0 });
    }
    connection.close();
  }

  tcpShutdown(handle: number): boolean {
    return this.connections.get(handle)?.finishSending() ?? false;
  }

  udpNew(receive: (bytes: Uint8Array) => void): number {
    this.udp.set(++this.handles, { port: 0, receive });
    return this.handles;
  }

  udpConnect(handle: number, _host: string, port: number): void {
    const socket = this.udp.get(handle);
    if (socket !== undefined) socket.port = port;
  }

  udpSend(handle: number, bytes: Uint8Array): void {
    const socket = this.udp.get(handle);
    const { path, now, datagram } = this.options;
    if (socket === undefined || !path.linkIsUp()) return;
    const at = now() + path.roundTrip * 1000;
    for (const reply of datagram(socket.port, bytes)) this.datagrams.push({ at, socket, bytes: reply });
  }

  udpClose(handle: number): void {
    this.udp.delete(handle);
  }

  /** Delivers everything that is due. */
  poll(): void {
    const { path, now } = this.options;
    for (const [handle, connection] of this.connections) {
      connection.poll();
      if (connection.isOver) this.connections.delete(handle);
    }
    while (path.linkIsUp() && this.datagrams.length > 0 && this.datagrams[0].at <= now()) {
      const { socket, bytes } = this.datagrams[0];
      this.datagrams.shift();
      if ([...this.udp.values()].includes(socket)) socket.receive(bytes);
    }
  }

  /** @returns when something will be due, microseconds */
  nextArrival(): number {
    if (!this.options.path.linkIsUp()) return Infinity;
    let next = this.datagrams.length > 0 ? this.datagrams[0].at : Infinity;
    for (const connection of this.connections.values()) next = Math.min(next, connection.nextArrival());
    return next;
  }

  linkChanged(): void {
    for (const connection of this.connections.values()) connection.linkChanged();
  }

  /** The lingering connections that lwIP has not given up. */
  private unanswered(): Lwip['lingering'] {
    this.lingering = this.lingering.filter(({ until }) => until > this.options.now());
    return this.lingering;
  }

  get hasOpenConnection(): boolean {
    return [...this.connections.values()].some(({ state }) => state === 'open');
  }

  cut(how: Cut): void {
    for (const connection of this.connections.values()) {
      if (connection.state === 'open' || connection.state === 'connecting') connection.cut(how);
    }
  }

  /** The board loses its power: its peers hear nothing of it. */
  goSilent(): void {
    for (const connection of this.connections.values()) connection.goSilent();
  }
}
