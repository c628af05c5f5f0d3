#!/usr/bin/env node
/**
 * `npx kitchen COMMAND [OPTIONS]` runs every command of this project, and passes its options on unchanged. `npm run`
 * keeps some options for itself, above all `--help`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The commands for people: scripts of package.json that run a file of this folder. */
const commands = Object.keys(scripts).filter((name) => name !== 'check' && file(name) !== undefined);

/** @param {string} name */
function file(name) {
  return /^node --import \S+ (scripts\/[\w-]+\.ts)$/.exec(scripts[name] ?? '')?.[1];
}

const [name, ...options] = process.argv.slice(2);
if (name === undefined || !commands.includes(name)) {
  const isHelp = name === undefined || name === '--help' || name === 'help';
  const text = `Usage: npx kitchen COMMAND [OPTIONS]\n\nCommands: ${commands.join(', ')}\nnpx kitchen COMMAND --help says what a command does.\n`;
  if (isHelp) process.stdout.write(text);
  else process.stderr.write(`kitchen: no command '${name}'; there are ${commands.join(', ')}\n`);
  process.exit(isHelp ? 0 : 64);
}
const { status, signal } = spawnSync(
  process.execPath,
  ['--import', './scripts/typescript.js', /** @type {string} */ (file(name)), ...options],
  // Runs the command as npm does: in the project's folder, with the user's folder in a variable.
  { cwd: root, stdio: 'inherit', env: { ...process.env, INIT_CWD: process.cwd(), npm_lifecycle_event: name } },
);
process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
