import assert from 'node:assert/strict';
import { printable } from '../../../scripts/lib/console.ts';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { defineCommand, EXIT, runCommand, systemProblem, UserError, type Values } from '../../../scripts/lib/cli.ts';
import { TYPESCRIPT } from '../../support/command.ts';

const options = {
  out: { type: 'string', value: 'DIR', description: 'where to', default: 'dist', short: 'o' },
  board: { type: 'string', value: 'FILE', description: 'which board' },
  chain: { type: 'string', value: 'KIND', description: 'which chain', choices: ['rsa', 'ecdsa'], default: 'rsa' },
  port: { type: 'integer', value: 'N', description: 'TCP port', minimum: 0, maximum: 65535, default: 8883 },
  quiet: { type: 'boolean', description: 'say less' },
} as const;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  got: { options: Values<typeof options>; positionals: readonly string[] } | undefined;
}

/** Runs a sample command in this process. */
async function run(
  argv: string[],
  around: { env?: Record<string, string>; fail?: Error; tty?: boolean } = {},
): Promise<Outcome> {
  const outcome: Outcome = { code: -1, stdout: '', stderr: '', got: undefined };
  const command = defineCommand({
    name: 'npm run sample --',
    summary: 'Does something.',
    options,
    positionals: ['FILE', 'OTHER?'],
    examples: ['npm run sample -- a.txt --out /tmp/x'],
    exitCodes: { 3: 'nothing to do' },
    run({ options, positionals }) {
      outcome.got = { options, positionals };
      if (around.fail !== undefined) throw around.fail;
    },
  });
  outcome.code = await runCommand(command, {
    argv,
    env: around.env ?? {},
    stdout: { write: (text) => (outcome.stdout += text), isTTY: around.tty ?? false },
    stderr: { write: (text) => (outcome.stderr += text), isTTY: around.tty ?? false },
  });
  return outcome;
}

test('options arrive with their types and defaults', async () => {
  const defaults = await run(['a.txt']);
  assert.equal(defaults.code, 0);
  assert.deepEqual(defaults.got, {
    options: { out: 'dist', board: undefined, chain: 'rsa', port: 8883, quiet: false },
    positionals: ['a.txt'],
  });
  const given = await run(['--chain', 'ecdsa', '-o', 'x', '--port=0', '--board=b=c', '--quiet', 'a', '--', '--b']);
  assert.deepEqual(given.got, {
    options: { out: 'x', board: 'b=c', chain: 'ecdsa', port: 0, quiet: true },
    positionals: ['a', '--b'],
  });
  assert.equal(given.stdout + given.stderr, '');
});

test('paths are relative to where npm was started, defaults to the project', async () => {
  const argv = ['a.txt', '--board', '../b.json', '--chain', 'rsa'];
  const here = { INIT_CWD: join(tmpdir(), 'x'), npm_lifecycle_event: 'sample' };
  const { got } = await run(argv, { env: here });
  assert.deepEqual([got?.options.board, got?.options.out], [join(tmpdir(), 'b.json'), resolve('dist')]);
  assert.equal((await run(['a.txt', '--board', '/b.json'], { env: here })).got?.options.board, resolve('/b.json'));
  assert.equal((await run(['a.txt'], { env: here })).got?.options.board, undefined);
  assert.match((await run(['--help'], { env: here })).stdout, /\(default: dist\)/);
  // In the project's folder, without npm, and within another of npm's commands all stay as they are.
  for (const env of [{ ...here, INIT_CWD: process.cwd() }, {}, { ...here, npm_lifecycle_event: 'test' }]) {
    const { got } = await run(argv, { env });
    assert.deepEqual([got?.options.board, got?.options.out, got?.options.chain], ['../b.json', 'dist', 'rsa']);
  }
});

test('wrong options give one line on stderr and exit code 64, and the command does not run', async () => {
  const cases: [string[], RegExp][] = [
    [['a', '--prot', '1'], /unknown option --prot /],
    [['a', '--__proto__'], /unknown option --__proto__ /],
    [['a', '-x'], /unknown option -x /],
    [['a', '--port'], /--port needs a value/],
    [['a', '--port', '--quiet'], /--port needs a value/],
    [['a', '--out='], /--out needs a value/],
    [['a', '--port', '65536'], /--port: expected a whole number, 0 to 65535, found '65536'/],
    [['a', '--port', '1e3'], /found '1e3'/],
    [['a', '--port', '-1'], /found '-1'/],
    [['a', '--chain', 'dsa'], /--chain: expected rsa or ecdsa, found 'dsa'/],
    [['a', '--quiet=no'], /--quiet takes no value/],
    [['a', '--port', '1', '--port', '2'], /--port is given twice/],
    [['a', 'b', 'c\n'], /unexpected argument 'c\\x0a'/],
    [[], /FILE is missing/],
  ];
  for (const [argv, problem] of cases) {
    const { code, stdout, stderr, got } = await run(argv);
    assert.equal(code, EXIT.usage, argv.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^npm run sample: [^\n]+ \(npm run sample -- --help shows the options\)\n$/);
    assert.match(stderr, problem);
    assert.equal(got, undefined);
  }
});

