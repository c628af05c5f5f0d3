/** `npm run setup`: asks for the facts about a board, and writes its config. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SENSOR_TYPES } from '../firmware/sensors/catalogue.ts';
import { DEFAULT_BOARD_FILE, isAws, isPlaceholder } from './config/config.ts';
import { ask, askExactly, confirm } from './lib/ask.ts';
import { boardArguments } from './lib/boardPaths.ts';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';
import type { Console } from './lib/console.ts';
import { writePrivateFile } from './lib/files.ts';
import { alternatives } from './lib/words.ts';
import { fetchRoot, readRoot, type BrokerRoot } from './setup/brokerRoot.ts';
import { checkAnswers, draftConfig, fallbackOf, QUESTIONS, type Answers, type Broker } from './setup/questions.ts';
import { writeConfig } from './setup/write.ts';

await main(
  defineCommand({
    name: 'npm run setup --',
    summary: [
      'Asks for the few facts that a board needs, checks each answer, and writes the config. For a broker other than',
      "AWS's it also asks for port, user and root certificate, which it can fetch from the broker for you to compare.",
    ].join('\n'),
    options: {
      board: { type: 'string', value: 'FILE', description: 'board config to write', default: DEFAULT_BOARD_FILE },
      ssid: { type: 'string', value: 'NAME', description: 'name of the 2.4 GHz Wi-Fi network' },
      'wifi-password': {
        type: 'string',
        value: 'TEXT',
        description: "its password, '' for an open network",
        mayBeEmpty: true,
      },
      endpoint: {
        type: 'string',
        value: 'HOST',
        description: "host name or address of the broker (default: AWS IoT's, which npm run provision fills in)",
      },
      port: {
        type: 'integer',
        value: 'N',
        description: "the broker's port",
        minimum: 1,
        maximum: 65535,
        default: 8883,
      },
      root: { type: 'string', value: 'FILE', description: "root certificate of a broker other than AWS's" },
      username: { type: 'string', value: 'NAME', description: 'user name at that broker, if it wants one' },
      'broker-password': { type: 'string', value: 'TEXT', description: 'password at that broker' },
      thing: { type: 'string', value: 'NAME', description: 'name of the board (default: that of its config file)' },
      sensor: { type: 'string', value: 'TYPE', description: alternatives(SENSOR_TYPES) },
      yes: { type: 'boolean', description: 'ask nothing: use the options, and defaults for the rest' },
      force: { type: 'boolean', description: 'overwrite an existing config' },
    },
    examples: [
      'npm run setup',
      'npm run setup -- --yes --ssid home --wifi-password "at least 8" --thing kitchen-2 --sensor tmp117',
      'npm run setup -- --endpoint 192.168.1.10 --root ca.crt --username board --broker-password secret',
    ],
    async run({ options, console }) {
      const given: Answers = {
        ssid: options.ssid,
        password: options['wifi-password'],
        host: options.endpoint,
        thing: options.thing,
        sensor: options.sensor,
      };
      checkAnswers(given);
      const file = options.board;
      const asking = !options.yes && process.stdin.isTTY && console.interactive;
      if (!asking && !options.yes) {
        throw new UserError('there is no terminal to ask on; give the answers as options, with --yes', EXIT.usage);
      }
      let root = options.root === undefined ? null : readRoot(options.root);
      if (existsSync(file) && !options.force) {
        if (!asking) throw new UserError(`${file} exists; --force overwrites it`);
        if (!(await confirm(`${file} exists. Overwrite it?`))) throw new UserError(`${file} was not changed`);
      }
      const answers = asking ? await complete(given, file, console) : given;
      let broker: Broker = {
        port: options.port,
        username: options.username,
        password: options['broker-password'],
      };
      const host = answers.host ?? '';
      if (asking && host !== '' && !isAws({ endpoint: { host } }) && !isPlaceholder(host)) {
        ({ broker, root } = await askForBroker(host, broker, root, console));
      }
      const config = draftConfig(answers, file, broker);
      writeConfig(file, config);
      console.line(`written to ${file}`);
      if (isAws(config)) {
        const behind = boardArguments(file);
        console.line(`next: npm run provision${behind}, which makes its key and its certificate`);
        return;
      }
      const place = join(dirname(file), config.tls.anchors[0]);
      if (root !== null) writePrivateFile(place, root.pem);
      const behind = boardArguments(file);
      console.line(
        root === null
          ? `next: put the broker's root certificate into ${place}; then npm run doctor${behind}, which tests it all`
          : `next: npm run doctor${behind}, which tests it all; then npm run build${behind}`,
      );
    },
  }),
);

/** Asks for everything that is not given, each until the answer is one that the board can use. */
async function complete(given: Answers, file: string, console: Console): Promise<Answers> {
  const answers: Answers = { ...given };
  for (const question of QUESTIONS) {
    const { name, check } = question;
    const fallback = fallbackOf(question, file);
    const hint = fallback === undefined || isPlaceholder(fallback) ? '' : ` [${fallback}]`;
    // A network's name and password may begin and end with blanks.
    const isText = name === 'ssid' || name === 'password';
    while (answers[name] === undefined) {
      const typed = await (isText ? askExactly : ask)(`${question.question}${hint}: `);
      const answer = typed || (fallback ?? '');
      const problem = check(answer);
      if (problem === null) answers[name] = answer;
      else console.error(`  ${problem}`);
      if (problem === null && answer.trim() !== answer) console.note('  the blanks at its beginning or end are kept');
    }
  }
  return answers;
}

async function askForBroker(
  host: string,
  given: Broker,
  givenRoot: BrokerRoot | null,
  console: Console,
): Promise<{ broker: Broker; root: BrokerRoot | null }> {
  let { port, username, password } = given;
  for (;;) {
    const answer = await ask(`Port [${port}]: `);
    if (answer === '') break;
    if (/^\d{1,5}$/.test(answer) && Number(answer) >= 1 && Number(answer) <= 65535) {
      port = Number(answer);
      break;
    }
    console.error('  wanted: a whole number from 1 to 65535');
  }
  username ??= (await ask('User name (empty: none): ')) || undefined;
  if (username !== undefined) password ??= (await askExactly('Its password (empty: none): ')) || undefined;
  let root = givenRoot;
  while (root === null) {
    const file = await ask("File of the broker's root certificate (empty: ask the broker): ");
    try {
      root = file === '' ? await fetchRoot(host, port) : readRoot(file);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(`  ${error.message}`);
      if (await confirm('Go on without it?')) break;
      continue;
    }
    console.note(`  ${root.name}, SHA-256 ${root.fingerprint}`);
    if (file === '' && !(await confirm("Does the broker's own machine show the same fingerprint?"))) root = null;
  }
  return { broker: { port, username, password }, root };
}
