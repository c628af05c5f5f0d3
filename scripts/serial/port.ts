/** Finds and opens the board's USB serial port, and explains why it cannot be opened. */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { UserError } from '../lib/cli.ts';
import type { SerialLine } from './line.ts';

/** Raspberry Pi's USB vendor id. */
const VENDOR = '2e8a';
/** USB ignores the value, but the driver needs one. */
const BAUD_RATE = 115_200;
/** ms between two checks whether the port still exists. */
const LOOK_INTERVAL = 250;
/** ms between two searches for a board that is not connected yet. */
const AWAIT_INTERVAL = 500;

/** No board is connected, or none yet. */
class NoBoardError extends UserError {}

/** The given port, or that of the only board. @throws UserError if there is none, or more than one */
export async function findPort(given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const ports = await listPorts();
  const boards = ports.filter(({ vendorId }) => vendorId?.toLowerCase() === VENDOR);
  if (boards.length === 1) return boards[0].path;
  if (boards.length > 1) {
    throw new UserError(
      `several boards are connected: ${boards.map(({ path }) => path).join(', ')}; choose one with --port`,
    );
  }
  throw new NoBoardError(
    `no board found on USB (vendor ${VENDOR}); use a cable that carries data, and put Kaluma 1.2.1 on the board first` +
      noBoardHint(process.platform, isWsl()),
  );
}

/** Finds a port like `findPort()`, but waits for a board if there is none. @returns null if `signal` ends the wait */
export async function awaitPort(
  given: string | undefined,
  signal: AbortSignal,
  onWait: (why: string) => void,
): Promise<string | null> {
  for (let isTold = false; !signal.aborted; isTold = true) {
    try {
      const path = await findPort(given);
      // On Windows ports are not files.
      if (given === undefined || process.platform === 'win32' || existsSync(path)) return path;
      throw new NoBoardError(`${path} is not there`);
    } catch (error) {
      if (!(error instanceof NoBoardError)) throw error;
      if (!isTold) onWait(error.message);
    }
    await new Promise((done) => setTimeout(done, AWAIT_INTERVAL));
  }
  return null;
}

/** Advice for this system if no board is found. */
export function noBoardHint(platform: NodeJS.Platform, wsl: boolean): string {
  if (wsl) {
    return '. WSL does not see USB devices by itself: usbipd list, then usbipd attach --wsl --busid N, in PowerShell as administrator';
  }
  if (platform === 'darwin')
    return '. On macOS its port is /dev/cu.usbmodem…, and a USB hub may need permission: see System Settings, Privacy & Security';
  if (platform === 'win32') return '. On Windows it is a COM port in the Device Manager, under Ports';
  return '';
}

function isWsl(): boolean {
  try {
    return /microsoft/i.test(readFileSync('/proc/version', 'utf8'));
  } catch {
    return false;
  }
}

async function listPorts(): Promise<{ path: string; vendorId?: string }[]> {
  try {
    return (await SerialPort.list()) as { path: string; vendorId?: string }[];
  } catch (error) {
    // On Linux the package runs udevadm, which some machines do not have.
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the ports of this PC cannot be listed (${why}); name the board's, such as /dev/ttyACM0`);
  }
}

/** @throws UserError for a port that is missing, busy (naming the program that uses it) or not permitted */
export async function openPort(path: string): Promise<SerialLine> {
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise<void>((done, fail) =>
    port.open((error) => (error === null ? done() : fail(new UserError(openProblem(path, error))))),
  );
  let onClose = (): void => undefined;
  /** Ends the wait for a write, because a port that has vanished never reports it. */
  let giveUp = (): void => undefined;
  const stopLooking = closeWhenGone(port);
  port.on('close', () => {
    stopLooking();
    giveUp();
    onClose();
  });
  // Without a listener, unplugging the cable would end the process.
  port.on('error', () => undefined);
  return {
    path,
    write: (bytes) =>
      new Promise((done) => {
        // If the port is gone, its close event follows, and readers wait for that.
        if (!port.isOpen) return done();
        giveUp = done;
        port.write(bytes, () => port.drain(() => done()));
      }),
    onData: (listener) => void port.removeAllListeners('data').on('data', listener),
    onClose: (listener) => (onClose = listener),
    close: () => new Promise((done) => (port.isOpen ? port.close(() => done()) : done())),
  };
}

/**
 * Closes a port whose device is gone, or is another device with the same name. On Linux serialport 13 misses about one
 * hang-up in sixty: reads then return 0 bytes for ever, and serialport keeps waiting.
 * @returns a function that ends the check
 */
function closeWhenGone(port: SerialPort): () => void {
  // On Windows ports are not files.
  const device = (): number | undefined => statSync(port.path, { throwIfNoEntry: false })?.rdev;
  const opened = process.platform === 'win32' ? undefined : device();
  if (opened === undefined) return () => undefined;
  const timer = setInterval(() => device() !== opened && port.isOpen && port.close(() => undefined), LOOK_INTERVAL);
  return () => clearInterval(timer);
}

/** Opens a port that has just disappeared as soon as it is back; gives up after `ms`. */
export async function reopenPort(path: string, ms: number): Promise<SerialLine> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      return await openPort(path);
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

function openProblem(path: string, { message }: Error): string {
  return describeOpenProblem(path, message, holderOf(path), process.platform);
}

/** @param holder the programs that have the port open, if known */
export function describeOpenProblem(
  path: string,
  message: string,
  holder: string | null,
  platform: NodeJS.Platform,
): string {
  if (/ioctl|ENOTTY|not a typewriter|invalid argument|custom baud/i.test(message)) {
    return `${path} is not a serial port; without --port the board is found by itself`;
  }
  if (/lock|busy|access denied/i.test(message)) {
    const other = platform === 'win32' ? 'another program, such as a serial monitor,' : 'another program';
    const advice = holder?.includes('ModemManager')
      ? 'it releases the port within a minute, or for good after: sudo systemctl disable --now ModemManager'
      : 'close that first';
    return `${path} is busy: ${holder ?? other} uses it; ${advice}`;
  }
  if (/permission/i.test(message))
    return `${path}: permission denied; on Linux: sudo usermod -aG dialout $USER (on Arch uucp), then log in again`;
  if (/no such file|not found|cannot find/i.test(message)) return `${path}: no such port; is the board connected?`;
  return `${path} cannot be opened: ${message}`;
}

/** Names the processes that have a device open, from /proc; null if none is found, and on other systems. */
function holderOf(path: string): string | null {
  try {
    const device = realpathSync(path);
    const holders: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      try {
        const open = readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === device);
        if (open) holders.push(`${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`);
      } catch {
        continue; // The process has ended, or belongs to another user.
      }
    }
    return holders.length > 0 ? holders.join(' and ') : null;
  } catch {
    return null;
  }
}
