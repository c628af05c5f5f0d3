import { duplexPair, type Duplex } from 'node:stream';
import { SimulatedBoard, type SimulatedBoardOptions } from '../../scripts/simulator/simulatedBoard.ts';

/** Statements that join the simulated board's own Wi-Fi and make what programs here need. */
export const JOIN = `
const join = (then) => __ieee80211dev.connect({ ssid: 'kitchen', password: 'correct horse' }, then);
const alive = (fd) => { __netdev.write(fd, ''); return __netdev.errno === 0; };
const dial = (port, on = {}) => {
  const fd = __netdev.socket('AF_INET', 'STREAM');
  const tell = (event) => (value) => { console.log(port, event, event === 'data' ? value.length : ''); if (on[event]) on[event](fd, value); };
  Object.assign(__netdev.get(fd), { connect_cb: tell('connect'), read_cb: tell('data'), close_cb: tell('close') });
  __netdev.connect(fd, 'host.example', port);
  return fd;
};
join();
`;

/** A board with the virtual clock, and the far ends of its connections in the order in which they were dialled. */
export function makeBoard(
  program: string,
  options: Partial<SimulatedBoardOptions> = {},
): { board: SimulatedBoard; peers: Duplex[]; lines: () => string[] } {
  const peers: Duplex[] = [];
  const board = new SimulatedBoard({
    program,
    clock: 'virtual',
    dial: () => {
      const [near, far] = duplexPair();
      far.on('error', () => undefined);
      peers.push(far);
      return near;
    },
    ...options,
  });
  return { board, peers, lines: () => board.serial.split('\n').slice(0, -1) };
}

/** All that a peer has received and not yet read. Since Node 26, `read()` gives one piece of it at a time. */
export function textOf(peer: Duplex): string {
  let text = '';
  for (let piece = peer.read() as Buffer | null; piece !== null; piece = peer.read() as Buffer | null) {
    text += piece.toString('latin1');
  }
  return text;
}
