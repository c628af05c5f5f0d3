/** Sends one datagram over UDP and collects the replies. Kaluma has no `dgram`, but its network device can do UDP. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Exchange } from '../timeSync.ts';
import { kaluma } from './globals.ts';
import { countReceived } from './heap.ts';
import { openSocket } from './sockets.ts';

/**
 * Sends a datagram of at most 256 bytes. If sending fails, no answer comes, and nothing else tells. Blocks up to 3 s for the
 * name.
 * @param accepts whether a datagram that comes is the answer. The first answer is kept and all other datagrams are ignored,
 * because anybody can send any number of them
 * @throws TransportError
 */
export function askUdp(
  host: string,
  port: number,
  question: Uint8Array,
  accepts: (datagram: Uint8Array) => boolean,
): Exchange {
  const device = kaluma.__netdev;
  let answer: Uint8Array | null = null;
  let fd = openSocket('DGRAM', host, port);
  Object.assign(device.get(fd) as object, {
    read_cb(bytes: Uint8Array) {
      if (answer === null && accepts(bytes)) answer = bytes.slice();
      countReceived(bytes.length);
    },
  });
  device.write(fd, toBinaryString(question));
  return {
    answer: () => answer,
    close() {
      if (fd >= 0) device.close(fd);
      fd = -1;
    },
  };
}
