/**
 * An MQTT 3.1.1 client for one connection, without I/O: bytes of the transport and the time come in, bytes to send
 * and what happened come out through `nextEvent()`. A packet is looked at when everything before it has been taken, so
 * many small ones in one portion cost no more memory than one. After `failed` or `disconnected` the transport is to be
 * closed, and a new connection takes a new client.
 */
import { DecodeError } from '../bytes/errors.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { MqttError, refusal, type MqttProblem } from './errors.ts';
import { createPacketReader, type PassedMessage } from './packetReader.ts';
import type { ClientPacket, ConnectPacket, PublishPacket, ServerPacket } from './packets.ts';
import { type MqttTrace, traceReceived, traceSent } from './trace.ts';

/** How long a server may take to answer, in ms. */
const ANSWER_TIMEOUT = 20_000;
/** Packets looked at in one call of `nextEvent()`: those that mean nothing take the board 2 ms each, and 16 KB hold 8,000. */
const PACKETS_A_CALL = 64;
/** ms that it has at least, once all that was received before is worked on: until then the answer had to wait. */
const CAUGHT_UP_TIMEOUT = 5000;

export type MqttClientOptions = Pick<ConnectPacket, 'clientId' | 'will' | 'username' | 'password'> & {
  /** A server drops a client that was silent for 1.5 × this; AWS IoT takes 30 to 1200. */
  keepAliveSeconds: number;
  /** On the PC only. */
  trace?: MqttTrace;
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
  /** `payload` shares memory with what `receive()` was given. */
  | { type: 'message'; topic: string; payload: Uint8Array }
  /**
   * A message was too large, and passed over; with QoS 1 it is acknowledged all the same, for else it would come again
   * and again. `length` is its packet's.
   */
  | { type: 'skipped'; topic: string; length: number }
  | { type: 'failed'; error: MqttError }
  | { type: 'disconnected' };

export interface MqttClient {
  /**
   * The transport is open: sends CONNECT.
   * @param now ms on a clock that never goes back, as everywhere here
   * @throws as `encodePacket()` for options that CONNECT cannot carry
   */
  start(now: number): void;
  /**
   * Sends a message; with QoS 1 its `acknowledged` follows, or the connection fails. Only when connected.
   * @returns its message id, 0 with QoS 0
   * @throws MqttError ('usage') if not connected, and as `encodePacket()`
   */
  publish(message: Message): number;
  /**
   * Asks for the messages of a topic, or of all that a filter stands for, with QoS 1; `subscribed` follows. Only when connected.
   * @returns the message id
   * @throws MqttError ('usage') if not connected, and as `encodePacket()`
   */
  subscribe(topic: string): number;
  /** Says good-bye, so that the server drops the will (section 3.14). */
  disconnect(): void;
  /**
   * Takes what the transport received, in any portions. They are kept, not copied, until they are used up: change them no
   * more, and give it none while `isBusy()`.
   */
  receive(bytes: Uint8Array, now: number): void;
  /** Whether something is left of what was received, for `nextEvent()` to look at. */
  isBusy(): boolean;
  /** Bytes that are kept of what was received. */
  held(): number;
  /**
   * Lets time pass: sends PINGREQ, notices answers that are overdue. Wanted every second or so.
   * @param isBehind received bytes wait to be worked on: no answer is overdue, for it may be among them
   */
  tick(now: number, isBehind?: boolean): void;
  /** The transport ended, whoever closed it. */
  transportClosed(): void;
  /** What happened next; undefined if nothing did, and while `isBusy()` the call is to be repeated. */
  nextEvent(): MqttEvent | undefined;
}

/** An answer that the server owes. */
interface Awaited {
  cmd: ServerPacket['cmd'];
  /** 0 where the packet has none. */
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

  /** Sends a packet, and waits for the answer to it if there is one. */
  const send = (packet: ClientPacket, answer?: ServerPacket['cmd'], messageId = 0): number => {
    TRACE: traceSent(options.trace, (notes) => encodePacket(packet, notes));
    events.push({ type: 'transmit', bytes: encodePacket(packet) });
    sentAt = time;
    if (answer !== undefined) awaited.push({ cmd: answer, messageId, deadline: time + ANSWER_TIMEOUT });
    return messageId;
  };
  /** Strikes an answer off and reports it; one that nobody waits for says nothing. */
  const settle = (cmd: ServerPacket['cmd'], id: number, event?: MqttEvent): void => {
    const at = awaited.findIndex((answer) => answer.cmd === cmd && answer.messageId === id);
    if (at < 0) return;
    awaited.splice(at, 1);
    if (event !== undefined) events.push(event);
  };
  /** One that no packet in flight has, section 2.3.1; from the top down, because ids of the caller's count up. */
  const newMessageId = (): number => {
    do {
      lastMessageId = lastMessageId > 1 ? lastMessageId - 1 : 65535;
    } while (awaited.some(({ messageId }) => messageId === lastMessageId));
    return lastMessageId;
  };

  const take = (packet: ServerPacket): void => {
    const { cmd } = packet;
    // [MQTT-3.2.0-1]; a second one is as wrong as none.
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

  /** Takes the next packet out of what was received. @returns whether there was one */
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
      demand('connected');
      const messageId = message.qos === 0 ? 0 : (message.messageId ?? newMessageId());
      const packet: ClientPacket = { cmd: 'publish', dup: false, retain: false, ...message, messageId };
      return send(packet, messageId > 0 ? 'puback' : undefined, messageId);
    },
    subscribe(topic) {
      demand('connected');
      const messageId = newMessageId();
      return send({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] }, 'suback', messageId);
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
    tick(now, isBehind = false) {
      if (isBehind || packets.isBusy()) {
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
        // At three quarters: the server wants a packet within the interval (section 3.1.2.10), and the way takes time. And
        // the client a sign of life, though it may have sent: nobody answers QoS 0.
        send({ cmd: 'pingreq' }, 'pingresp');
      }
    },
    transportClosed() {
      if (state === 'connected') fail('closed', 'closed by broker: check policy, twin client id');
      else fail('closed_before_connack', 'closed before CONNACK: check policy, client id');
    },
    nextEvent() {
      for (let i = 0; i < PACKETS_A_CALL && events.length === 0 && state !== 'ended' && takeNext(); i++);
      return events.shift();
    },
  };
}
