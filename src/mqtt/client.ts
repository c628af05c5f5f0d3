/**
 * An MQTT 3.1.1 client for one connection, without I/O. The caller passes in the time and the bytes that the transport
 * received, and `nextEvent()` returns what happened, bytes to send included. The client decodes a packet only when the
 * caller has taken the events of all packets before it, so many small packets in one portion need no more memory than
 * one. After `failed` or `disconnected` the caller closes the transport; a new connection needs a new client.
 */
import { DecodeError } from '../bytes/errors.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { MqttError, refusal, type MqttProblem } from './errors.ts';
import { createPacketReader, type PassedMessage } from './packetReader.ts';
import type { ClientPacket, ConnectPacket, PublishPacket, ServerPacket } from './packets.ts';
import { type MqttTrace, traceReceived, traceSent } from './trace.ts';

/** ms that a server has to answer. */
const ANSWER_TIMEOUT = 20_000;
/**
 * Packets decoded in one call of `nextEvent()`: a packet without effect takes the board 2 ms, and 16 KB hold 8,000 of
 * them.
 */
const PACKETS_A_CALL = 64;
/** ms that an awaited answer still gets after the client has decoded all that was received before: it may come next. */
const CAUGHT_UP_TIMEOUT = 5000;

export type MqttClientOptions = Pick<ConnectPacket, 'clientId' | 'will' | 'username' | 'password'> & {
  /** A server drops a client that was silent for 1.5 × this; AWS IoT takes 30 to 1200. */
  keepAliveSeconds: number;
  /** Only used on the PC. */
  trace?: MqttTrace;
};

export type Message = Pick<PublishPacket, 'topic' | 'payload'> & {
  qos: 0 | 1;
  retain?: boolean;
  /** The message was sent before, on another connection, with the same `messageId` (section 4.4). */
  dup?: boolean;
  /** For QoS 1: an id that is not in flight. Without it the client chooses a free one. */
  messageId?: number;
};

export type MqttEvent =
  | { type: 'transmit'; bytes: Uint8Array }
  | { type: 'connected' }
  | { type: 'acknowledged'; messageId: number }
  /** `granted` is the QoS that the server allows, or 128 if it refuses. */
  | { type: 'subscribed'; messageId: number; granted: number }
  /** `payload` shares memory with the bytes given to `receive()`. */
  | { type: 'message'; topic: string; payload: Uint8Array }
  /**
   * The client skipped a message that was too large. With QoS 1 it acknowledges the message all the same, because
   * otherwise the server would send it again and again. `length` is the length of the packet.
   */
  | { type: 'skipped'; topic: string; length: number }
  | { type: 'failed'; error: MqttError }
  | { type: 'disconnected' };

export interface MqttClient {
  /**
   * Sends CONNECT; called when the transport is open.
   * @param now ms on a clock that never goes back, here and in all other functions
   * @throws what `encodePacket()` throws for options that CONNECT cannot carry
   */
  start(now: number): void;
  /**
   * Sends a message. With QoS 1 `acknowledged` follows, or the connection fails. When the connection has ended it does nothing:
   * the event that says so may still be to come.
   * @returns the message id, 0 with QoS 0
   * @throws MqttError ('usage') before it is connected, and what `encodePacket()` throws
   */
  publish(message: Message): number;
  /**
   * Subscribes with QoS 1 to a topic, or to all topics that a filter matches; `subscribed` follows. When the connection has ended
   * it does nothing, as `publish()`.
   * @returns the message id
   * @throws MqttError ('usage') before it is connected, and what `encodePacket()` throws
   */
  subscribe(topic: string): number;
  /** Sends PINGREQ past all events, if it is connected. @param transmit takes its bytes */
  ping(transmit: (bytes: Uint8Array) => void): void;
  /** Sends DISCONNECT, so that the server discards the will (section 3.14). */
  disconnect(): void;
  /**
   * Takes what the transport received, in portions of any size. The client keeps the bytes without copying them, so the
   * caller must not change them, and must not call this while `isBusy()`.
   */
  receive(bytes: Uint8Array, now: number): void;
  /** Whether received bytes are left for `nextEvent()` to decode. */
  isBusy(): boolean;
  /** Number of received bytes that the client keeps. */
  held(): number;
  /**
   * Sends PINGREQ when it is due, and fails when an answer is overdue. To be called about once a second.
   * @param isBehind received bytes wait to be decoded, here or in a layer below; no answer is overdue then, since it may
   * be among them. Absent, it is what `isBusy()` says.
   */
  tick(now: number, isBehind?: boolean): void;
  /** To be called when the transport has ended, whichever side closed it. */
  transportClosed(): void;
  /** The next event; undefined if there is none, and then the caller repeats the call as long as `isBusy()`. */
  nextEvent(): MqttEvent | undefined;
}

