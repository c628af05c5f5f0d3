/** Checks a board on USB over Kaluma's prompt: version, kind of board, flash, sensors. This restarts its program. */
import { PROGRAM_AREA } from '../image/uf2.ts';
import { UserError } from '../lib/cli.ts';
import { LineClosedError, type SerialLine } from '../serial/line.ts';
import { Prompt } from '../serial/prompt.ts';
import { describeRecords, goOnWithTrial, readRecords } from './records.ts';
import { askSensors } from './sensors.ts';
import { HopError, type Passed, type Walk } from './walk.ts';

/** The only release, and the only board, that this project is measured on. */
const VERSION = '1.2.1';
const BOARD = 'pico-w';
const ATTEMPTS = 3;

/** Finds, opens and reopens the port. */
export interface Ports {
  find(): Promise<string>;
  open(path: string): Promise<SerialLine>;
  /** Opens the port again after a reset of the board. */
  reopen(path: string): Promise<SerialLine>;
}

/** @throws HopError or UserError of the hop that failed */
export async function checkBoard(walk: Walk, ports: Ports): Promise<void> {
  let line = await walk.hop('port', async () => {
    const found = await ports.open(await ports.find());
    return { value: found, detail: found.path };
  });
  try {
    const { prompt, records } = await walk.hop('prompt', async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          const prompt = new Prompt(line);
          await prompt.stopProgram();
          const records = await readRecords(prompt);
          await goOnWithTrial(prompt, records);
          return { value: { prompt, records }, detail: 'it answers; its program is stopped' };
        } catch (error) {
          // If the board's watchdog is armed, it resets the board once after the program was stopped.
          if (!(error instanceof LineClosedError)) throw error;
          if (attempt === ATTEMPTS) throw new UserError(`${line.path} keeps disappearing; is the cable loose?`);
          line = await ports.reopen(line.path);
        }
      }
    });
    const ask = (command: string): Promise<string> => answer(prompt, command, line);
    await walk.hop('Kaluma', async () => checkVersion(await ask('.hi')));
    await walk.hop('board', async () => checkKind(await ask('board.name')));
    await walk.hop('radio', async () => checkRadio(await ask('typeof __ieee80211dev')));
    const length = await walk.hop('flash', async () => checkFlash(await ask('.flash -t'), await ask('.flash -s')));
    const newest = await walk.hop('update', () => Promise.resolve(describeRecords(records)));
    try {
      if (length === 0) walk.skip('sensors', 'there is no program that could ask them');
      else if (newest === 'trial')
        walk.skip('sensors', 'an update is on trial, and another start would count against it');
      else await walk.hop('sensors', () => meanwhile(line, askSensors(prompt)));
    } finally {
      await restart(prompt);
    }
  } finally {
    await line.close();
  }
}

function answer(prompt: Prompt, command: string, line: SerialLine): Promise<string> {
  return meanwhile(line, prompt.command(command));
}

/** @throws UserError if the port disappears before the answer has come */
async function meanwhile<T>({ path }: SerialLine, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LineClosedError) throw new UserError(`${path} disappeared meanwhile; try again`);
    throw error;
  }
}

/** Lets the program begin anew, with a chip that was reset. */
async function restart(prompt: Prompt): Promise<void> {
  try {
    await prompt.stopProgram();
    await prompt.reboot();
  } catch (error) {
    // The board's watchdog was faster, or the cable was pulled; a hop has reported that.
    if (!(error instanceof LineClosedError)) throw error;
  }
}

function checkVersion(welcome: string): Passed<void> {
  const version = /Kaluma v(\d+\.\d+\.\d+\S*)/.exec(welcome)?.[1];
  if (version === VERSION) return { value: undefined, detail: version };
  throw new HopError(`found ${version ?? 'no version'}, wanted ${VERSION}`, [
    `another release is on the board: hold BOOTSEL while plugging it in and drop kaluma-rp2-pico-w-${VERSION}.uf2 on it`,
  ]);
}

function checkKind(printed: string): Passed<void> {
  const name = /'([^']*)'/.exec(printed)?.[1];
  if (name === BOARD) return { value: undefined, detail: name };
  throw new HopError(`found ${name ?? 'no name'}, wanted ${BOARD}`, [
    `it has Kaluma for another board: drop kaluma-rp2-pico-w-${VERSION}.uf2 on it in BOOTSEL mode`,
    'the board is not a Pico W: a Pico has no Wi-Fi, and the program is not made for a Pico 2',
  ]);
}

/** Kaluma for the Pico W starts on other boards too. It provides its Wi-Fi driver only if the radio has answered. */
function checkRadio(printed: string): Passed<void> {
  if (printed.includes('object')) return { value: undefined, detail: 'the CYW43439 answers' };
  throw new HopError('the CYW43439, the radio of a Pico W, does not answer', [
    'the board is an imitation: some boards sold as "Pico W" have an ESP8285 as radio, which Kaluma does not support',
    'the radio had no power at the start: unplug the board for 10 s',
  ]);
}

/** @returns the length of the program, in bytes */
function checkFlash(total: string, used: string): Passed<number> {
  const [size, length] = [total, used].map((text) => (/^\d+$/.test(text.trim()) ? Number(text) : NaN));
  if (size !== PROGRAM_AREA.size || !(length <= size)) {
    const found = `${used.trim()} of ${total.trim()}`;
    throw new HopError(`found ${found} bytes in use by a program, wanted at most ${PROGRAM_AREA.size} of as many`, [
      'the Kaluma on it was built with another layout of the flash',
    ]);
  }
  const program = length === 0 ? 'no program' : `a program of ${length} bytes`;
  return { value: length, detail: `${program}, ${size - length} of ${size} bytes free` };
}
