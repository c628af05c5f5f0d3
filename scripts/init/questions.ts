/** What `npm run init` asks, and the config that the answers make. */
import { SENSOR_TYPES, SENSORS } from '../../firmware/sensors/catalogue.ts';
import { boardNameProblem, checkBoardConfig, PLACEHOLDER_HOST, type BoardConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { identityFiles } from '../lib/boards.ts';
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
  /** Option that answers it on the command line. */
  option: string;
  question: string;
  /** Taken for an empty answer. */
  fallback?: string;
  /** What is wrong with an answer, in words; null if nothing is. */
  check: (answer: string) => string | null;
}

type Draft = Omit<BoardConfig, 'endpoint' | 'sensor' | 'time'> & {
  endpoint: { host: string; port: number };
  sensor: { type: string };
};

/** A config that is right in everything, into which one answer is put to be checked. */
const RIGHT = { ssid: 'network', password: 'password', host: 'example.com', thing: 'kitchen-1', sensor: 'rp2040' };

export const QUESTIONS: readonly Question[] = [
  question('ssid', '--ssid', 'Wi-Fi network (2.4 GHz)'),
  question('password', '--wifi-password', 'Wi-Fi password (empty for an open network)'),
  question('host', '--endpoint', "Endpoint host (empty: AWS's, npm run provision fills it in)", PLACEHOLDER_HOST),
  question('thing', '--thing', 'Name of this board', 'kitchen-1'),
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
 * The config that the answers make; what has a fallback may be missing.
 * @param file where it will be
 * @throws UserError for an answer that is missing or that the board cannot use
 */
export function draftConfig(answers: Answers, file: string): Draft {
  const complete = { ...RIGHT };
  for (const { name, option, fallback } of QUESTIONS) {
    const answer = answers[name] ?? fallback;
    if (answer === undefined) throw new UserError(`${option} is missing`, EXIT.usage);
    complete[name] = answer;
  }
  const config = compose(complete, file);
  checkBoardConfig(config, file);
  return config;
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
      checkBoardConfig(compose({ ...RIGHT, [name]: answer }, ''), '');
      return null;
    } catch (error) {
      if (error instanceof ConfigError) return error.message.replace(/^: \S+: /, '');
      throw error;
    }
  };
  return { name, option, question: text, check, ...(fallback === undefined ? {} : { fallback }) };
}

function compose({ ssid, password, host, thing, sensor }: typeof RIGHT, file: string): Draft {
  return {
    thing,
    wifi: { ssid, password },
    endpoint: { host, port: 8883 },
    tls: {
      anchors: ['aws'],
      ...identityFiles(file, thing),
    },
    sensor: { type: sensor },
    telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds: 60 },
  };
}