test('a required option is shown without brackets, and an error says that it is missing', async () => {
  const dirs: string[] = [];
  const command = defineCommand({
    name: 'npm run sample --',
    summary: '',
    options: { dir: { type: 'string', value: 'DIR', description: 'where', required: true } },
    examples: [''],
    run({ options }) {
      dirs.push(options.dir);
    },
  });
  let said = '';
  const sink = { write: (text: string) => (said += text) };
  const around = { env: {}, stdout: sink, stderr: sink };
  assert.equal(await runCommand(command, { ...around, argv: ['--dir', 'x'] }), 0);
  assert.deepEqual(dirs, ['x']);
  assert.equal(await runCommand(command, { ...around, argv: [] }), EXIT.usage);
  assert.match(said, /--dir is missing/);
  assert.equal(await runCommand(command, { ...around, argv: ['--help'] }), 0);
  assert.match(said, /^Usage: npm run sample -- --dir DIR$/m);
});

test('an option that npm kept for itself is noticed', async () => {
  const { code, stderr } = await run(['8'], { env: { npm_config_port: 'true' } });
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /npm kept --port for itself: put options behind --, as in: npm run sample -- --port/);
  assert.equal((await run(['8'], { env: { npm_config_port: '' } })).code, 0);
});

test('--help explains everything and does nothing, whatever else is given', async () => {
  const { code, stdout, stderr, got } = await run(['--help', '--port', 'x']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.equal(got, undefined);
  assert.equal(
    stdout,
    `Usage: npm run sample -- FILE [OTHER] [--out DIR] [--board FILE] [--chain rsa|ecdsa] [--port N] [--quiet]

Does something.

Options:
  -o, --out DIR      where to (default: dist)
  --board FILE       which board
  --chain rsa|ecdsa  which chain (default: rsa)
  --port N           TCP port, 0 to 65535 (default: 8883)
  --quiet            say less
  --help             show this

Example:
  npm run sample -- a.txt --out /tmp/x

Exit codes:
  0   done
  1   it could not be done; one line says why
  3   nothing to do
  64  wrong options
  70  an error of the program; NODE_DEBUG=pico-kitchen shows where
`,
  );
});

test('errors are printed in one line, never with a stack', async () => {
  const user = await run(['a'], { fail: new UserError('board.json: no such\nfile') });
  assert.deepEqual([user.code, user.stderr], [1, 'npm run sample: board.json: no such\\x0afile\n']);
  assert.equal((await run(['a'], { fail: new UserError('none', 3) })).code, 3);
  const bug = await run(['a'], { fail: new TypeError('x is not a function') });
  assert.equal(bug.code, EXIT.bug);
  assert.equal(
    bug.stderr,
    'npm run sample: unexpected TypeError: x is not a function (NODE_DEBUG=pico-kitchen shows where)\n',
  );
});

test('errors are red on a terminal, unless NO_COLOR, CI or a dumb terminal forbid it', async () => {
  const fail = new UserError('no');
  assert.equal((await run(['a'], { fail, tty: true })).stderr, '\u001b[31mnpm run sample: no\u001b[39m\n');
  for (const env of [{ NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }]) {
    assert.equal((await run(['a'], { fail, tty: true, env })).stderr, 'npm run sample: no\n');
  }
});

test('errors of the system are put into words', () => {
  assert.equal(
    systemProblem(Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })),
    'the port is in use',
  );
  assert.equal(systemProblem(new Error('odd')), 'odd');
});

test('a process ends with its exit code and all of its output, although timers run', () => {
  const cli = pathToFileURL('scripts/lib/cli.ts').href;
  const program = `
    import { defineCommand, main } from '${cli}';
    setInterval(() => {}, 1e6);
    await main(defineCommand({ name: 'npm run x --', summary: '', options: {}, examples: [''],
      run({ console }) { for (let i = 0; i < 20000; i++) console.line('line ' + i); return 3; } }));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...TYPESCRIPT, '--input-type=module', '-e', program],
    { encoding: 'utf8' },
  );
  assert.equal(stderr, '');
  assert.equal(status, 3);
  assert.ok(stdout.endsWith('line 19999\n'));
});

// Windows has no signals.
test(
  'a second Ctrl-C ends a process at once, and its exit handlers run',
  { skip: process.platform === 'win32' },
  async () => {
    const cli = pathToFileURL('scripts/lib/cli.ts').href;
    const program = `
    import { interruption } from '${cli}';
    process.once('exit', () => console.log('tidied up'));
    interruption().addEventListener('abort', () => console.log('aborted'));
    setInterval(() => {}, 1e6);
    console.log('ready');`;
    const child = spawn(process.execPath, [...TYPESCRIPT, '--input-type=module', '-e', program], {
      timeout: 20_000,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const ended = once(child, 'close');
    const until = async (text: string): Promise<void> => {
      while (!stdout.includes(text)) await once(child.stdout, 'data');
    };
    await until('ready');
    child.kill('SIGINT');
    await until('aborted');
    // The same one: npm hands it on.
    child.kill('SIGINT');
    await sleep(700);
    assert.equal(child.exitCode, null);
    child.kill('SIGHUP');
    assert.deepEqual([await ended, stdout], [[130, null], 'ready\naborted\ntidied up\n']);
  },
);

test('text from outside neither controls the terminal nor changes its direction', () => {
  assert.equal(printable('a\x1b[2J\r\nb'), 'a\\x1b[2J\\x0d\\x0ab');
  for (const character of '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c') {
    assert.match(printable(`kitchen/${character}1`), /^kitchen\/\\x[0-9a-f]+1$/);
  }
  assert.equal(printable('küche/温度'), 'küche/温度');
});
