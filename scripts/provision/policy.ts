/**
 * The policy of a board at AWS IoT Core. It allows the board to be the client of its name, to publish to its topics, to
 * subscribe to its commands, and to use AWS's services for this one thing: jobs, streams and shadow. For everything else
 * AWS closes the connection without giving a reason.
 */
import type { Topics } from '../../firmware/topics.ts';
import type { BoardConfig } from '../config/config.ts';
import { UserError } from '../lib/cli.ts';

/** Part of the policy's name, so that policies of others are never changed. */
const PREFIX = 'pico-kitchen-';
/** Characters (AWS IoT API, CreatePolicy). */
const LONGEST_NAME = 128;

/** Characters without blanks (AWS IoT Core endpoints and quotas, "Policy document size"). */
const LONGEST_DOCUMENT = 2048;

/** @throws UserError for a thing's name that is too long */
export function policyName(thing: string): string {
  // A thing's name may have colons, which a policy's name may not. They become `=`, which a thing's name may not have.
  const name = PREFIX + thing.replaceAll(':', '=');
  if (name.length <= LONGEST_NAME) return name;
  throw new UserError(`thing: ${thing} is too long by ${name.length - LONGEST_NAME} to name its policy after`);
}

/**
 * @param arn of the account's IoT in a region: `arn:aws:iot:eu-west-1:123456789012`
 * @throws UserError for a topic with characters that have a special meaning in a policy, and for more than AWS takes
 */
export function policyDocument(
  arn: string,
  { thing, sensors, endpoint }: Pick<BoardConfig, 'thing' | 'sensors'> & { endpoint?: { jobs?: boolean } },
  topics: Topics,
): object {
  const { telemetry, command, status, health, reply, alarm = null, shadow } = topics;
  const allow = (action: string | string[], resource: string | string[]): object => ({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
  });
  const topic = (name: string): string => `${arn}:topic/${checkTopic(name)}`;
  const heard = (name: string): string[] => [topic(name), `${arn}:topicfilter/${name}`];
  const readings = telemetry.includes('{sensor}')
    ? (sensors ?? []).map(({ name }) => telemetry.replaceAll('{sensor}', name))
    : [telemetry];
  const published = [...readings, status, health, reply, alarm].filter((name) => name !== null);
  const retained = [status, alarm].filter((name) => name !== null);
  const usesServices = endpoint?.jobs !== false || shadow !== undefined;
  // The wildcard stands for jobs, streams and the shadow, of which each would take some 200 characters.
  const services = ['topic', 'topicfilter'].map((kind) => `${arn}:${kind}/$aws/things/${thing}/*`);
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        ...allow('iot:Connect', `${arn}:client/${thing}`),
        // Without this a CONNECT with a will is refused (developer guide, "Retained message policy examples").
        ...(status !== null && {
          Condition: { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } },
        }),
      },
      allow('iot:Publish', published.map(topic)),
      ...(retained.length === 0 ? [] : [allow('iot:RetainPublish', one(retained.map(topic)))]),
      ...(command === null ? [] : [allow(['iot:Subscribe', 'iot:Receive'], heard(command))]),
      ...(usesServices ? [allow(['iot:Publish', 'iot:Subscribe', 'iot:Receive'], services)] : []),
    ],
  };
  const { length } = JSON.stringify(document).replace(/\s/g, '');
  if (length <= LONGEST_DOCUMENT) return document;
  throw new UserError(
    `the policy of ${thing} has ${length} characters, and AWS takes ${LONGEST_DOCUMENT}: shorten telemetry.topic and the other topics, or switch off those that you do not need ("health": false)`,
  );
}

/** A list of one item is written as the item, as usual in policies. */
function one(items: string[]): string | string[] {
  return items.length === 1 ? items[0] : items;
}

/** @throws UserError for a topic with characters that have a special meaning in a policy */
export function checkTopic(name: string): string {
  if (!/[*?]|\$\{/.test(name)) return name;
  throw new UserError(
    `telemetry: the topic '${name}' has *, ? or \${, which in AWS's policies stand for other topics as well`,
  );
}
