/**
 * The simulated board of `npm start`, in a thread of its own, because it blocks as the real one does (30 s if it
 * looks for a missing Wi-Fi network), and endpoint and page must go on meanwhile.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { SimulatedBoard } from '../simulator/simulatedBoard.ts';

export interface BoardThreadData {
  program: string;
  accessPoint: { ssid: string; password: string };
  /** The port on this machine to which all connections of the board lead. */
  port: number;
}

/** The commands to the thread. */
export type BoardCommand = 'pull wifi' | 'give wifi back' | 'reset connection' | 'power cycle';

/** The thread's messages: text of the serial port, or what the real board would not survive; then the thread ends. */
export type BoardMessage = { serial: string } | { violation: string };

/** Seconds between two checks for commands. */
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

/** Checks for commands itself, because it is also called during blocking calls, when no event would arrive. */
function look(): void {
  // Scheduled first, because a power cycle does not return here.
  board.after(LOOK_INTERVAL, look);
  // The temperature of a kitchen in fast motion: 3 °C up and down within two minutes.
  board.environment.celsius = 21.5 + 1.5 * Math.sin((2 * Math.PI * board.seconds) / 120);
  const received = receiveMessageOnPort(main) as { message: BoardCommand } | undefined;
  if (received !== undefined) obey(received.message);
}

look();
await board.runUntil(() => board.violations.length > 0, { limitSeconds: Infinity });
const [{ kind, message }] = board.violations;
tell({ violation: `${kind}: ${message}` });
