/** Questions to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { UserError } from './cli.ts';

/** Returns the answer without surrounding blanks. @throws UserError if the person presses Ctrl-C or Ctrl-D */
export async function ask(question: string): Promise<string> {
  return (await askExactly(question)).trim();
}

/** Returns the answer exactly as typed. @throws UserError if the person presses Ctrl-C or Ctrl-D */
export async function askExactly(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Node 20 never settles a question whose terminal is closed, later versions reject it.
  const closed = new Promise<null>((done) => terminal.once('close', () => done(null)));
  try {
    const answer = await Promise.race([terminal.question(question), closed]);
    if (answer !== null) return answer;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  } finally {
    terminal.close();
  }
  process.stdout.write('\n');
  throw new UserError('stopped; nothing was changed');
}

export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
}
