/**
 * A connection to an MQTT broker by our own TLS and MQTT clients. Whenever it ends, it is opened and subscribed again,
 * after the same waits as on the board.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createBackoff } from '../../firmware/backoff.ts';
import { finish, prepareHandshake } from '../../src/index.ts';
import {
  createMqttClient,
  type Message,
  type MqttClient,
  type MqttClientOptions,
  MqttError,
} from '../../src/mqtt/index.ts';
import type { Target } from '../config/target.ts';
import { systemProblem } from './cli.ts';
import { openTls, type TlsSocket } from './tlsSocket.ts';

/** ms that TCP, TLS and CONNECT may take together. */
const PATIENCE = 30_000;
/** ms after which a connection counts as stable, as on the board. */
const STABLE = 60_000;
/** ms between two calls of the clients' timers. */
const TICK = 1000;

export type LinkState =
  | { state: 'connecting' }
  | { state: 'connected' }
  /** Not connected, for the reason `why`; the next attempt is at `retryAt`, ms since 1970. */
  | { state: 'waiting'; why: string; retryAt: number };

export interface LinkOptions {
  target: Pick<Target, 'host' | 'port' | 'alpn' | 'anchors' | 'identity'>;
  mqtt: MqttClientOptions;
  /** Dialled in place of the host's address in DNS. */
  address?: string | undefined;
  /** Topic filters. A SUBSCRIBE is sent for each. */
  filters: readonly string[];
  onMessage: (topic: string, payload: Uint8Array) => void;
  onState: (state: LinkState) => void;
  /** The broker refuses a subscription. */
  onRefused?: (filter: string) => void;
}

export class BrokerLink {
  private readonly options: LinkOptions;
  private readonly backoff = createBackoff(Math.random);
  private socket: Socket | null = null;
  private tls: TlsSocket | null = null;
  private mqtt: MqttClient | null = null;
  private isReady = false;
  private isClosed = false;
  private since = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly ticker: NodeJS.Timeout;
  /** Filters by the id of their SUBSCRIBE. */
  private subscriptions = new Map<number, string>();
  /** Messages that the broker has not acknowledged, by id. */
  private unacknowledged = new Map<number, { done: () => void; fail: (error: Error) => void }>();

  /** Begins to connect at once. */
  constructor(options: LinkOptions) {
    this.options = options;
    this.ticker = setInterval(() => this.tick(), TICK);
    this.open();
  }

  /**
   * Publishes with QoS 1 and waits for the PUBACK.
   * @throws Error if there is no connection, or if it ends first
   */
  publish(message: Omit<Message, 'qos'>): Promise<void> {
    return new Promise((done, fail) => {
      if (!this.isReady || this.mqtt === null) throw new Error('the broker is not connected');
      this.unacknowledged.set(this.mqtt.publish({ ...message, qos: 1 }), { done, fail });
      this.pump();
    });
  }

  /** Ends the connection for good, with DISCONNECT and close_notify. */
  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    clearInterval(this.ticker);
    if (this.isReady) {
      this.mqtt?.disconnect();
      this.pump();
      this.tls?.close();
    }
    this.drop();
  }

  private open(): void {
    const { target, address } = this.options;
    this.since = performance.now();
    this.options.onState({ state: 'connecting' });
    // IPv4, as on the board.
    const socket = connect({ host: address ?? target.host, port: target.port, family: 4, noDelay: true });
    this.socket = socket;
    let problem: Error | null = null;
    socket.on('error', (error) => (problem = error));
    socket.on('close', () => {
      if (this.socket === socket) this.fail(problem === null ? 'the connection ended' : systemProblem(problem));
    });
    socket.once('connect', () => this.secure(socket));
  }

  private secure(socket: Socket): void {
    const { host, anchors, identity, alpn } = this.options.target;
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const prepared = finish(prepareHandshake(identity, random));
    const options = { host, anchors, identity, random, prepared, time: () => Date.now() };
    this.tls = openTls(socket, alpn === undefined ? options : { ...options, alpn }, (event) => {
      if (this.socket !== socket) return;
      if (event.type === 'connected') {
        this.mqtt = createMqttClient(this.options.mqtt);
        this.mqtt.start(performance.now());
        // The first call is delayed, because `openTls()` gives events only after it has returned.
        setImmediate(() => this.pump());
      } else if (event.type === 'data') {
        this.mqtt?.receive(event.bytes, performance.now());
        this.pump();
      } else if (this.mqtt === null) {
        this.fail(event.type === 'failed' ? event.error.message : 'the server closed the connection');
      } else {
        // MQTT knows more about the reason.
        this.mqtt.transportClosed();
        this.pump();
      }
    });
  }

  /** Carries out the events of the MQTT client. */
  private pump(): void {
    for (let event = this.mqtt?.nextEvent(); event !== undefined; event = this.mqtt?.nextEvent()) {
      switch (event.type) {
        case 'transmit':
          this.tls?.send(event.bytes);
          break;
        case 'connected':
          this.isReady = true;
          this.options.onState({ state: 'connected' });
          for (const filter of this.options.filters) {
            if (this.mqtt !== null) this.subscriptions.set(this.mqtt.subscribe(filter), filter);
          }
          break;
        case 'message':
          this.options.onMessage(event.topic, event.payload);
          break;
        case 'subscribed': {
          const filter = this.subscriptions.get(event.messageId);
          if (event.granted > 1 && filter !== undefined) this.options.onRefused?.(filter);
          break;
        }
        case 'acknowledged':
          this.unacknowledged.get(event.messageId)?.done();
          this.unacknowledged.delete(event.messageId);
          break;
        case 'skipped':
          // The message has more than 4 KB. No board publishes one.
          break;
        case 'failed':
          this.fail(event.error.message);
          return;
        case 'disconnected':
          return;
      }
    }
  }

  private tick(): void {
    const now = performance.now();
    if (this.socket === null) return;
    if (this.isReady && now - this.since > STABLE) this.backoff.reset();
    if (!this.isReady && now - this.since > PATIENCE) return this.fail(`no answer for ${PATIENCE / 1000} s`);
    this.mqtt?.tick(now);
    this.pump();
  }

  private fail(why: string): void {
    if (this.isClosed) return;
    this.drop();
    const wait = this.backoff.next();
    this.options.onState({ state: 'waiting', why, retryAt: Date.now() + wait });
    this.timer = setTimeout(() => this.open(), wait);
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    this.tls = null;
    this.mqtt = null;
    this.isReady = false;
    this.subscriptions.clear();
    for (const { fail } of this.unacknowledged.values())
      fail(new MqttError('closed', 'the connection to the broker ended'));
    this.unacknowledged.clear();
    if (this.isClosed) socket?.end();
    else socket?.destroy();
  }
}
