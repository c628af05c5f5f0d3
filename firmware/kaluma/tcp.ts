/**
 * A TCP connection over Kaluma's network device. `net.Socket` above it sends later, loses what does not fit without a
 * word and gives no sign of a refused or reset connection.
 */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import { kaluma } from './globals.ts';
import { closeSocket, isAlive, openSocket, TransportError } from './sockets.ts';

/** Bytes a write: Kaluma puts two copies of them onto the C stack. */
const PIECE = 256;
/** Pieces a turn of the event loop; in between lwIP sends them and frees memory that others came in. */
const PIECES_A_TURN = 4;

export class TcpConnection {
  state: 'connecting' | 'connected' | 'closed' = 'connecting';
  /** Why it is closed. */
  reason = '';
  private fd: number;
  private readonly queue: Uint8Array[] = [];
  /** How much of the first in the queue is sent. */
  private sent = 0;

  /**
   * Dials. Blocks up to 3 s for the name.
   * @param onData gets each chunk received, ≤ 1,460 B as a rule, in memory of lwIP's: to be copied, not kept. It runs on
   * top of lwIP's stack, so it must not compute, and must not throw.
   * @throws TransportError
   */
  constructor(host: string, port: number, onData: (bytes: Uint8Array) => void) {
    this.fd = openSocket('STREAM', host, port);
    const socket = kaluma.__netdev.get(this.fd);
    if (socket === undefined) throw new TransportError('no socket');
    // Kaluma never releases what these return, and hands read_cb a second argument that is none: no rest parameters.
    socket.connect_cb = () => {
      this.state = 'connected';
    };
    socket.read_cb = (bytes) => {
      onData(bytes);
    };
    socket.close_cb = () => {
      // The peer's FIN. The descriptor is free already, and the next socket's.
      this.fd = -1;
      this.end('closed by the other side');
    };
  }

  /** Queues bytes, which must not change until they are sent by `flush()`. */
  write(bytes: Uint8Array): void {
    this.queue.push(bytes);
  }

  /** Sends what a turn of the event loop may. */
  flush(): void {
    const device = kaluma.__netdev;
    for (let i = 0; i < PIECES_A_TURN && this.queue.length > 0 && this.state === 'connected'; i++) {
      const bytes = this.queue[0];
      device.write(this.fd, toBinaryString(bytes.subarray(this.sent, this.sent + PIECE)));
      // It may have been queued before it failed: sent again, it could arrive twice.
      if (device.errno !== 0) this.fail('cannot send');
      this.sent += PIECE;
      if (this.sent >= bytes.length) {
        this.queue.shift();
        this.sent = 0;
      }
    }
  }

  /** Whether all that was written is handed to lwIP. */
  get flushed(): boolean {
    return this.queue.length === 0;
  }

  /** Notices a connection that was refused or reset, of which lwIP does not tell. Wanted some times a second. */
  probe(): void {
    if (this.fd >= 0 && !isAlive(this.fd)) {
      this.fail(this.state === 'connecting' ? 'refused' : 'reset');
    }
  }

  /** Sends a FIN behind what is sent, and frees the descriptor. */
  close(): void {
    this.fail('closed');
  }

  private fail(reason: string): void {
    const { fd } = this;
    this.fd = -1;
    this.end(reason);
    if (fd >= 0) closeSocket(fd);
  }

  private end(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.reason = reason;
  }
}
