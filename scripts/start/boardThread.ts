/**
 * The simulated board of `npm start`, in a thread of its own: it blocks as the real one does (30 s in search of a Wi-Fi
 * network that is gone), and neither the endpoint nor the page may stand still meanwhile.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { SimulatedBoard } from '../simulator/simulatedBoard.ts';

export interface BoardThreadData {
  program: string;
  accessPoint: { ssid: string; password: string };
  /** Where each connection of the board leads, on this machine. */
  port: number;
}

/** What the thread is asked for. */
export type BoardCommand = 'pull wifi' | 'give wifi back' | 'reset connection' | 'power cycle';

/** What it tells: text of the serial port; or what the real board would not survive, and then it ends. */
export type BoardMessage = { serial: string } | { violation: string };

/** Seconds between two looks at what is asked for. */
const LOOK_INTERVAL = 0.05;

const main = parentPort as MessagePort;
const { program, accessPoint, port } = workerData as BoardThreadData;
const tell = (message: BoardMessage): void => main.postMessage(message);

const board = new SimulatedBoard({
  program,
  clock: 'real',
  accessPoint,
  dial: () => ({ port }),
  onSerial: (serial) => tell({ serial }),
});

function obey(command: BoardCommand): void {
  if (command === 'pull wifi') board.faults.accessPointIsPresent = false;
  else if (command === 'give wifi back') board.faults.accessPointIsPresent = true;
  else if (command === 'reset connection') board.faults.cutConnections('reset');
  else board.powerCycle();
}

/** Runs in the middle of blocking calls too, where no event would arrive: so it looks by itself. */
function look(): void {
  // First, for a power cycle does not come back here.
  board.after(LOOK_INTERVAL, look);
  // A kitchen in fast motion: 3 °C up and down within two minutes.
  board.environment.celsius = 21.5 + 1.5 * Math.sin((2 * Math.PI * board.seconds) / 120);
  const received = receiveMessageOnPort(main) as { message: BoardCommand } | undefined;
  if (received !== undefined) obey(received.message);
}

look();
await board.runUntil(() => board.violations.length > 0, { limitSeconds: Infinity });
const [{ kind, message }] = board.violations;
tell({ violation: `${kind}: ${message}` });
