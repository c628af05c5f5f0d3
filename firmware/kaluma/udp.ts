/** One question over UDP, and what comes back; Kaluma has no `dgram`, but its network device does UDP. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Exchange } from '../timeSync.ts';
import { kaluma } from './globals.ts';
import { openSocket } from './sockets.ts';

/** Datagrams that are kept; nobody says how many come. */
const MAXIMUM = 4;

/**
 * Sends a datagram of at most 256 bytes; one that is not sent is not answered, and that is all. Blocks up to 3 s for
 * the name.
 * @throws TransportError
 */
export function askUdp(host: string, port: number, question: Uint8Array): Exchange {
  const device = kaluma.__netdev;
  const received: Uint8Array[] = [];
  let fd = openSocket('DGRAM', host, port);
  Object.assign(device.get(fd) as object, {
    read_cb(bytes: Uint8Array) {
      if (received.length < MAXIMUM) received.push(bytes.slice());
    },
  });
  device.write(fd, toBinaryString(question));
  return {
    received,
    close() {
      if (fd >= 0) device.close(fd);
      fd = -1;
    },
  };
}
