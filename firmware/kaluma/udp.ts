/** One question over UDP, with what comes back; Kaluma has no `dgram`, but its network device does UDP. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import { kaluma } from './globals.ts';
import { openSocket, TransportError } from './sockets.ts';

export class UdpExchange {
  /** Datagrams received, copied. */
  readonly received: Uint8Array[] = [];
  private fd: number;

  /**
   * Sends a datagram of at most 256 bytes. Blocks up to 3 s for the name.
   * @throws TransportError
   */
  constructor(host: string, port: number, question: Uint8Array) {
    this.fd = openSocket('DGRAM', host, port);
    const device = kaluma.__netdev;
    const socket = device.get(this.fd);
    if (socket !== undefined) {
      socket.read_cb = (bytes) => {
        // Only so many: nobody says how many come.
        if (this.received.length < 4) this.received.push(bytes.slice());
      };
    }
    device.write(this.fd, toBinaryString(question));
    if (device.errno !== 0) {
      this.close();
      throw new TransportError('cannot send');
    }
  }

  /** Frees the descriptor; may be called again. */
  close(): void {
    if (this.fd >= 0) kaluma.__netdev.close(this.fd);
    this.fd = -1;
  }
}
