/**
 * An MQTT 3.1.1 client for one connection, without I/O: bytes of the transport and the time come in, bytes to send
 * and what happened come out through `nextEvent()`. After `failed` or `disconnected` the transport is to be closed,
 * and a new connection takes a new client.
 */
import { concat } from '../bytes/encoding.ts';
import { DecodeError } from '../bytes/errors.ts';
import { decodePacket, packetLength } from './decode.ts';
import { encodePacket } from './encode.ts';
import { MqttError, refusal, type MqttProblem } from './errors.ts';
import type { ClientPacket, ConnackPacket, ConnectPacket, PublishPacket, ServerPacket } from './packets.ts';

/** How long a server may take to answer, in ms. */
const ANSWER_TIMEOUT = 20_000;
/** Of what a server sends: more would not be wanted, and hardly fit in the board's memory. */
const MAXIMUM_PACKET = 4096;

export type MqttClientOptions = Pick<ConnectPacket, 'clientId' | 'will' | 'username' | 'password'> & {
  /** A server drops a client that was silent for 1.5 × this; AWS IoT takes 30 to 1200. */
  keepAliveSeconds: number;
};

export type Message = Pick<PublishPacket, 'topic' | 'payload'> & {
  qos: 0 | 1;
  retain?: boolean;
  /** Sent before, on another connection, with the same `messageId` (section 4.4). */
  dup?: boolean;
  /** For QoS 1, one that is not in flight; without it the client takes a free one. */
  messageId?: number;
};

export type MqttEvent =
  | { type: 'transmit'; bytes: Uint8Array }
  | { type: 'connected' }
  | { type: 'acknowledged'; messageId: number }
  /** `granted`: the QoS, or 128 for a refusal. */
  | { type: 'subscribed'; messageId: number; granted: number }
  | { type: 'message'; topic: string; payload: Uint8Array }
  | { type: 'failed'; error: MqttError }
  | { type: 'disconnected' };

/** An answer that the server owes. */
interface Awaited {
  cmd: ServerPacket['cmd'];
  /** 0 where the packet has none. */
  messageId: number;
  deadline: number;
}

export class MqttClient {
  private readonly options: MqttClientOptions;
  private state: 'new' | 'connecting' | 'connected' | 'ended' = 'new';
  private readonly events: MqttEvent[] = [];
  /** The oldest first. */
  private readonly awaited: Awaited[] = [];
  /** The beginning of a packet whose end has not come. */
  private pending: Uint8Array = new Uint8Array(0);
  private now = 0;
  private sentAt = 0;
  private lastMessageId = 1;

  /** @throws MqttError ('usage') for a keep-alive out of range. */
  constructor(options: MqttClientOptions) {
    const seconds = options.keepAliveSeconds;
    if (!(seconds >= 30 && seconds <= 1200)) throw new MqttError('usage', `keep-alive ${seconds} s, expected 30..1200`);
    this.options = options;
  }

  /** The transport is open: sends CONNECT. @param now ms on a clock that never goes back, as everywhere here. */
  start(now: number): void {
    this.demand('new');
    this.now = now;
    this.state = 'connecting';
    this.send({ cmd: 'connect', clean: true, keepalive: this.options.keepAliveSeconds, ...this.options });
    this.await('connack', 0);
  }

  /**
   * Sends a message; with QoS 1 its `acknowledged` follows, or the connection fails. Only when connected.
   * @returns its message id, 0 with QoS 0.
   * @throws MqttError ('usage') if not connected, or for a topic with wildcards.
   */
  publish(message: Message): number {
    this.demand('connected');
    const messageId = message.qos === 0 ? 0 : (message.messageId ?? this.newMessageId());
    this.send({ cmd: 'publish', dup: false, retain: false, ...message, messageId });
    if (messageId > 0) this.await('puback', messageId);
    return messageId;
  }

