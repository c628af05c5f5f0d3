/**
 * The common part of all commands: options with generated `--help`, errors of one line, documented exit codes.
 *
 *     await main(
 *       defineCommand({
 *         name: 'npm run build --',
 *         summary: 'Builds dist/program.js.',
 *         options: { out: { type: 'string', value: 'DIR', description: 'where to', default: 'dist' } },
 *         examples: ['npm run build -- --out /tmp/x'],
 *         async run({ options, console }) { console.line(options.out); },
 *       }),
 *     );
 */
import { resolve } from 'node:path';
import { debuglog, parseArgs } from 'node:util';
import { Console, printable, type Environment, type TextSink } from './console.ts';

/** An error that the user can correct. It is printed as one line, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;

  /** @param exitCode one of EXIT, or one that the command documents under `exitCodes`. */
  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}

/** Exit codes of every command; 64 and 70 as in BSD's sysexits.h. */
export const EXIT = { ok: 0, failure: 1, usage: 64, bug: 70 } as const;

interface Described {
  description: string;
  /** One letter, without its dash, that stands for the option. */
  short?: string;
}
export interface FlagOption extends Described {
  type: 'boolean';
}
export interface StringOption extends Described {
  type: 'string';
  /** Name of the value in the usage, in capitals. FILE, DIR and UF2 are paths, relative to the user's folder. */
  value: string;
  default?: string;
  choices?: readonly string[];
  /** The command does not run without this option. */
  required?: true;
  /** The empty value is allowed. */
  mayBeEmpty?: true;
}
export interface IntegerOption extends Described {
  type: 'integer';
  value: string;
  minimum: number;
  maximum: number;
  default?: number;
}
export type Option = FlagOption | StringOption | IntegerOption;
export type OptionTable = Readonly<Record<string, Option>>;

/** Names of values that are paths. */
const PATHS: readonly string[] = ['FILE', 'DIR', 'UF2'];

type Value<O extends Option> = O extends FlagOption
  ? boolean
  : O extends IntegerOption
    ? number
    : O extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;
/** The values that `run` receives: all flags, and the other options that are given, required or have a default. */
export type Values<T extends OptionTable> = {
  [Name in keyof T]: T[Name] extends FlagOption | { default: unknown } | { required: true }
    ? Value<T[Name]>
    : Value<T[Name]> | undefined;
};

export interface Command<T extends OptionTable = OptionTable> {
  /** The command line before the options, such as `npm run build --`. */
  name: string;
  /** A sentence or a few, shown above the options. */
  summary: string;
  options: T;
  /** Names of the positional arguments, in order. One that ends in `?` may be left out. */
  positionals?: readonly string[];
  /** Complete command lines, at least one. */
  examples: readonly string[];
  /** Exit codes beside those that every command has, with their meaning. */
  exitCodes?: Readonly<Record<number, string>>;
  /** Does the work. If it returns a number, that is the exit code. */
  run(context: Context<T>): Promise<number | void> | number | void;
}

export interface Context<T extends OptionTable> {
  options: Values<T>;
  positionals: readonly string[];
  console: Console;
  env: Environment;
}

/** The environment of a command: the process, or a test. */
export interface Surroundings {
  argv: readonly string[];
  env: Environment;
  stdout: TextSink;
  stderr: TextSink;
}

/** Returns the command itself. The call lets the compiler infer its type, so that `run` knows the names of its options. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command<T> {
  return command;
}

/** Runs a command and returns its exit code; never throws. */
export async function runCommand<T extends OptionTable>(command: Command<T>, around: Surroundings): Promise<number> {
  const console = new Console(around.stdout, around.stderr, around.env);
  try {
    const { options, positionals, help } = parse(command, around);
    if (help) {
      console.line(helpText(command));
      return EXIT.ok;
    }
    return (await command.run({ options, positionals, console, env: around.env })) ?? EXIT.ok;
  } catch (error) {
    return explain(command.name, error, console);
  }
}

