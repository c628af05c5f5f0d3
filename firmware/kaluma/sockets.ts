/**
 * Descriptors of Kaluma's network device. lwIP frees a connection that was refused or reset, and Kaluma goes on
 * pointing to it: closing it then frees it a second time, and two connections later the board hangs for good (seen on
 * the real image). So a dead connection is abandoned instead, which needs a detour.
 */
import type { NetworkDevice } from './typings.ts';
import { kaluma } from './globals.ts';

/** No connection could be had, or it ended; the message says why. */
export class TransportError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TransportError';
  }
}

/** A descriptor that points to a connection which lwIP has freed; -1: there is none. */
let abandoned = -1;
/**
 * The last descriptors for which something may still be on its way: a FIN, or the answer to a question for a name. It
 * reaches whatever has the number by then: a FIN closes it.
 */
const recent: number[] = [];
const RECENT = 3;

function remember(fd: number): void {
  recent.push(fd);
  if (recent.length > RECENT) recent.shift();
}

/**
 * Takes a descriptor and connects it: for TCP the SYN is queued, for UDP the peer is set. Blocks up to 3 s for the name.
 * @throws TransportError if there is no Wi-Fi or the name does not resolve; no descriptor stays taken.
 */
export function openSocket(kind: 'STREAM' | 'DGRAM', host: string, port: number): number {
  const device = kaluma.__netdev;
  const taken: number[] = [];
  let fd = -1;
  try {
    if (abandoned >= 0) reclaim(device);
    do {
      fd = device.socket('AF_INET', kind);
      taken.push(fd);
    } while (recent.indexOf(fd) >= 0);
    taken.pop();
    for (const other of taken) device.close(other);
    device.connect(fd, host, port);
    if (device.errno === 0) return fd;
    throw new TransportError('no route');
  } catch (error) {
    // A name that does not resolve throws and leaves the descriptor taken.
    if (fd >= 0) {
      device.close(fd);
      remember(fd);
    }
    throw new TransportError((error as Error).message);
  }
}

/**
 * Whether lwIP still has the connection and can send on it; sends nothing. A refused or reset one gives no other sign.
 * Without Wi-Fi, one with something left to send looks the same.
 */
export function isAlive(fd: number): boolean {
  const device = kaluma.__netdev;
  device.write(fd, '');
  return device.errno === 0;
}

/** Closes a TCP descriptor or, if its connection is dead, marks it for being taken back. */
export function closeSocket(fd: number): void {
  const device = kaluma.__netdev;
  // Of a connection that is freed, or not open yet, lwIP refuses to shut down the sending side.
  device.shutdown(fd, 1);
  const isOpen = device.errno === 0;
  if (isOpen) remember(fd);
  if (isOpen || isAlive(fd)) {
    device.close(fd);
    return;
  }
  // The object of an abandoned descriptor is never freed: leave it empty (10 B).
  const socket = device.get(fd) as unknown as Record<string, unknown>;
  for (const name of Object.keys(socket)) delete socket[name];
  abandoned = fd;
}

/**
 * Takes the abandoned descriptor back, when no other is open: a new network object forgets them all, but not what they
 * point to; a UDP socket that takes the same place overwrites the pointer, and can be closed.
 */
function reclaim(device: NetworkDevice): void {
  new (kaluma.require('pico_cyw43').PicoCYW43Network)();
  const taken: number[] = [];
  while (taken.length <= abandoned) {
    const fd = device.socket('AF_INET', 'DGRAM');
    taken.push(fd);
    device.connect(fd, '127.0.0.1', 9);
  }
  for (const fd of taken) device.close(fd);
  abandoned = -1;
}
