/**
 * Finds packets in what the transport receives (MQTT 3.1.1, section 2.2). A packet that lies in one portion is not copied,
 * one that does not is put together; a message that is too large for that is passed over as it comes.
 */
import { toBinaryString } from '../bytes/encoding.ts';
import { DecodeError } from '../bytes/errors.ts';
import { packetLength } from './decode.ts';

/** Most bytes of a packet that is taken. */
export const MAXIMUM_PACKET = 4096;
/** Most bytes of a fixed header: the type, and four of the Remaining Length. */
const MAXIMUM_HEADER = 5;
/** Bytes of a topic that are told of a message that was passed over. */
const TOPIC_TOLD = 80;

/** A message that was too large. */
export interface PassedMessage {
  /** First byte of the packet. */
  first: number;
  /** Of the packet, in bytes. */
  length: number;
  /** Its beginning; what is not printable ASCII as `?`. */
  topic: string;
  /** 0 with QoS 0. */
  messageId: number;
}

export interface PacketReader {
  /** Takes a portion, which is kept until it is used up: no other before `isBusy()` is over. */
  push(bytes: Uint8Array): void;
  /** Whether something is left of the portion. */
  isBusy(): boolean;
  /** Bytes that are kept. */
  held(): number;
  /**
   * The next packet, which shares memory with the portion if it lies in one; null if its end has not come.
   * @throws DecodeError for a Remaining Length that goes on too long, and for a packet that is too large and no PUBLISH
   */
  next(): Uint8Array | PassedMessage | null;
}

export function createPacketReader(): PacketReader {
  let portion: Uint8Array = new Uint8Array(0);
  let at = 0;
  /** The fixed header, as far as it has come. */
  const header = new Uint8Array(MAXIMUM_HEADER);
  let headerLength = 0;
  /** Length of the packet that has begun, 0 between two; bytes of it that have come. */
  let length = 0;
  let filled = 0;
  /** Where it is put together; null for one that is passed over. */
  let packet: Uint8Array | null = null;
  /** Length of the topic, and what has come of it and of the packet identifier behind it, of one that is passed over. */
  let topicLength = 0;
  let topic = '';
  let messageId = 0;

  /** Reads on in the fixed header. @returns whether all of it has come */
  const readHeader = (): boolean => {
    while (at < portion.length) {
      header[headerLength] = portion[at];
      headerLength += 1;
      at += 1;
      length = packetLength(header.subarray(0, headerLength));
      if (length > 0) return true;
    }
    return false;
  };

  /** Passes over what has come of a PUBLISH, but for its topic and its packet identifier (section 3.3.2). */
  const pass = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) {
      const place = filled + i - headerLength;
      const behind = place - 2 - topicLength;
      if (place < 2) topicLength = topicLength * 256 + bytes[i];
      else if (behind < 0) {
        if (topic.length < TOPIC_TOLD) topic += toBinaryString(bytes.subarray(i, i + 1)).replace(/[^ -~]/, '?');
      } else if (behind < 2 && (header[0] & 6) !== 0) messageId = messageId * 256 + bytes[i];
      else break;
    }
  };

  return {
    push(bytes) {
      portion = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      at = 0;
    },
    isBusy: () => at < portion.length,
    held: () => portion.length - at + (packet === null ? 0 : packet.length),
    next() {
      if (length === 0) {
        if (!readHeader()) return null;
        if (length > MAXIMUM_PACKET) {
          if (header[0] >> 4 !== 3) throw new DecodeError(`packet of ${length} B, at most ${MAXIMUM_PACKET} wanted`);
          topicLength = messageId = 0;
          topic = '';
        } else if (at >= headerLength && at - headerLength + length <= portion.length) {
          packet = portion.subarray(at - headerLength, at - headerLength + length);
        } else {
          packet = new Uint8Array(length);
          packet.set(header.subarray(0, headerLength));
        }
        filled = headerLength;
      }
      const bytes = portion.subarray(at, at + length - filled);
      if (packet === null) pass(bytes);
      else if (packet.buffer !== portion.buffer) packet.set(bytes, filled);
      at += bytes.length;
      filled += bytes.length;
      if (filled < length) return null;
      const whole = packet ?? { first: header[0], length, topic, messageId };
      length = headerLength = 0;
      packet = null;
      return whole;
    },
  };
}
