/**
 * Writes docs/DATA.md: the tables from the declarations in firmware/messages.ts, the rest from this file.
 *
 *     node --import ./scripts/typescript.js scripts/generate/dataDocument.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MESSAGES, type FieldDeclaration, type MessageDeclaration } from '../../firmware/messages.ts';
import { SENSORS } from '../../firmware/sensors/catalogue.ts';
import { boardTopics } from '../../firmware/topics.ts';
import { OPERATION } from '../../firmware/update/job.ts';
import { HEADER } from '../../firmware/update/manifest.ts';
import { discoveryConfigs } from '../provision/homeAssistant.ts';
import { formatted } from './formatted.ts';

export const FILE = fileURLToPath(new URL('../../docs/DATA.md', import.meta.url));
const THING = 'kitchen-1';

/** The events that AWS meters for a board with a reading a minute, in a month of 30 days. */
const MONTH = { readings: 30 * 24 * 60, health: 30 * 24 * 6, minutes: 30 * 24 * 60 };
/** US dollars for a million; `costs()` says where they are from. */
const PRICES = { messages: 1, minutes: 0.08, shadow: 1.25, rules: 0.15, actions: 0.15 };

/** The text of the document. */
export async function dataDocument(): Promise<string> {
  const all = boardTopics(`kitchen/${THING}/temperature`, THING, {}, { alarms: true, shadow: true });
  const topics = { ...all, delta: `${all.shadow}/delta` };
  const sections = Object.entries(MESSAGES).map(([name, message]) =>
    section(name, message, topics[message.topic] ?? ''),
  );
  const text = [INTRODUCTION, ...sections, blocks(), jobs(), homeAssistant(), recipes(), costs()].join('\n\n');
  return formatted(FILE, text);
}

const INTRODUCTION = `# The data of a board

Written by \`node --import ./scripts/typescript.js scripts/generate/dataDocument.ts\` from the declarations that give the program's own messages
their types (\`firmware/messages.ts\`). All messages are JSON objects in UTF-8. The topics are those of a board named
\`${THING}\` with \`"topic": "kitchen/{thing}/temperature"\`: the others are beside it, or below the thing's name if the topic does
not contain it. \`telemetry.status\`, \`health\`, \`command\`, \`reply\` and \`alarm\` rename one, or switch it off with \`false\`.

More fields may be added to a message; readers should ignore fields that they do not know.`;