/** Runs a command as this process: arguments, streams and exit code are the process's own. */
export async function main<T extends OptionTable>(command: Command<T>): Promise<void> {
  const { argv, env, stdout, stderr } = process;
  // If the reader has seen enough (`| head -1`), that is not an error.
  const failed = (error: NodeJS.ErrnoException): never => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    stderr.write(`${command.name.replace(/ --$/, '')}: cannot write to standard output: ${systemProblem(error)}\n`);
    process.exit(EXIT.failure);
  };
  stdout.on('error', failed);
  const code = await runCommand(command, { argv: argv.slice(2), env, stdout, stderr });
  // A keep-alive socket or a timer must not hold a finished command. All output is written first.
  stdout.write('', (error) => (error ? failed(error) : process.exit(code)));
}

/** ms within which a second signal belongs to the same Ctrl-C: the terminal sends one, and npm passes on another. */
const SAME_SIGNAL = 500;

/**
 * A signal that aborts at the first Ctrl-C (or SIGTERM, or when the terminal is closed), so that a long-running
 * command can clean up. A second Ctrl-C ends the process at once; its exit handlers still run.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && performance.now() - since > SAME_SIGNAL) process.exit(130);
      if (controller.signal.aborted) return;
      since = performance.now();
      controller.abort();
    });
  }
  return controller.signal;
}

/** Waits until a signal aborts; at once if it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

/** A clear line for what the operating system refused: `cannot write /x/y: permission denied`. */
export function systemProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const meaning = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'read-only file system',
    ENOENT: 'no such file or directory',
    ENOTDIR: 'part of the path is not a directory',
    EISDIR: 'it is a directory',
    // Comes when a folder is to be made.
    EEXIST: 'part of the path is not a directory',
    ENOSPC: 'no space left',
    EADDRINUSE: 'the port is in use',
    EADDRNOTAVAIL: 'no such address on this machine',
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ETIMEDOUT: 'timed out',
    ENOTFOUND: 'the name does not resolve',
  }[code];
  return meaning ?? (error instanceof Error ? error.message : String(error));
}

function helpText(command: Command): string {
  const rows: [string, string][] = Object.entries(command.options).map(([name, option]) => [
    `${option.short === undefined ? '' : `-${option.short}, `}${optionUsage(name, option)}`,
    option.description + remarks(option),
  ]);
  rows.push(['--help', 'show this']);
  const codes: Record<number, string> = {
    [EXIT.ok]: 'done',
    [EXIT.failure]: 'it could not be done; one line says why',
    ...command.exitCodes,
    [EXIT.usage]: 'wrong options',
    [EXIT.bug]: 'an error of the program; NODE_DEBUG=pico-kitchen shows where',
  };
  return [
    `Usage: ${usage(command)}`,
    '',
    command.summary,
    '',
    'Options:',
    ...table(rows),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...table(Object.entries(codes)),
  ].join('\n');
}

function usage(command: Command): string {
  const positionals = (command.positionals ?? []).map((name) => (name.endsWith('?') ? `[${name.slice(0, -1)}]` : name));
  const options = Object.entries(command.options).map(([name, option]) =>
    isRequired(option) ? optionUsage(name, option) : `[${optionUsage(name, option)}]`,
  );
  return [command.name, ...positionals, ...options].join(' ');
}

function optionUsage(name: string, option: Option): string {
  if (option.type === 'boolean') return `--${name}`;
  const choices = option.type === 'string' ? option.choices?.join('|') : undefined;
  return `--${name} ${choices ?? option.value}`;
}

function isRequired(option: Option): boolean {
  return option.type === 'string' && option.required === true;
}

