/**
 * Splits the received bytes into packets (MQTT 3.1.1, section 2.2). A packet that lies within one portion is not copied;
 * one that spans several is assembled. A message that is too large for that is skipped as it arrives.
 */
import { toBinaryString } from '../bytes/encoding.ts';
import { DecodeError } from '../bytes/errors.ts';
import { packetLength } from './decode.ts';

/** Longest packet that is accepted, in bytes. */
export const MAXIMUM_PACKET = 4096;
/** Longest fixed header: the type and four bytes of Remaining Length. */
const MAXIMUM_HEADER = 5;
/** Number of characters of a skipped message's topic that are reported. */
const TOPIC_TOLD = 80;

/** A message that was skipped because it is too large. */
export interface PassedMessage {
  /** First byte of the packet, which has the QoS. */
  first: number;
  /** Length of the packet in bytes. */
  length: number;
  /** Beginning of the topic; characters other than printable ASCII are replaced by `?`. */
  topic: string;
  /** 0 with QoS 0. */
  messageId: number;
}

export interface PacketReader {
  /** Takes a portion and keeps it until it is used up; not to be called again while `isBusy()`. */
  push(bytes: Uint8Array): void;
  /** Whether part of the portion is left. */
  isBusy(): boolean;
  /** Number of bytes that are kept. */
  held(): number;
  /**
   * The next packet, which shares memory with the portion if it lies within it; null if its end has not come yet.
   * @throws DecodeError for a Remaining Length that is too long, and for a packet that is too large and not a PUBLISH
   */
  next(): Uint8Array | PassedMessage | null;
}

const NOTHING = new Uint8Array(0);

export function createPacketReader(): PacketReader {
  let portion: Uint8Array = NOTHING;
  let at = 0;
  /** The fixed header, as far as received. */
  const header = new Uint8Array(MAXIMUM_HEADER);
  let headerLength = 0;
  /** Length of the packet that has begun, 0 between two packets. */
  let length = 0;
  let filled = 0;
  /** The packet being assembled; null for one that is skipped. */
  let packet: Uint8Array | null = null;
  /** Length of the topic of a packet that is skipped, and the parts of its topic and packet identifier that have come. */
  let topicLength = 0;
  let topic = '';
  let messageId = 0;

  /** Releases a portion that is used up: the next one may be as long, and there is no room for both. */
  const release = (): void => {
    if (at < portion.length) return;
    portion = NOTHING;
    at = 0;
  };

  /** Reads more of the fixed header. @returns whether it is complete */
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

  /** Skips bytes of a PUBLISH, except for its topic and its packet identifier (section 3.3.2). */
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
        if (!readHeader()) {
          release();
          return null;
        }
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
      release();
      if (filled < length) return null;
      const whole = packet ?? { first: header[0], length, topic, messageId };
      length = headerLength = 0;
      packet = null;
      return whole;
    },
  };
}
