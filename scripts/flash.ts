/** `npm run flash`: writes the program to a connected board over USB, checks it, and starts it. */
import { readFileSync } from 'node:fs';
import type { Console } from './lib/console.ts';
import { SECTOR, SETTINGS_SECTOR } from '../firmware/layout.ts';
import { DEFAULT_BOARD_FILE } from './config/config.ts';
import { confirm } from './lib/ask.ts';
import { programOf } from './lib/boardPaths.ts';
import { defineCommand, interruption, main, systemProblem, UserError } from './lib/cli.ts';
import { parseForEngine } from './kaluma/language.ts';
import { PROGRAM_AREA } from './image/uf2.ts';
import { LineClosedError } from './serial/line.ts';
import { monitor } from './serial/monitor.ts';
import { findPort, openPort, reopenPort } from './serial/port.ts';
import { positionMapper } from './serial/positions.ts';
import { Prompt } from './serial/prompt.ts';

/** ms within which a board is back on USB after a reset. */
const REBOOT = 15_000;
/** ms within which a reset makes its port disappear. */
const RESET = 1_000;

await main(
  defineCommand({
    name: 'npm run flash --',
    summary: [
      'Writes the program to a connected board over USB, reads it back, and restarts the board. It asks before it',
      'replaces the program of a board that has another name.',
    ].join('\n'),
    options: {
      board: { type: 'string', value: 'FILE', description: 'config of the board', default: DEFAULT_BOARD_FILE },
      port: { type: 'string', value: 'PORT', description: 'serial port (default: the one board that is connected)' },
      program: {
        type: 'string',
        value: 'FILE',
        description: 'the result of npm run build (default: program.js in dist/ and the name of the board)',
      },
      yes: { type: 'boolean', description: 'do not ask, whichever board it is' },
      monitor: { type: 'boolean', description: "then show the board's log" },
    },
    examples: ['npm run flash', 'npm run flash -- --port /dev/ttyACM1 --monitor'],
    async run({ options, console }) {
      const program = options.program ?? programOf(options.board);
      const code = readProgram(program);
      const thing = thingIn(code);
      const path = await findPort(options.port);
      await flash(path, code, console, async (found) => {
        if (found === null || found === thing || thing === null || options.yes) return;
        const question = `The board at ${path} is ${found}. Make it ${thing}?`;
        const isAsked = process.stdin.isTTY && console.interactive;
        if (isAsked && (await confirm(question))) return;
        throw new UserError(`the board at ${path} is ${found}, the program is ${thing}'s; --yes writes it anyway`);
      });
      console.line(`${program} is on the board at ${path} (${code.length} bytes, read back and equal); it restarts`);
      if (options.monitor) {
        const mapPositions = positionMapper(program);
        await monitor({ path, console, mapPositions, patience: REBOOT, signal: interruption() });
      }
    },
  }),
);

/** The thing named in settings, as flashed or as found in a board's flash; null if there are none. */
function thingIn(area: string): string | null {
  return /^\d{6} [0-9a-f]{4}\n\{"thing":"([A-Za-z0-9:_-]+)"/.exec(area.slice(SETTINGS_SECTOR * SECTOR))?.[1] ?? null;
}

function readProgram(file: string): string {
  let code: string;
  try {
    code = readFileSync(file, 'latin1');
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}; npm run build makes it`);
  }
  if (code.length === 0) throw new UserError(`${file} is empty; npm run build makes it`);
  if (code.length >= PROGRAM_AREA.size)
    throw new UserError(`${file} has ${code.length} bytes, the board takes ${PROGRAM_AREA.size - 1}`);
  if (code.startsWith('UF2\n'))
    throw new UserError(
      `${file} is to be dropped on the drive of a board in BOOTSEL mode; this command wants program.js`,
    );
  try {
    // Kaluma parses the text before the first NUL: the bootstrap, which loads the rest.
    parseForEngine(code.split('\0', 1)[0]);
  } catch (error) {
    throw new UserError(`${file} is not a program for the board: ${(error as Error).message}; npm run build makes one`);
  }
  return code;
}

/**
 * @param agree throws if the board with this name must not be written
 *
 * If the board's watchdog is armed, it resets the board after its program was stopped, in the middle of the work. The
 * board then waits a while before it arms the watchdog again, which is long enough for the second attempt.
 */
async function flash(
  path: string,
  code: string,
  console: Console,
  agree: (found: string | null) => Promise<void>,
): Promise<void> {
  let line = await openPort(path);
  for (let attempt = 1; ; attempt++) {
    try {
      const prompt = new Prompt(line);
      await prompt.stopProgram(() => console.note('the board is busy; waiting for it to listen'));
      if (attempt === 1) await agree(await thingOn(prompt));
      await prompt.writeProgram(code, (sent) => console.progress(`writing ${sent} of ${code.length} bytes`));
      console.progress('');
      const gone = new Promise<void>((done) => line.onClose(done));
      await prompt.reboot();
      // Opening the port sooner would get the one that is about to disappear.
      await Promise.race([gone, new Promise((done) => setTimeout(done, RESET))]);
      await line.close();
      return;
    } catch (error) {
      await line.close();
      if (!(error instanceof LineClosedError) || attempt === 3) throw error;
      console.note('the board reset itself (its watchdog does that to a stopped program); trying again');
      line = await reopenPort(path, REBOOT);
    }
  }
}

/** The name of the connected board in the settings in its flash; null if there are none. */
async function thingOn(prompt: Prompt): Promise<string | null> {
  const start = SETTINGS_SECTOR * SECTOR;
  const beginning = await prompt.readArea(start, 256);
  return thingIn(' '.repeat(start) + beginning.toString('latin1'));
}
