/**
 * What a board may do at AWS IoT Core, and nothing else: be the client of its name, publish its topics, listen to its
 * commands, ask for its own jobs and streams. Beyond that the broker closes the connection without a word.
 */
import type { Topics } from '../../firmware/topics.ts';
import type { BoardConfig } from '../config/config.ts';
import { heardTopics } from '../config/topics.ts';
import { UserError } from '../lib/cli.ts';

/** Said in the policy's name, so that nobody else's policy is touched. */
const PREFIX = 'pico-kitchen-';
/** Characters (AWS IoT API, CreatePolicy). */
const LONGEST_NAME = 128;

/** @throws UserError for a thing's name that leaves no room */
export function policyName(thing: string): string {
  // A thing's name may have colons, a policy's may not, but it may have `=`, which a thing's may not.
  const name = PREFIX + thing.replaceAll(':', '=');
  if (name.length <= LONGEST_NAME) return name;
  throw new UserError(`thing: ${thing} is too long by ${name.length - LONGEST_NAME} to name its policy after`);
}

/**
 * @param arn of the account's IoT in a region: `arn:aws:iot:eu-west-1:123456789012`
 * @throws UserError for a topic that means more in a policy than it says
 */
export function policyDocument(
  arn: string,
  { thing, sensors, endpoint }: Pick<BoardConfig, 'thing' | 'sensors'> & { endpoint?: { jobs?: boolean } },
  topics: Topics,
): object {
  const topic = (name: string): string => `${arn}:topic/${checkTopic(name)}`;
  const { telemetry, status, health, reply, alarm = null, shadow = null } = topics;
  const allow = (action: string | string[], resource: string | string[]): object => ({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
  });
  const readings = telemetry.includes('{sensor}')
    ? (sensors ?? []).map(({ name }) => telemetry.replaceAll('{sensor}', name))
    : [telemetry];
  const published = [...readings, status, health, reply, alarm, shadow].filter((name) => name !== null);
  const heard = heardTopics(topics);
  const [jobs, streams] = ['jobs', 'streams'].map((service) => `$aws/things/${thing}/${service}/*`);
  const retained = [status, alarm].filter((name) => name !== null);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        ...allow('iot:Connect', `${arn}:client/${thing}`),
        // Without it a CONNECT with a will is refused (developer guide, "Retained message policy examples").
        ...(status !== null && {
          Condition: { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } },
        }),
      },
      allow('iot:Publish', published.map(topic)),
      ...(retained.length === 0 ? [] : [allow('iot:RetainPublish', one(retained.map(topic)))]),
      ...(heard.length === 0
        ? []
        : [
            allow('iot:Subscribe', one(heard.map((name) => `${arn}:topicfilter/${checkTopic(name)}`))),
            allow('iot:Receive', one(heard.map(topic))),
          ]),
      ...(endpoint?.jobs === false
        ? []
        : [
            allow(['iot:Publish', 'iot:Receive'], [`${arn}:topic/${jobs}`, `${arn}:topic/${streams}`]),
            allow('iot:Subscribe', [`${arn}:topicfilter/${jobs}`, `${arn}:topicfilter/${streams}`]),
          ]),
    ],
  };
}

/** A list of one as policies are usually written: the one. */
function one(items: string[]): string | string[] {
  return items.length === 1 ? items[0] : items;
}

/** @throws UserError for a topic that means more in a policy than it says */
export function checkTopic(name: string): string {
  if (!/[*?]|\$\{/.test(name)) return name;
  throw new UserError(
    `telemetry: the topic '${name}' has *, ? or \${, which AWS's policies take for other topics as well`,
  );
}