function section(name: string, message: MessageDeclaration, topic: string): string {
  const rows = Object.entries(message.fields).map(
    ([field, declared]) => `| \`${field}\` | ${typeOf(declared)} | ${rangeOf(declared)} | ${meaningOf(declared)} |`,
  );
  return [
    `## ${name}`,
    `\`${topic}\`, ${message.direction}, QoS ${message.qos}, ${message.retained ? 'retained' : 'not retained'}. ${sentence(message.when)}`,
    ...(message.within === undefined ? [] : [`The fields stand in \`${message.within}\`.`]),
    ['| field | type | unit and range | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function typeOf(field: FieldDeclaration): string {
  if (field.type === 'text list') return 'list of strings';
  if (field.type === 'readings') return 'object of objects';
  if (!('decimals' in field) || field.decimals === undefined) return field.type;
  return `${field.type}, ${field.decimals} ${field.decimals === 1 ? 'decimal' : 'decimals'} at most`;
}

function rangeOf(field: FieldDeclaration): string {
  if (field.type === 'string') return (field.values ?? []).map((value) => `\`${value}\``).join(', ');
  if (field.type !== 'number' && field.type !== 'integer') return '';
  const range = field.maximum === undefined ? `from ${field.minimum}` : `${field.minimum} to ${field.maximum}`;
  return field.unit === undefined ? range : `${field.unit}, ${range}`;
}

function meaningOf({ about, null: ifNull, missing }: FieldDeclaration): string {
  const remarks = [about];
  if (ifNull !== undefined) remarks.push(`null if ${ifNull}`);
  if (missing !== undefined) remarks.push(`missing if ${missing}`);
  return sentence(remarks.join('; '));
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function blocks(): string {
  return `## The blocks of an update

A reply with \`offset\` and \`length\` asks for bytes of the update file. They come on \`command\`, in a message that is no JSON:

| bytes | meaning |
| --- | --- |
| 0 | 0, which no JSON begins with |
| 1 to 8 | the id of the update, as text |
| 9 to 12 | the offset, the most significant byte first |
| from 13 on | the bytes that were asked for, ${HEADER} at most |

The board takes only what it has asked for, and asks again after 10 s. The first ${HEADER} bytes of a file are its signed header.`;
}

function jobs(): string {
  const things = `$aws/things/${THING}`;
  return `## AWS IoT Jobs

A board on AWS uses these topics, unless \`endpoint.jobs\` is \`false\`. Their messages are AWS's own (AWS IoT Core's developer guide, “Jobs”
and “MQTT-based file delivery”).

| topic | | QoS | message |
| --- | --- | --- | --- |
| \`${things}/jobs/$next/get\` | published | 1 | \`{}\`, after each connection |
| \`${things}/jobs/$next/get/accepted\`, \`${things}/jobs/notify-next\` | understood | 1 | a job, whose document is \`{"operation":"${OPERATION}","update":ID,"stream":STREAM}\` |
| \`${things}/jobs/JOB/update\` | published | 1 | \`status\`: \`IN_PROGRESS\`, \`SUCCEEDED\`, \`FAILED\`, or \`REJECTED\` for another document; \`statusDetails\`: the \`step\` (\`receiving\`, \`on trial\`), in the end the \`slot\` of the program, or \`why\` it failed |
| \`${things}/streams/STREAM/get/json\` | published | 0 | asks for a block: \`{"f":0,"l":${HEADER},"o":NUMBER,"n":1}\` |
| \`${things}/streams/STREAM/data/json\`, \`${things}/streams/STREAM/rejected/json\` | understood | 1 | the block in \`p\`, in base64, and its number in \`i\`; or that there is none |`;
}

/** The entities of a board with one sensor and one alarm, from the configs that it gets. */
function homeAssistant(): string {
  const topics = boardTopics(`kitchen/${THING}/temperature`, THING, {}, { alarms: true });
  const sensors = [{ name: '', measures: SENSORS.bme280.measures }];
  const configs = discoveryConfigs({ thing: THING, topics, sensors, alarms: ['above 30'], firmwareVersion: '' });
  const rows = [...configs].map(([topic, payload]) => {
    const config = JSON.parse(payload) as Record<'name' | 'state_topic' | 'value_template' | 'device_class', string>;
    const [, component] = topic.split('/');
    const field = /value_json\.(\w+)/.exec(config.value_template)?.[1] ?? '';
    const kind = [component, config.device_class].filter((word) => word !== undefined).join(', ');
    return `| ${config.name} | ${kind} | \`${field}\` in \`${config.state_topic}\` |`;
  });
  return `## The entities in Home Assistant

\`npm run provision -- --home-assistant\` publishes a retained message for each entity under
\`homeassistant/+/${THING}/+/config\`, through the broker of the config. Run it again after you change sensors, alarms or topics: it
changes what differs and removes what the config no longer has. \`--remove\` removes all of them.

A board with a BME280 and the alarm \`above 30\` has these entities; with several sensors, an entity's name begins with the sensor's:

| entity | component, class | taken from |
| --- | --- | --- |
${rows.join('\n')}

An alarm is _on_ while \`active\` has its name. Its state is _unknown_ until one of the board's alarms has changed for the first
time, because the board publishes changes only. While \`status\` says offline, all entities are _unavailable_.`;
}

/** Commands for AWS CloudShell. They need no file, and may be repeated but for what says that it is there already. */
function recipes(): string {
  return `## Three recipes for AWS

To be pasted into AWS CloudShell (the icon \`>_\` in the console), in the boards' region, in this order; they take the topics
above. A role lets the rules write; it is made first.

\`\`\`sh
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
REGION=$(aws configure get region || echo "$AWS_REGION")
ROLE=arn:aws:iam::$ACCOUNT:role/pico-kitchen-rules
aws iam create-role --role-name pico-kitchen-rules --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
aws iam put-role-policy --role-name pico-kitchen-rules --policy-name pico-kitchen-rules --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:PutItem"],"Resource":"arn:aws:dynamodb:'$REGION:$ACCOUNT':table/kitchen"},{"Effect":"Allow","Action":"cloudwatch:PutMetricData","Resource":"*"},{"Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:'$REGION:$ACCOUNT':kitchen-alarms"}]}'
sleep 15 # until the role is known everywhere
\`\`\`

### Readings into a table

A reading that comes twice, marked DUP, takes its own place again: the key is the board and the number of the reading.

\`\`\`sh
aws dynamodb create-table --table-name kitchen --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=device,AttributeType=S AttributeName=seq,AttributeType=N --key-schema AttributeName=device,KeyType=HASH AttributeName=seq,KeyType=RANGE
aws dynamodb wait table-exists --table-name kitchen
aws iot create-topic-rule --rule-name kitchen_readings --topic-rule-payload '{"sql":"SELECT * FROM '"'kitchen/+/temperature'"' WHERE isUndefined(seq) = false","awsIotSqlVersion":"2016-03-23","actions":[{"dynamoDBv2":{"roleArn":"'$ROLE'","putItem":{"tableName":"kitchen"}}}]}'
aws dynamodb query --table-name kitchen --key-condition-expression 'device = :board' --expression-attribute-values '{":board":{"S":"${THING}"}}' --no-scan-index-forward --max-items 3
\`\`\`

### An alarm when a board is silent

A rule counts readings as a metric; CloudWatch raises an alarm when there was none for five minutes.

\`\`\`sh
aws iot create-topic-rule --rule-name kitchen_pulse --topic-rule-payload '{"sql":"SELECT * FROM '"'kitchen/+/temperature'"' WHERE isUndefined(seq) = false","awsIotSqlVersion":"2016-03-23","actions":[{"cloudwatchMetric":{"roleArn":"'$ROLE'","metricNamespace":"kitchen","metricName":"\${topic(2)}","metricValue":"1","metricUnit":"Count"}}]}'
aws cloudwatch put-metric-alarm --alarm-name ${THING}-is-silent --namespace kitchen --metric-name ${THING} --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator LessThanThreshold --treat-missing-data breaching
\`\`\`

### An e-mail on each alarm of a board

\`\`\`sh
TOPIC=$(aws sns create-topic --name kitchen-alarms --query TopicArn --output text)
aws sns subscribe --topic-arn "$TOPIC" --protocol email --notification-endpoint you@example.com # then confirm the e-mail
aws iot create-topic-rule --rule-name kitchen_alarms --topic-rule-payload '{"sql":"SELECT * FROM '"'kitchen/+/alarm'"'","awsIotSqlVersion":"2016-03-23","actions":[{"sns":{"targetArn":"'$TOPIC'","roleArn":"'$ROLE'","messageFormat":"RAW"}}]}'
aws cloudwatch put-metric-alarm --alarm-name ${THING}-is-silent --namespace kitchen --metric-name ${THING} --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator LessThanThreshold --treat-missing-data breaching --alarm-actions "$TOPIC"
\`\`\`

The last line sends an e-mail for the silent board as well.`;
}

function costs(): string {
  const messages = MONTH.readings + MONTH.health;
  const rows: [string, number, number][] = [
    ['readings that the board publishes', MONTH.readings, PRICES.messages],
    ['reports of health', MONTH.health, PRICES.messages],
    ['minutes of connection', MONTH.minutes, PRICES.minutes],
  ];
  const watching: [string, number, number][] = [
    ['the same messages, sent to one `npm run watch`', messages, PRICES.messages],
    ['its acknowledgements of readings', MONTH.readings, PRICES.messages],
    ['its minutes of connection', MONTH.minutes, PRICES.minutes],
  ];
  const shadow: [string, number, number][] = [
    ['reports to the shadow, with `telemetry.shadow`, as messages', MONTH.readings, PRICES.messages],
    ['the same reports, as operations on the shadow', MONTH.readings, PRICES.shadow],
  ];
  const rule: [string, number, number][] = [
    ['one rule on the readings, triggered', MONTH.readings, PRICES.rules],
    ['its action', MONTH.readings, PRICES.actions],
  ];
  const cents = (all: typeof rows): number => all.reduce((sum, [, count, price]) => sum + (count * price) / 10_000, 0);
  const lines = [...rows, ...watching, ...shadow, ...rule].map(
    ([what, count, price]) =>
      `| ${what} | ${count} | $${price.toFixed(2)} | ${((count * price) / 10_000).toFixed(2)} ¢ |`,
  );
  return `## What a board costs a month at AWS

At a reading every 60 s, in 30 days, without the free tier. AWS meters a message for each 5 KB begun, and an operation on the
shadow for each KB of its record; CONNECT, SUBSCRIBE and what is retained count as messages too, a few a day; PINGREQ and PUBACK
to the board do not. AWS's own example counts a message that updates a shadow both as a message and as an operation, so this
table does as well.

The prices of minutes, messages and operations on shadows are those that copies of https://aws.amazon.com/iot-core/pricing/
of October 2022 and September 2026 quote, for Ireland and Canada. The prices of rules and actions, and that us-east-1 costs
the same, are assumptions: nobody checked them on AWS's page. Look up the prices of your region there.

| what | count | a million | cost |
| --- | ---: | ---: | ---: |
${lines.join('\n')}

So the board alone costs ${cents(rows).toFixed(1)} cents a month, watching it all the time ${cents(watching).toFixed(1)} cents more, its shadow
${cents(shadow).toFixed(1)} cents and a rule ${cents(rule).toFixed(1)} cents, without what the table, CloudWatch and SNS cost themselves.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, await dataDocument());