function remarks(option: Option): string {
  if (option.type === 'boolean') return '';
  const range = option.type === 'integer' ? `, ${option.minimum} to ${option.maximum}` : '';
  return range + (option.default === undefined ? '' : ` (default: ${option.default})`);
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

interface Parsed<T extends OptionTable> {
  options: Values<T>;
  positionals: readonly string[];
  help: boolean;
}

function parse<T extends OptionTable>(command: Command<T>, around: Surroundings): Parsed<T> {
  const table: Record<string, { type: 'string' | 'boolean'; short?: string }> = { help: { type: 'boolean' } };
  for (const [name, { type, short }] of Object.entries(command.options)) {
    table[name] = { type: type === 'boolean' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) };
  }
  // Not strict, because Node's own errors take several lines and do not name the command.
  const { tokens } = parseArgs({
    args: [...around.argv],
    options: table,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, string | true> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (known === undefined) throw wrong(command, `unknown option ${printable(token.rawName)}`);
    if (known.type === 'boolean' && token.value !== undefined) throw wrong(command, `--${token.name} takes no value`);
    if (
      known.type === 'string' &&
      (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
    ) {
      throw wrong(command, `--${token.name} needs a value`);
    }
    if (Object.hasOwn(given, token.name)) throw wrong(command, `--${token.name} is given twice`);
    given[token.name] = token.value ?? true;
  }
  const help = given['help'] === true;
  if (!help) {
    refuseOptionsKeptByNpm(command, around.env);
    checkPositionals(command, positionals);
  }
  const options: Record<string, unknown> = {};
  const folder = startedIn(command, around.env);
  for (const [name, option] of Object.entries(command.options)) {
    const text = given[name];
    if (option.type === 'boolean') options[name] = text === true;
    else if (typeof text === 'string') options[name] = help ? text : valueOf(command, name, option, text);
    else if (isRequired(option) && !help) throw wrong(command, `--${name} is missing`);
    else options[name] = option.default;
    const value = options[name];
    if (folder !== null && typeof value === 'string' && PATHS.includes((option as StringOption).value)) {
      options[name] = typeof text === 'string' ? resolve(folder, value) : resolve(value);
    }
  }
  return { options: options as Values<T>, positionals, help };
}

/**
 * The folder in which the user started npm, if it is not the project's folder, in which npm runs commands. A typed
 * path is relative to the user's folder, a default path to the project's, so a path that is shown must be absolute.
 * Null without npm, and if this command is part of another command that npm started.
 */
function startedIn(command: Command, env: Environment): string | null {
  const { INIT_CWD: folder, npm_lifecycle_event: script } = env;
  if (!folder || script !== /^npm (?:run )?(\S+)/.exec(command.name)?.[1]) return null;
  return resolve(folder) === process.cwd() ? null : folder;
}

function valueOf(command: Command, name: string, option: StringOption | IntegerOption, text: string): string | number {
  const found = `found '${printable(text)}'`;
  if (option.type === 'integer') {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= option.minimum && value <= option.maximum) return value;
    throw wrong(command, `--${name}: expected a whole number, ${option.minimum} to ${option.maximum}, ${found}`);
  }
  if (option.choices !== undefined && !option.choices.includes(text)) {
    throw wrong(command, `--${name}: expected ${option.choices.join(' or ')}, ${found}`);
  }
  if (text === '' && option.mayBeEmpty !== true) throw wrong(command, `--${name} needs a value`);
  return text;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const names = command.positionals ?? [];
  if (positionals.length > names.length) {
    throw wrong(command, `unexpected argument '${printable(positionals[names.length])}'`);
  }
  const missing = names.slice(positionals.length).find((name) => !name.endsWith('?'));
  if (missing !== undefined) throw wrong(command, `${missing} is missing`);
}

/**
 * Without the second `--`, npm keeps `npm start --readings 3` for itself, mostly silently, and the command would
 * ignore it.
 */
function refuseOptionsKeptByNpm(command: Command, env: Environment): void {
  for (const name of Object.keys(command.options)) {
    // npm always sets its own prefix.
    if (name !== 'prefix' && env[`npm_config_${name.replaceAll('-', '_')}`]) {
      const start = command.name.replace(/ --$/, '');
      throw wrong(command, `npm kept --${name} for itself: put options behind --, as in: ${start} -- --${name}`);
    }
  }
}

function wrong(command: Command, problem: string): UserError {
  return new UserError(`${problem} (${command.name.replace(/ --$/, '')} -- --help shows the options)`, EXIT.usage);
}

function explain(name: string, error: unknown, console: Console): number {
  const command = name.replace(/ --$/, '');
  if (error instanceof UserError) {
    console.error(`${command}: ${printable(error.message)}`);
    return error.exitCode;
  }
  debuglog('pico-kitchen')('%O', error);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  console.error(`${command}: unexpected ${printable(what)} (NODE_DEBUG=pico-kitchen shows where)`);
  return EXIT.bug;
}
