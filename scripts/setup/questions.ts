/** The questions of `npm run setup`, and the config that results from the answers. */
import { SENSOR_TYPES, SENSORS } from '../../firmware/sensors/catalogue.ts';
import { basename, dirname, resolve } from 'node:path';
import { boardNameProblem, checkBoardConfig, isAws, PLACEHOLDER_HOST, type BoardConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { identityFiles, isDefaultBoard } from '../lib/boardPaths.ts';
import { EXIT, UserError } from '../lib/cli.ts';

export interface Answers {
  ssid?: string | undefined;
  password?: string | undefined;
  host?: string | undefined;
  thing?: string | undefined;
  sensor?: string | undefined;
}

export interface Question {
  name: keyof Answers;
  /** The option that gives the answer on the command line. */
  option: string;
  question: string;
  /** Used for an empty answer. */
  fallback?: string;
  /** The fault of an answer, in words; null if it has none. */
  check: (answer: string) => string | null;
}

/** Further answers, for a broker that is not AWS's. */
export interface Broker {
  port: number;
  username?: string | undefined;
  password?: string | undefined;
}

const USUAL_BROKER: Broker = { port: 8883 };

type Draft = Omit<BoardConfig, 'endpoint' | 'sensor' | 'time'> & {
  endpoint: { host: string; port: number; username?: string; password?: string };
  sensor: { type: string };
};

/** A valid config, into which one answer at a time is put to check it. */
const RIGHT = { ssid: 'network', password: 'password', host: 'example.com', thing: 'kitchen-1', sensor: 'rp2040' };

export const QUESTIONS: readonly Question[] = [
  question('ssid', '--ssid', 'Wi-Fi network (2.4 GHz)'),
  question('password', '--wifi-password', 'Wi-Fi password (empty for an open network)'),
  question('host', '--endpoint', "Endpoint host (empty: AWS's, npm run provision fills it in)", PLACEHOLDER_HOST),
  question('thing', '--thing', 'Name of this board'),
  question('sensor', '--sensor', `Sensor: ${sensorChoices()}`, 'rp2040'),
];

/** @throws UserError for an answer that the board cannot use */
export function checkAnswers(answers: Answers): void {
  for (const { name, option, check } of QUESTIONS) {
    const answer = answers[name];
    const problem = answer === undefined ? null : check(answer);
    if (problem !== null) throw new UserError(`${option}: ${problem}`, EXIT.usage);
  }
}

/**
 * The config that results from the answers; an answer with a fallback may be missing.
 * @param file the path of the config
 * @throws UserError for an answer that is missing or that the board cannot use
 */
export function draftConfig(answers: Answers, file: string, broker = USUAL_BROKER): Draft {
  const complete = { ...RIGHT };
  for (const one of QUESTIONS) {
    const { name, option } = one;
    const answer = answers[name] ?? fallbackOf(one, file);
    if (answer === undefined) throw new UserError(`${option} is missing`, EXIT.usage);
    complete[name] = answer;
  }
  const config = compose(complete, file, broker);
  checkBoardConfig(config, file);
  return config;
}

/** The answer used in place of an empty one. A board is named after its config's file. */
export function fallbackOf({ name, fallback }: Question, file: string): string | undefined {
  return name === 'thing' ? thingAfter(file) : fallback;
}

/** The board's name from its config's path: `kitchen-2` for kitchen-2.json and for kitchen-2/config.json. */
function thingAfter(file: string): string | undefined {
  if (isDefaultBoard(file)) return 'kitchen-1';
  const own = basename(file, '.json');
  const name = /^(config|board)$/.test(own) ? basename(dirname(resolve(file))) : own;
  return /^[A-Za-z0-9:_-]{1,128}$/.test(name) ? name : undefined;
}

/** The place for the root certificate of a broker other than AWS, relative to the config. */
export function rootFile(file: string, thing: string): string {
  return identityFiles(file, thing).certificate.replace(/device\.crt\.pem$|\.crt\.pem$/, (end) =>
    end.startsWith('device') ? 'root.crt.pem' : '-root.crt.pem',
  );
}

/** `rp2040 (built in), tmp117, …` */
function sensorChoices(): string {
  return SENSOR_TYPES.map((type) => (SENSORS[type].bus === 'chip' ? `${type} (built in)` : type)).join(', ');
}

function question(name: keyof Answers, option: string, text: string, fallback?: string): Question {
  const check = (answer: string): string | null => {
    const problem = name === 'host' ? boardNameProblem(answer) : null;
    if (problem !== null) return problem;
    try {
      checkBoardConfig(compose({ ...RIGHT, [name]: answer }, '', USUAL_BROKER), '');
      return null;
    } catch (error) {
      if (error instanceof ConfigError) return error.message.replace(/^: \S+: /, '');
      throw error;
    }
  };
  return { name, option, question: text, check, ...(fallback === undefined ? {} : { fallback }) };
}

function compose({ ssid, password, host, thing, sensor }: typeof RIGHT, file: string, broker: Broker): Draft {
  const { port, username, password: brokerPassword } = broker;
  const endpoint = {
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(brokerPassword === undefined ? {} : { password: brokerPassword }),
  };
  return {
    thing,
    wifi: { ssid, password },
    endpoint,
    tls: isAws({ endpoint })
      ? { anchors: ['aws'], ...identityFiles(file, thing) }
      : { anchors: [rootFile(file, thing)] },
    sensor: { type: sensor },
    telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
  };
}
