import { duplexPair, type Duplex } from 'node:stream';
import { SimulatedBoard, type SimulatedBoardOptions } from '../../scripts/simulator/simulatedBoard.ts';

/** Statements that join the simulated board's own Wi-Fi and make what programs here need. */
export const JOIN = `
const { WiFi } = require('wifi'), net = require('net'), wifi = new WiFi();
const join = (then) => wifi.connect({ ssid: 'kitchen', password: 'correct horse', enforce: true }, then);
const alive = (fd) => { __netdev.write(fd, ''); return __netdev.errno === 0; };
const dial = (port, on = {}) => {
  const socket = new net.Socket();
  for (const event of ['connect', 'data', 'close']) socket.on(event, (value) => { console.log(port, event, value ? value.length : ''); if (on[event]) on[event](socket, value); });
  socket.connect({ host: 'host.example', port });
  return socket;
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
