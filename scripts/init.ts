/** `npm run init`: asks for what a board needs to know and writes its config. */
import { existsSync } from 'node:fs';
import { SENSOR_TYPES } from '../firmware/sensors/catalogue.ts';
import { checkAnswers, draftConfig, QUESTIONS, type Answers } from './init/questions.ts';
import { writeConfig } from './init/write.ts';
import { DEFAULT_BOARD_FILE, isAws, isPlaceholder } from './config/config.ts';
import { ask, confirm } from './lib/ask.ts';
import { boardArguments } from './lib/boards.ts';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';
import type { Console } from './lib/console.ts';
import { alternatives } from './lib/words.ts';

await main(
  defineCommand({
    name: 'npm run init --',
    summary: 'Asks for the few things that a board needs to know, checks each, and writes its config.',
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
        description: "host name of the broker (default: AWS IoT's, which npm run provision fills in)",
      },
      thing: { type: 'string', value: 'NAME', description: 'name of the board' },
      sensor: { type: 'string', value: 'TYPE', description: alternatives(SENSOR_TYPES) },
      yes: { type: 'boolean', description: 'ask nothing: take the options, and defaults for the rest' },
      force: { type: 'boolean', description: 'overwrite a config that is there' },
    },
    examples: [
      'npm run init',
      'npm run init -- --yes --ssid home --wifi-password "at least 8" --thing kitchen-2 --sensor tmp117',
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
      const asking = !options.yes && process.stdin.isTTY && console.interactive;
      if (!asking && !options.yes) {
        throw new UserError('there is no terminal to ask on; give the answers as options, with --yes', EXIT.usage);
      }
      if (existsSync(options.board) && !options.force) {
        if (!asking) throw new UserError(`${options.board} is there already; --force overwrites it`);
        if (!(await confirm(`${options.board} is there already. Overwrite it?`))) {
          throw new UserError(`${options.board} stays as it is`);
        }
      }
      const config = draftConfig(asking ? await complete(given, console) : given, options.board);
      writeConfig(options.board, config);
      console.line(`written to ${options.board}`);
      console.line(
        isAws(config)
          ? `next: npm run provision${boardArguments(options.board)}, which makes the key and the certificate it names`
          : "next: put the broker's root certificate into tls.anchors; leave tls.certificate and tls.key out if it wants none",
      );
    },
  }),
);

/** Asks for what is not given, each until the answer is one that the board can use. */
async function complete(given: Answers, console: Console): Promise<Answers> {
  const answers: Answers = { ...given };
  for (const { name, question, fallback, check } of QUESTIONS) {
    const hint = fallback === undefined || isPlaceholder(fallback) ? '' : ` [${fallback}]`;
    while (answers[name] === undefined) {
      const answer = (await ask(`${question}${hint}: `)) || (fallback ?? '');
      const problem = check(answer);
      if (problem === null) answers[name] = answer;
      else console.error(`  ${problem}`);
    }
  }
  return answers;
}
