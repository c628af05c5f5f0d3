/** The board's USB serial port: finding it, opening it, and saying in words why it cannot be had. */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { UserError } from '../lib/cli.ts';
import type { SerialLine } from './line.ts';

/** Raspberry Pi's USB vendor id. */
const VENDOR = '2e8a';
/** USB ignores it, but the driver wants one. */
const BAUD_RATE = 115_200;
/** ms between two looks at whether the port is still there. */
const LOOK_INTERVAL = 250;
/** ms between two looks for a board that is not there yet. */
const AWAIT_INTERVAL = 500;

/** No board is connected, or not yet. */
class NoBoardError extends UserError {}

/** The one board's port, or the given one. @throws UserError if there is none, or more than one to choose from */
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

/** The same, waiting for a board if there is none. @returns null if `signal` ends the wait */
export async function awaitPort(
  given: string | undefined,
  signal: AbortSignal,
  onWait: (why: string) => void,
): Promise<string | null> {
  for (let isTold = false; !signal.aborted; isTold = true) {
    try {
      const path = await findPort(given);
      // Windows' ports are no files.
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

/** What a person can do on this system if no board shows up. */
export function noBoardHint(platform: NodeJS.Platform, wsl: boolean): string {
  if (wsl) {
    return '. WSL sees no USB by itself: usbipd list, then usbipd attach --wsl --busid N, in PowerShell as administrator';
  }
  if (platform === 'darwin')
    return '. On macOS its port is /dev/cu.usbmodem…, and a hub may not be let in: see System Settings, Privacy & Security';
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
    // On Linux it asks udevadm, which not every machine has.
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`this PC does not say which ports it has (${why}); name the board's, such as /dev/ttyACM0`);
  }
}

/** @throws UserError for a port that is missing, busy (naming who holds it) or not permitted */
export async function openPort(path: string): Promise<SerialLine> {
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise<void>((done, fail) =>
    port.open((error) => (error === null ? done() : fail(new UserError(openProblem(path, error))))),
  );
  let onClose = (): void => undefined;
  /** Ends the wait for a write that a vanished port never reports. */
  let giveUp = (): void => undefined;
  const stopLooking = closeWhenGone(port);
  port.on('close', () => {
    stopLooking();
    giveUp();
    onClose();
  });
  // Without a listener an unplugged cable would end the process.
  port.on('error', () => undefined);
  return {
    path,
    write: (bytes) =>
      new Promise((done) => {
        // A port that is gone says so by its close event, which readers wait for.
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
 * Closes a port whose device is gone, or another one under the same name. serialport 13 misses one hang-up in some sixty
 * on Linux: reads then give 0 bytes for ever, and serialport goes on waiting.
 * @returns what ends the watch
 */
function closeWhenGone(port: SerialPort): () => void {
  // Windows' ports are no files.
  const device = (): number | undefined => statSync(port.path, { throwIfNoEntry: false })?.rdev;
  const opened = process.platform === 'win32' ? undefined : device();
  if (opened === undefined) return () => undefined;
  const timer = setInterval(() => device() !== opened && port.isOpen && port.close(() => undefined), LOOK_INTERVAL);
  return () => clearInterval(timer);
}

/** Opens a port that has just gone away, as soon as it is back; gives up after `ms`. */
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

/** @param holder the programs that have the port open, if they are known */
export function describeOpenProblem(
  path: string,
  message: string,
  holder: string | null,
  platform: NodeJS.Platform,
): string {
  if (/ioctl|ENOTTY|not a typewriter|invalid argument|custom baud/i.test(message)) {
    return `${path} is no serial port; leave --port out to have the board found`;
  }
  if (/lock|busy|access denied/i.test(message)) {
    const other = platform === 'win32' ? 'another program, such as a serial monitor,' : 'another program';
    const advice = holder?.includes('ModemManager')
      ? 'it lets go within a minute, or for good after: sudo systemctl disable --now ModemManager'
      : 'close that first';
    return `${path} is busy: ${holder ?? other} holds it; ${advice}`;
  }
  if (/permission/i.test(message))
    return `${path}: permission denied; on Linux: sudo usermod -aG dialout $USER (on Arch uucp), then log in again`;
  if (/no such file|not found|cannot find/i.test(message)) return `${path}: no such port; is the board connected?`;
  return `${path} cannot be opened: ${message}`;
}

/** Names the processes that have a device open, by /proc; null on other systems, and if none is found. */
function holderOf(path: string): string | null {
  try {
    const device = realpathSync(path);
    const holders: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      try {
        const open = readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === device);
        if (open) holders.push(`${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`);
      } catch {
        continue; // it ended meanwhile, or is not ours to look at
      }
    }
    return holders.length > 0 ? holders.join(' and ') : null;
  } catch {
    return null;
  }
}
