/**
 * Lists the sensors that a board on USB finds. Its own program knows the pins and identifies each chip when it starts, so
 * the program is started once more, and its log is read until it joins the Wi-Fi network.
 */
import type { Prompt } from '../serial/prompt.ts';
import { parseLogLine, plain } from '../serial/monitor.ts';
import { HopError, type Passed } from './walk.ts';

/** The first line that the program prints after it has asked each sensor for its identity. */
const NEXT_STEP = ' INFO wifi ';

/** @throws HopError if the program does not start, or if a sensor does not answer as it should */
export async function askSensors(prompt: Prompt): Promise<Passed<void>> {
  const log = await prompt.load(NEXT_STEP);
  if (log === null) {
    throw new HopError('the program on the board prints no log', [
      'GP22 is connected to ground, which stops the program',
      'it is another program: npm run build, then npm run flash',
    ]);
  }
  const lines = plain(log)
    .split('\n')
    .map(parseLogLine)
    .filter((line) => line !== null)
    .filter(({ area, message }) => area === 'sensor' && !/^reading \d/.test(message));
  const texts = (wanted: string): string[] =>
    lines.filter(({ level }) => level === wanted).map(({ message }) => message);
  const problems = texts('ERROR');
  const found = texts('INFO').filter((name) => !problems.some((problem) => problem.startsWith(`${name}:`)));
  if (problems.length > 0) throw new HopError([...problems, ...found].join('; '));
  return { value: undefined, detail: found.join('; ') };
}
