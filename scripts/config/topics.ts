/** The topics of a config's board, and the checks of their names. */
import { boardTopics, type TopicNames, type Topics } from '../../firmware/topics.ts';
import { ConfigError } from './errors.ts';
import type { BoardConfig } from './schema.ts';

/** Fields of `telemetry` that rename a topic or switch it off. */
export const RENAMABLE = ['status', 'health', 'command', 'reply', 'alarm'] as const;

/** The fields of a config on which topics depend. */
type Named = Pick<BoardConfig, 'thing' | 'telemetry' | 'sensors' | 'alarms'>;

/** The topic of the readings, with the thing's name filled in. */
export function telemetryTopic(config: Named): string {
  return named(config.telemetry.topic, config);
}

export function topicsOf(config: Named): Topics {
  const names: TopicNames = {};
  for (const use of RENAMABLE) {
    const name = config.telemetry[use];
    if (name !== undefined) names[use] = name === false ? false : named(name, config);
  }
  const uses = { alarms: (config.alarms ?? []).length > 0, shadow: config.telemetry.shadow === true };
  return boardTopics(telemetryTopic(config), config.thing, names, uses);
}

/** The topics of the readings: one for each sensor if the topic contains the sensor's name. */
export function readingTopics(config: Named): string[] {
  const topic = telemetryTopic(config);
  if (!topic.includes('{sensor}')) return [topic];
  return (config.sensors ?? []).map(({ name }) => topic.replaceAll('{sensor}', name));
}

/** The topics that the board listens to. */
export function heardTopics({ command, shadow }: Topics): string[] {
  return [command, shadow === undefined ? null : `${shadow}/delta`].filter((topic) => topic !== null);
}

/** @throws ConfigError for a topic that no broker accepts, or that two kinds of messages would share */
export function checkTopics(config: BoardConfig, file: string): void {
  const topics = topicsOf(config);
  const { telemetry, sensors } = config;
  if (telemetry.topic.includes('{sensor}') && sensors === undefined) {
    throw refusal(file, 'telemetry.topic', telemetry.topic, '{sensor} is for configs with sensors, which have names');
  }
  for (const topic of readingTopics(config)) checkTopic(telemetry.topic, topic, file, 'telemetry.topic');
  const uses = new Map(readingTopics(config).map((topic) => [topic, 'readings']));
  for (const use of RENAMABLE) {
    const [written, topic = null] = [telemetry[use], topics[use]];
    if (typeof written === 'string') checkTopic(written, named(written, config), file, `telemetry.${use}`);
    if (topic === null) continue;
    const other = uses.get(topic);
    uses.set(topic, use);
    if (other === undefined) continue;
    // The error blames the renamed topic, even if the readings' topic was also chosen by a person.
    throw typeof written === 'string'
      ? refusal(file, `telemetry.${use}`, written, `the board's ${other} ${have(other)} this topic; wanted another`)
      : refusal(
          file,
          'telemetry.topic',
          telemetry.topic,
          `the board's ${use} has this topic; wanted another word at the end`,
        );
  }
}

function have(use: string): string {
  return use === 'readings' ? 'have' : 'has';
}

function named(topic: string, { thing }: Named): string {
  return topic.replaceAll('{thing}', thing);
}

function checkTopic(written: string, topic: string, file: string, field: string): void {
  const refuse = (problem: string): never => {
    throw refusal(file, field, written, problem);
  };
  const placeholder = /\{.*?\}?/.exec(topic);
  if (placeholder !== null) {
    refuse(`the only placeholder${field === 'telemetry.topic' ? 's are {thing} and {sensor}' : ' is {thing}'}`);
  }
  // oxlint-disable-next-line no-control-regex -- MQTT 3.1.1, 1.5.3 and 4.7.1, exclude these characters from topic names
  if (/[+#\u0000-\u001f]/.test(topic)) refuse('a topic name has no +, # or control characters');
  if (Buffer.byteLength(topic) > 256) refuse('wanted at most 256 bytes in UTF-8');
  if (topic.split('/').length > 8 && !topic.startsWith('$aws/rules/')) refuse('wanted at most 7 slashes');
}

function refusal(file: string, field: string, written: string, problem: string): ConfigError {
  return new ConfigError(file, field, `found ${JSON.stringify(written)}; ${problem}`);
}
