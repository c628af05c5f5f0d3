/**
 * Descriptors of Kaluma's network device. lwIP frees a connection that was refused or reset, but Kaluma keeps its pointer
 * to it. Closing the descriptor would free the connection a second time, and two connections later the board hangs
 * for good (seen on the real image). So a dead connection's descriptor is not closed but abandoned, and taken back
 * later.
 */
import type { NetworkDevice } from './typings.ts';
import { kaluma } from './globals.ts';

/** A connection could not be made, or has ended; the message says why. */
export class TransportError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TransportError';
  }
}

/** A descriptor that points to a connection which lwIP has freed; -1 if there is none. */
let abandoned = -1;
/**
 * The last descriptors that were closed. A FIN, or the answer to a DNS query, may still be on its way for them, and would
 * reach whatever has the same descriptor by then: a FIN closes it.
 */
const recent: number[] = [];
const RECENT = 3;

function remember(fd: number): void {
  recent.push(fd);
  if (recent.length > RECENT) recent.shift();
}

/**
 * Opens a descriptor and connects it: for TCP the SYN is queued, for UDP the peer is set. Blocks up to 3 s for the name.
 * @throws TransportError if there is no Wi-Fi or the name does not resolve; no descriptor stays open then
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
    // Connecting to a name that does not resolve throws, and leaves the descriptor open.
    if (fd >= 0) {
      device.close(fd);
      remember(fd);
    }
    throw new TransportError((error as Error).message);
  }
}

/**
 * Whether lwIP still has the connection and can send on it; sends nothing. A refused or reset connection gives no other
 * sign. Without Wi-Fi, a connection with unsent data looks dead too.
 */
export function isAlive(fd: number): boolean {
  const device = kaluma.__netdev;
  device.write(fd, '');
  return device.errno === 0;
}

/** Closes a TCP descriptor or, if its connection is dead, marks it as abandoned. */
export function closeSocket(fd: number): void {
  const device = kaluma.__netdev;
  // lwIP refuses to shut down a connection that is freed or not open yet.
  device.shutdown(fd, 1);
  const isOpen = device.errno === 0;
  if (isOpen) remember(fd);
  if (isOpen || isAlive(fd)) {
    device.close(fd);
    return;
  }
  // The object of an abandoned descriptor is never freed, so it is emptied (10 B).
  const socket = device.get(fd) as unknown as Record<string, unknown>;
  for (const name of Object.keys(socket)) delete socket[name];
  abandoned = fd;
}

/**
 * Takes the abandoned descriptor back; only while no other is open. A new network object forgets all descriptors, but
 * keeps their pointers. A UDP socket that gets the same descriptor overwrites the pointer, and can be closed.
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