  /** Asks for the messages of a topic with QoS 1; `subscribed` follows. @returns the message id. */
  subscribe(topic: string): number {
    this.demand('connected');
    const messageId = this.newMessageId();
    this.send({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] });
    this.await('suback', messageId);
    return messageId;
  }

  /** Says good-bye, so that the server drops the will (section 3.14). */
  disconnect(): void {
    if (this.state === 'connected') this.send({ cmd: 'disconnect' });
    this.end({ type: 'disconnected' });
  }

  /** Takes what the transport received, in any portions; `bytes` may be reused afterwards. */
  receive(bytes: Uint8Array, now: number): void {
    this.now = now;
    if (this.state === 'ended') return;
    try {
      let rest = concat(this.pending, bytes);
      for (;;) {
        const length = packetLength(rest);
        if (length > MAXIMUM_PACKET) throw new DecodeError(`packet of ${length} B, at most ${MAXIMUM_PACKET} wanted`);
        if (length === 0 || length > rest.length) break;
        this.take(decodePacket(rest.subarray(0, length)));
        rest = rest.subarray(length);
      }
      this.pending = rest;
    } catch (error) {
      if (error instanceof MqttError) this.end({ type: 'failed', error });
      else if (error instanceof DecodeError) this.fail('malformed', error.message);
      else throw error;
    }
  }

  /** Lets time pass: sends PINGREQ, notices answers that are overdue. Wanted every second or so. */
  tick(now: number): void {
    this.now = now;
    if (this.state === 'ended' || this.state === 'new') return;
    const overdue = this.awaited[0];
    if (overdue !== undefined && now >= overdue.deadline) {
      this.fail('timeout', `no ${overdue.cmd.toUpperCase()} for ${ANSWER_TIMEOUT} ms`);
    } else if (this.state === 'connected' && now - this.sentAt >= this.options.keepAliveSeconds * 750) {
      // At three quarters: the server wants a packet within the interval (section 3.1.2.10), and the way takes time.
      this.send({ cmd: 'pingreq' });
      this.await('pingresp', 0);
    }
  }

  /** The transport ended, whoever closed it. */
  transportClosed(): void {
    if (this.state === 'connected') {
      this.fail('closed', 'closed by broker: check policy, twin client id');
    } else {
      this.fail('closed_before_connack', 'closed before CONNACK: check policy, client id');
    }
  }

  nextEvent(): MqttEvent | undefined {
    return this.events.shift();
  }

  private take(packet: ServerPacket): void {
    // [MQTT-3.2.0-1]; a second one is as wrong as none.
    if ((packet.cmd === 'connack') !== (this.state === 'connecting')) {
      throw new MqttError('protocol', `${packet.cmd.toUpperCase()} while ${this.state}`);
    }
    switch (packet.cmd) {
      case 'connack':
        this.connected(packet);
        break;
      case 'publish':
        if (packet.qos === 2) throw new MqttError('protocol', 'PUBLISH with QoS 2, expected 0 or 1');
        if (packet.messageId !== undefined) this.send({ cmd: 'puback', messageId: packet.messageId });
        this.events.push({ type: 'message', topic: packet.topic, payload: packet.payload });
        break;
      case 'puback':
        this.settle(packet.cmd, packet.messageId, { type: 'acknowledged', messageId: packet.messageId });
        break;
      case 'suback': {
        const { messageId, granted } = packet;
        this.settle(packet.cmd, messageId, { type: 'subscribed', messageId, granted: granted[0] });
        break;
      }
      case 'pingresp':
        this.settle(packet.cmd, 0);
    }
  }

  private connected({ returnCode, sessionPresent }: ConnackPacket): void {
    if (returnCode !== 0) throw refusal(returnCode);
    // [MQTT-3.2.2-1]
    if (sessionPresent) throw new MqttError('protocol', 'CONNACK with a session, asked for none');
    this.state = 'connected';
    this.settle('connack', 0, { type: 'connected' });
  }

  private send(packet: ClientPacket): void {
    this.events.push({ type: 'transmit', bytes: encodePacket(packet) });
    this.sentAt = this.now;
  }

  private await(cmd: ServerPacket['cmd'], messageId: number): void {
    this.awaited.push({ cmd, messageId, deadline: this.now + ANSWER_TIMEOUT });
  }

  /** Strikes an answer off and reports it; one that nobody waits for says nothing. */
  private settle(cmd: ServerPacket['cmd'], messageId: number, event?: MqttEvent): void {
    const at = this.awaited.findIndex((answer) => answer.cmd === cmd && answer.messageId === messageId);
    if (at < 0) return;
    this.awaited.splice(at, 1);
    if (event !== undefined) this.events.push(event);
  }

  /** One that no packet in flight has, section 2.3.1; from the top down, because ids of the caller's count up. */
  private newMessageId(): number {
    do {
      this.lastMessageId = this.lastMessageId > 1 ? this.lastMessageId - 1 : 65535;
    } while (this.awaited.some(({ messageId }) => messageId === this.lastMessageId));
    return this.lastMessageId;
  }

  private demand(state: 'new' | 'connected'): void {
    if (this.state !== state) throw new MqttError('usage', `MQTT is ${this.state}, expected ${state}`);
  }

  private fail(problem: MqttProblem, message: string): void {
    this.end({ type: 'failed', error: new MqttError(problem, message) });
  }

  private end(event: MqttEvent): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.events.push(event);
  }
}
