/**
 * An update that a client of the broker offers: the board asks for blocks on its reply topic, and they come on its command
 * topic: a NUL, the update's id, the block's place in the file with its high byte first, and its bytes.
 */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Channel } from './channel.ts';

/** Bytes of a message in front of the block's. */
const MESSAGE_HEADER = 13;

/** @param topic the topic on which the board answers; null if it has none */
export function brokerChannel(id: string, topic: string | null): Channel {
  return {
    say(outlet, said) {
      // The client that offers the update may only be slow; it will offer it again.
      if (topic === null || said.what === 'no answer') return;
      const answer =
        said.what === 'request'
          ? { ok: true, offset: said.offset, length: said.length }
          : said.what === 'refused'
            ? { ok: false, error: said.why }
            : { ok: true, state: 'installed' };
      outlet.publish({ topic, payload: JSON.stringify({ command: 'update', id, ...answer }), qos: 0 });
    },
  };
}

/** @param take gets the content of a message with a block */
export function readBlock(message: Uint8Array, take: (id: string, offset: number, bytes: Uint8Array) => void): void {
  const offset = ((message[9] << 24) | (message[10] << 16) | (message[11] << 8) | message[12]) >>> 0;
  take(toBinaryString(message.subarray(1, 9)), offset, message.slice(MESSAGE_HEADER));
}