/** An answer that the server owes. */
interface Awaited {
  cmd: ServerPacket['cmd'];
  /** 0 if the packet has none. */
  messageId: number;
  deadline: number;
}

/** @throws MqttError ('usage') for a keep-alive out of range */
export function createMqttClient(options: MqttClientOptions): MqttClient {
  const keepalive = options.keepAliveSeconds;
  if (!(keepalive >= 30 && keepalive <= 1200)) {
    throw new MqttError('usage', `keep-alive ${keepalive} s, expected 30..1200`);
  }
  let state: 'new' | 'connecting' | 'connected' | 'ended' = 'new';
  const events: MqttEvent[] = [];
  /** The oldest first. */
  const awaited: Awaited[] = [];
  const packets = createPacketReader();
  let time = 0;
  let sentAt = 0;
  let receivedAt = 0;
  let lastMessageId = 1;

  const demand = (wanted: typeof state): void => {
    if (state !== wanted) throw new MqttError('usage', `MQTT is ${state}, expected ${wanted}`);
  };
  const end = (event: MqttEvent): void => {
    if (state === 'ended') return;
    state = 'ended';
    events.push(event);
  };
  const fail = (problem: MqttProblem, message: string): void => {
    end({ type: 'failed', error: new MqttError(problem, message) });
  };

  /** Sends a packet, and registers the answer that the server owes to it, if any. */
  const send = (packet: ClientPacket, answer?: ServerPacket['cmd'], messageId = 0): number => {
    TRACE: traceSent(options.trace, (notes) => encodePacket(packet, notes));
    events.push({ type: 'transmit', bytes: encodePacket(packet) });
    sentAt = time;
    if (answer !== undefined) awaited.push({ cmd: answer, messageId, deadline: time + ANSWER_TIMEOUT });
    return messageId;
  };
  /** Removes an answer from the awaited ones and reports it; an answer that was not awaited is ignored. */
  const settle = (cmd: ServerPacket['cmd'], id: number, event?: MqttEvent): void => {
    const at = awaited.findIndex((answer) => answer.cmd === cmd && answer.messageId === id);
    if (at < 0) return;
    awaited.splice(at, 1);
    if (event !== undefined) events.push(event);
  };
  /** An id that no packet in flight has (section 2.3.1). It counts down, because the ids of callers count up. */
  const newMessageId = (): number => {
    do {
      lastMessageId = lastMessageId > 1 ? lastMessageId - 1 : 65535;
    } while (awaited.some(({ messageId }) => messageId === lastMessageId));
    return lastMessageId;
  };

  const take = (packet: ServerPacket): void => {
    const { cmd } = packet;
    // The first packet must be CONNACK, and no later one may be [MQTT-3.2.0-1].
    if ((cmd === 'connack') !== (state === 'connecting')) {
      throw new MqttError('protocol', `${cmd.toUpperCase()} while ${state}`);
    }
    switch (cmd) {
      case 'connack':
        if (packet.returnCode !== 0) throw refusal(packet.returnCode);
        // [MQTT-3.2.2-1]
        if (packet.sessionPresent) throw new MqttError('protocol', 'CONNACK with a session, asked for none');
        state = 'connected';
        settle(cmd, 0, { type: 'connected' });
        break;
      case 'publish': {
        const { topic, payload, qos, messageId } = packet;
        if (qos > 1) throw new MqttError('protocol', 'PUBLISH with QoS 2, expected 0 or 1');
        if (messageId !== undefined) send({ cmd: 'puback', messageId });
        events.push({ type: 'message', topic, payload });
        break;
      }
      case 'puback':
        settle(cmd, packet.messageId, { type: 'acknowledged', messageId: packet.messageId });
        break;
      case 'suback': {
        const { messageId, granted } = packet;
        settle(cmd, messageId, { type: 'subscribed', messageId, granted: granted[0] });
        break;
      }
      case 'pingresp':
        settle(cmd, 0);
    }
  };

  /** A message that was too large. */
  const takePassed = ({ first, topic, length, messageId }: PassedMessage): void => {
    if (state !== 'connected') throw new MqttError('protocol', `PUBLISH while ${state}`);
    if ((first & 4) !== 0) throw new MqttError('protocol', 'PUBLISH with QoS 2, expected 0 or 1');
    if (messageId !== 0) send({ cmd: 'puback', messageId });
    events.push({ type: 'skipped', topic, length });
  };

  /** Decodes the next packet. @returns whether there was one */
  const takeNext = (): boolean => {
    try {
      const next = packets.next();
      if (next === null) return false;
      if (next instanceof Uint8Array) {
        TRACE: traceReceived(options.trace, next, decodePacket);
        take(decodePacket(next));
      } else takePassed(next);
    } catch (error) {
      if (error instanceof MqttError) end({ type: 'failed', error });
      else if (error instanceof DecodeError) fail('malformed', error.message);
      else throw error;
    }
    return true;
  };

  return {
    start(now) {
      demand('new');
      time = receivedAt = now;
      send({ cmd: 'connect', clean: true, keepalive, ...options }, 'connack');
      state = 'connecting';
    },
    publish(message) {
      if (state === 'ended') return 0;
      demand('connected');
      const messageId = message.qos === 0 ? 0 : (message.messageId ?? newMessageId());
      const packet: ClientPacket = { cmd: 'publish', dup: false, retain: false, ...message, messageId };
      return send(packet, messageId > 0 ? 'puback' : undefined, messageId);
    },
    subscribe(topic) {
      if (state === 'ended') return 0;
      demand('connected');
      const messageId = newMessageId();
      return send({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] }, 'suback', messageId);
    },
    ping(transmit) {
      if (state !== 'connected') return;
      send({ cmd: 'pingreq' }, 'pingresp');
      const event = events.pop();
      if (event !== undefined && event.type === 'transmit') transmit(event.bytes);
    },
    disconnect() {
      if (state === 'connected') send({ cmd: 'disconnect' });
      end({ type: 'disconnected' });
    },
    receive(bytes, now) {
      time = receivedAt = now;
      if (state !== 'ended') packets.push(bytes);
    },
    isBusy: () => state !== 'ended' && packets.isBusy(),
    held: () => packets.held(),
    tick(now, isBehind = packets.isBusy()) {
      if (isBehind) {
        for (const answer of awaited) answer.deadline = Math.max(answer.deadline, now + CAUGHT_UP_TIMEOUT);
      }
      time = now;
      if (state === 'ended') return;
      if (awaited.length > 0 && now >= awaited[0].deadline) {
        fail('timeout', `no ${awaited[0].cmd.toUpperCase()} for ${ANSWER_TIMEOUT} ms`);
      } else if (
        state === 'connected' &&
        awaited.length === 0 &&
        now - Math.min(sentAt, receivedAt) >= keepalive * 750
      ) {
        // The server wants a packet within the interval (section 3.1.2.10), and delivery takes time: so at three
        // quarters of it. The client wants a sign of life too, even if it sent something itself, since QoS 0 is not
        // answered.
        send({ cmd: 'pingreq' }, 'pingresp');
      }
    },
    transportClosed() {
      if (state === 'connected') fail('closed', 'closed by broker');
      else fail('closed_before_connack', 'closed before CONNACK');
    },
    nextEvent() {
      for (let i = 0; i < PACKETS_A_CALL && events.length === 0 && state !== 'ended' && takeNext(); i++);
      return events.shift();
    },
  };
}
