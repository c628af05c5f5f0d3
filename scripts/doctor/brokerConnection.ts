/**
 * One connection to the broker, by the board's own TLS and MQTT clients, step by step. Each step either completes or
 * throws the client's error.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { concat } from '../../src/bytes/encoding.ts';
import { type ConnectedEvent, finish, prepareHandshake, type TlsError } from '../../src/index.ts';
import { createMqttClient, type Message, type MqttClient, MqttError, type MqttEvent } from '../../src/mqtt/index.ts';
import type { Target } from '../config/target.ts';
import { certificatesOf } from '../lib/certificateList.ts';
import { saidInPlain, textIn } from '../lib/plainText.ts';
import { openTls, type TlsSocket } from '../lib/tlsSocket.ts';

/** The server sent nothing for as long as the doctor waits. */
export class SilenceError extends Error {
  constructor(patience: number) {
    super(`the server sends nothing for ${patience / 1000} s`);
    this.name = 'SilenceError';
  }
}

export interface Secured {
  connection: BrokerConnection;
  connected: ConnectedEvent;
  /** The server's certificates as it sent them, DER, its own first. */
  chain: Uint8Array[];
}

/** A handshake failed. Holds what the server had sent before. */
export class HandshakeError extends Error {
  readonly reason: Error;
  readonly chain: Uint8Array[];
  /** Whether the server had asked for the device's certificate. */
  readonly isAsked: boolean;

  /** @param first the first bytes that arrived */
  constructor(reason: Error, chain: Uint8Array[], isAsked: boolean, first: Uint8Array) {
    super(reason.message + saidInPlain(first));
    this.name = 'HandshakeError';
    this.reason = reason;
    this.chain = chain;
    this.isAsked = isAsked;
  }
}

export class BrokerConnection {
  private readonly tls: TlsSocket;
  private readonly patience: number;
  private mqtt: MqttClient | null = null;
  private readonly events: MqttEvent[] = [];
  private wake: () => void = () => undefined;
  /** All bytes that arrived since the handshake. */
  private heard: Uint8Array = new Uint8Array(0);
  private hasEnded = false;
  /** The server's alert that ended the connection. */
  private refusal: TlsError | null = null;

  /** Does the TLS handshake. @param patience ms for each step @throws HandshakeError */
  static async secure(socket: Socket, target: Target, patience: number): Promise<Secured> {
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const prepared = finish(prepareHandshake(target.identity, random));
    let chain: Uint8Array[] = [];
    let isAsked = false;
    let first: Uint8Array = new Uint8Array(0);
    socket.once('data', (bytes: Buffer) => (first = bytes));
    return new Promise((done, fail) => {
      const refuse = (reason: Error): void => {
        clearTimeout(timer);
        fail(new HandshakeError(reason, chain, isAsked, first));
      };
      const timer = setTimeout(() => {
        refuse(new SilenceError(patience));
        socket.destroy();
      }, patience);
      // Events may come from the first call on, before the connection to handle them exists.
      let connection: BrokerConnection | null = null;
      const { host, anchors, identity, alpn } = target;
      const tls = openTls(
        socket,
        {
          host,
          anchors,
          identity,
          random,
          prepared,
          time: () => Date.now(),
          ...(alpn === undefined ? {} : { alpn }),
          trace: {
            record: () => undefined,
            secret: () => undefined,
            message(message) {
              const { direction, name, bytes } = message;
              if (direction === 'in' && name === 'Certificate') chain = certificatesOf(bytes);
              if (name === 'CertificateRequest') isAsked = true;
            },
          },
        },
        (event) => {
          if (event.type === 'connected') {
            clearTimeout(timer);
            connection = new BrokerConnection(tls, patience);
            done({ connection, connected: event, chain });
          } else if (event.type === 'failed') {
            refuse(event.error);
            connection?.ended(event.error);
          } else if (event.type === 'data') {
            connection?.received(event.bytes);
          } else {
            connection?.ended(null);
          }
        },
      );
    });
  }

  private constructor(tls: TlsSocket, patience: number) {
    this.tls = tls;
    this.patience = patience;
  }

  /** Sends CONNECT and waits for CONNACK. @throws MqttError, TlsError, SilenceError */
  async connect(options: Parameters<typeof createMqttClient>[0]): Promise<void> {
    this.mqtt = createMqttClient(options);
    this.mqtt.start(performance.now());
    // Some servers send or refuse something between the end of the handshake and CONNECT.
    this.mqtt.receive(this.heard, performance.now());
    if (this.hasEnded) this.mqtt.transportClosed();
    try {
      await this.until((event) => event.type === 'connected');
    } catch (error) {
      // A line of text may look like the beginning of a packet.
      const text = textIn(this.heard);
      throw text === null ? error : new MqttError('malformed', `expected CONNACK, got '${text}'`);
    }
  }

  /** Sends a PUBLISH with QoS 1 and waits for PUBACK. @throws MqttError, TlsError, SilenceError */
  async publish(message: Omit<Message, 'qos'>): Promise<void> {
    const id = this.mqtt?.publish({ ...message, qos: 1 });
    await this.until((event) => event.type === 'acknowledged' && event.messageId === id);
  }

  /** @returns whether the subscription was granted @throws MqttError, TlsError, SilenceError */
  async subscribe(topic: string): Promise<boolean> {
    const id = this.mqtt?.subscribe(topic);
    const event = await this.until(
      ({ type, ...rest }) => type === 'subscribed' && 'messageId' in rest && rest.messageId === id,
    );
    return event.type === 'subscribed' && event.granted <= 1;
  }

  /** Sends DISCONNECT, so that the broker discards the will. */
  close(): void {
    this.mqtt?.disconnect();
    this.flush();
    this.tls.close();
  }

  private received(bytes: Uint8Array): void {
    this.heard = concat(this.heard, bytes);
    this.mqtt?.receive(bytes, performance.now());
    this.wake();
  }

  private ended(error: TlsError | null): void {
    this.hasEnded = true;
    if (error?.origin === 'peer') this.refusal = error;
    this.mqtt?.transportClosed();
    this.wake();
  }

  private flush(): void {
    for (let event = this.mqtt?.nextEvent(); event !== undefined; event = this.mqtt?.nextEvent()) {
      if (event.type === 'transmit') this.tls.send(event.bytes);
      else this.events.push(event);
    }
  }

  private async until(isAwaited: (event: MqttEvent) => boolean): Promise<MqttEvent> {
    const end = performance.now() + this.patience;
    for (;;) {
      this.flush();
      for (let event = this.events.shift(); event !== undefined; event = this.events.shift()) {
        if (event.type === 'failed') throw this.refusal ?? event.error;
        if (isAwaited(event)) return event;
      }
      const left = end - performance.now();
      if (left <= 0) throw new SilenceError(this.patience);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.wake = (): void => {
          clearTimeout(timer);
          done();
        };
      });
      this.wake = (): void => undefined;
    }
  }
}
