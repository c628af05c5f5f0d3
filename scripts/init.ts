/** `npm run init`: asks for what a board needs to know and writes its config. */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { draftConfig, QUESTIONS, type Answers } from './init/questions.ts';
import { writeConfig } from './init/write.ts';
import { DEFAULT_BOARD_FILE } from './config/config.ts';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';
import type { Console } from './lib/console.ts';

await main(
  defineCommand({
    name: 'npm run init --',
    summary: 'Asks for the few things that a board needs to know, checks each, and writes its config.',
    options: {
      board: { type: 'string', value: 'FILE', description: 'board config to write', default: DEFAULT_BOARD_FILE },
      ssid: { type: 'string', value: 'NAME', description: 'name of the 2.4 GHz Wi-Fi network' },
      'wifi-password': { type: 'string', value: 'TEXT', description: 'its password' },
      endpoint: { type: 'string', value: 'HOST', description: "host name of the broker, such as AWS IoT's" },
      thing: { type: 'string', value: 'NAME', description: 'name of the board' },
      sensor: { type: 'string', value: 'TYPE', description: 'rp2040, tmp117, mcp9808, sht4x, bme280 or ds18b20' },
      yes: { type: 'boolean', description: 'ask nothing: take the options, and defaults for the rest' },
      force: { type: 'boolean', description: 'overwrite a config that is there' },
    },
    examples: [
      'npm run init',
      'npm run init -- --yes --ssid home --wifi-password "at least 8" --endpoint abc-ats.iot.eu-west-1.amazonaws.com',
    ],
    async run({ options, console }) {
      const given: Answers = {
        ssid: options.ssid,
        password: options['wifi-password'],
        host: options.endpoint,
        thing: options.thing,
        sensor: options.sensor,
      };
      const asking = !options.yes && process.stdin.isTTY && console.interactive;
      if (!asking && !options.yes) {
        throw new UserError('there is no terminal to ask on; give the answers as options, with --yes', EXIT.usage);
      }
      if (existsSync(options.board) && !options.force) {
        if (!asking) throw new UserError(`${options.board} is there already; --force overwrites it`);
        if (!(await confirm(`${options.board} is there already. Overwrite it?`))) return EXIT.failure;
      }
      const answers = asking ? await ask(given, console) : given;
      writeConfig(options.board, draftConfig(answers, options.board));
      console.line(`written to ${options.board}`);
      console.line('next: npm run provision, which makes the key and the certificate it names');
      return EXIT.ok;
    },
  }),
);

/** Asks for what is not given, each until the answer is one that the board can use. */
async function ask(given: Answers, console: Console): Promise<Answers> {
  const answers: Answers = { ...given };
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (const { name, question, fallback, check } of QUESTIONS) {
      if (answers[name] !== undefined) continue;
      for (;;) {
        const hint = fallback === undefined ? '' : ` [${fallback}]`;
        const typed = (await terminal.question(`${question}${hint}: `)).trim();
        const answer = typed === '' ? (fallback ?? '') : typed;
        const problem = check(answer);
        if (problem === null) {
          answers[name] = answer;
          break;
        }
        console.error(`  ${problem}`);
      }
    }
  } finally {
    terminal.close();
  }
  return answers;
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
