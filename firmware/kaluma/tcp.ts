/**
 * A TCP connection on Kaluma's network device. `net.Socket` above it sends later, silently loses what does not fit, and
 * gives no sign when a connection is refused or reset.
 */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Transport } from '../connection.ts';
import { kaluma } from './globals.ts';
import { countReceived } from './heap.ts';
import { closeSocket, isAlive, openSocket } from './sockets.ts';

/** Bytes in one write: Kaluma puts two copies of them onto the C stack. */
const PIECE = 256;
/** Most pieces in a turn of the event loop: only between two turns lwIP sends them and frees memory. */
const PIECES_A_TURN = 4;

/**
 * Dials; blocks up to 3 s for the name.
 * @param onData receives each chunk, usually 1,460 B, in memory of lwIP's: copy it, do not keep it. It runs on top of
 * lwIP's stack, so it must not compute, and what it throws is lost.
 * @throws TransportError
 */
export function dialTcp(host: string, port: number, onData: (bytes: Uint8Array) => void): Transport {
  const device = kaluma.__netdev;
  let fd = openSocket('STREAM', host, port);
  let connected = false;
  let broken = false;
  let reason = '';
  const queue: Uint8Array[] = [];
  /** Bytes in `queue`. */
  let queued = 0;

  const end = (why: string): void => {
    const open = fd;
    fd = -1;
    if (reason === '') reason = why;
    if (open < 0) return;
    broken = true;
    // This calls close_cb, which finds `fd` and `reason` set and does nothing more.
    closeSocket(open);
  };

  // Kaluma never frees what these return, and passes read_cb an invalid second argument, so no rest parameters.
  Object.assign(device.get(fd) as object, {
    connect_cb() {
      connected = true;
    },
    read_cb(bytes: Uint8Array) {
      onData(bytes);
      countReceived(bytes.length);
    },
    close_cb() {
      // The peer's FIN, or our own end(). The descriptor is free already, and may belong to another socket.
      fd = -1;
      end('closed by the other side');
    },
  });

  return {
    reason: () => reason,
    isConnected: () => connected && fd >= 0,
    isBroken: () => broken,
    write(bytes) {
      if (fd < 0) return;
      queue.push(bytes);
      queued += bytes.length;
    },
    // Bytes left when the connection has ended are not waiting any more.
    waiting: () => (fd < 0 ? 0 : queued),
    flush() {
      for (let i = 0; i < PIECES_A_TURN && queue.length > 0 && fd >= 0; i++) {
        const bytes = queue[0];
        queued -= Math.min(PIECE, bytes.length);
        device.write(fd, toBinaryString(bytes.subarray(0, PIECE)));
        // Nothing is sent again: the bytes may have been queued before the call failed, and could arrive twice.
        if (device.errno !== 0) end('cannot send');
        if (bytes.length > PIECE) queue[0] = bytes.subarray(PIECE);
        else queue.shift();
      }
      return fd >= 0 && queue.length > 0;
    },
    probe() {
      if (fd >= 0 && !isAlive(fd)) end(connected ? 'reset' : 'refused');
    },
    close() {
      end('closed');
    },
  };
}
