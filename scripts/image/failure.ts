import type { BuildFailure, Message } from 'esbuild';
import { UserError } from '../lib/cli.ts';

/** An error for a program that cannot be bundled: one line that names the first place to look at. */
export function buildFailure(error: unknown): UserError {
  const messages = (error as Partial<BuildFailure>).errors;
  if (messages === undefined || messages.length === 0) {
    return new UserError(`the program cannot be built: ${error instanceof Error ? error.message : String(error)}`);
  }
  const more = messages.length === 1 ? '' : ` (and ${messages.length - 1} more)`;
  return new UserError(`${describe(messages[0])}${more}`);
}

function describe({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`;
}
