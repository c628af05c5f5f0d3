/**
 * The board config: its fields, their explanations, and its type. `board/config.schema.json`, which editors read, is this
 * declaration as JSON, written by scripts/generate/configSchema.ts.
 */
import { SENSOR_TYPES, sensorTypesOn } from '../../firmware/sensors/catalogue.ts';
import { alternatives } from '../lib/words.ts';
import type { FromSchema } from './fromSchema.ts';
import { LAST_I2C_PIN, LAST_PIN, pinsOfLine, TAKEN_PINS, USUAL_I2C_PINS } from './pins.ts';

const HOST_PATTERN =
  '^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$';

/** Servers of different operators. */
const TIME_SERVERS = ['pool.ntp.org', 'time.cloudflare.com', 'time.google.com', 'time.aws.com'] as const;

const offsetCelsius = {
  type: 'number',
  minimum: -30,
  maximum: 30,
  default: 0,
  description: 'Added to every reading, in degrees Celsius: -30 to 30.',
} as const;

const chipSensor = {
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: {
      enum: sensorTypesOn('chip'),
      description:
        "The chip's own sensor: needs no wiring, and is several degrees off until calibrated with offsetCelsius.",
    },
    offsetCelsius,
  },
} as const;

function i2cPin<const Line extends 'sda' | 'scl'>(line: Line) {
  const name = line.toUpperCase();
  const ofBus = (bus: 0 | 1): string =>
    `us ${bus}: ${alternatives(pinsOfLine(`${name} of bus ${bus}`))}, and ${USUAL_I2C_PINS[bus][line]} unless given`;
  return {
    type: 'integer',
    minimum: 0,
    maximum: LAST_I2C_PIN,
    default: USUAL_I2C_PINS[0][line],
    description: `GPIO of ${name}. B${ofBus(0)}; b${ofBus(1)}.`,
  } as const;
}

const i2cSensor = {
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { enum: sensorTypesOn('i2c'), description: 'A sensor on I2C.' },
    bus: { enum: [0, 1], default: 0, description: 'I2C bus, 0 or 1.' },
    sda: i2cPin('sda'),
    scl: i2cPin('scl'),
    address: {
      type: 'integer',
      minimum: 8,
      maximum: 119,
      description: "I2C address, 8 to 119 in decimal, if it is not the sensor's usual one.",
    },
    offsetCelsius,
  },
} as const;

const oneWireSensor = {
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { enum: sensorTypesOn('oneWire'), description: 'A sensor on one wire, with a 4.7 kOhm resistor to 3V3.' },
    pin: {
      type: 'integer',
      minimum: 0,
      maximum: LAST_PIN,
      not: { enum: TAKEN_PINS },
      default: 15,
      description:
        'GPIO of the data line: 0 to 21 or 26 to 28; GP22 stops the program, 23 to 25 lead to the Wi-Fi chip.',
    },
    id: {
      type: 'string',
      pattern: '^[0-9a-f]{2}-[0-9a-f]{12}$',
      description:
        "The sensor's own number, such as 28-0316a2794aff, if it shares its wire with others; the board's log lists those it finds.",
    },
    offsetCelsius,
  },
} as const;

function otherTopic(use: string) {
  const description = `MQTT topic of ${use}; false switches it off. Default: beside the readings' topic.`;
  return {
    anyOf: [
      { const: false, description },
      { type: 'string', minLength: 1 },
    ],
    description,
  } as const;
}

const degrees = { type: 'number', minimum: -85, maximum: 180 } as const;

const name = {
  type: 'string',
  pattern: '^[A-Za-z0-9_-]{1,32}$',
  description: 'Name of the sensor, in its readings and their topic: 1 to 32 of A-Z a-z 0-9 _ -.',
} as const;

const types = { description: `${alternatives(SENSOR_TYPES)}.` } as const;

/** Adds a name to a sensor's schema, for boards with several sensors. */
function withName<S extends { properties: object }>(
  sensor: S,
): Omit<S, 'required' | 'properties'> & {
  required: readonly ['name', 'type'];
  properties: { name: typeof name } & S['properties'];
} {
  return { ...sensor, required: ['name', 'type'], properties: { name, ...sensor.properties } };
}

export const BOARD_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'pico-kitchen board config',
  description: 'Everything a person decides about one board. Paths are relative to this file.',
  type: 'object',
  additionalProperties: false,
  required: ['thing', 'wifi', 'endpoint', 'tls', 'telemetry'],
  properties: {
    $schema: { type: 'string', description: 'Lets an editor complete and explain this file.' },
    thing: {
      type: 'string',
      pattern: '^[A-Za-z0-9:_-]{1,128}$',
      description:
        'Name of the board: AWS IoT thing name and MQTT client id. 1 to 128 of A-Z a-z 0-9 : _ -, and no other board may use it.',
    },
    wifi: {
      type: 'object',
      additionalProperties: false,
      required: ['ssid', 'password'],
      description: 'The 2.4 GHz network to join; the Pico W has no 5 GHz radio.',
      properties: {
        ssid: { type: 'string', minLength: 1, description: 'Name of the network, 1 to 32 bytes in UTF-8.' },
        password: {
          type: 'string',
          pattern: '^([\\x20-\\x7e]{8,63}|[0-9A-Fa-f]{64}|)$',
          description:
            'WPA2 password of the network: 8 to 63 ASCII characters, the 64 hexadecimal digits of its key, or empty for an open network.',
        },
      },
    },
    endpoint: {
      type: 'object',
      additionalProperties: false,
      required: ['host', 'port'],
      description: 'The MQTT broker.',
      properties: {
        host: {
          type: 'string',
          pattern: HOST_PATTERN,
          description:
            "Host name only, or an IPv4 address, such as abcdefgh1234-ats.iot.eu-west-1.amazonaws.com, without https:// before it or a port or path behind it. The server's certificate must name it.",
        },
        port: {
          type: 'integer',
          minimum: 1,
          maximum: 65535,
          description: 'A whole number from 1 to 65535: 8883, or 443 on AWS for networks that block 8883.',
        },
        alpn: {
          type: 'string',
          pattern: '^[!-~]{1,255}$',
          description:
            'Protocol to ask for by ALPN, if the broker wants one. AWS does on port 443: x-amzn-mqtt-ca, which is asked for there unless given; give it for a custom domain of AWS.',
        },
        jobs: {
          type: 'boolean',
          description:
            "Whether the board asks AWS IoT Jobs for updates. It does so at AWS unless given; where the board's policy does not allow it, provision puts that right.",
        },
        username: {
          type: 'string',
          minLength: 1,
          description: 'MQTT user name, for brokers that want one; AWS does not.',
        },
        password: { type: 'string', minLength: 1, description: 'MQTT password that goes with the user name.' },
        keepAliveSeconds: {
          type: 'integer',
          minimum: 30,
          maximum: 1200,
          default: 120,
          description: 'Seconds, 30 to 1200: the broker drops a board that has been silent for 1.5 times as long.',
        },
      },
      dependencies: { password: ['username'] },
    },
    tls: {
      type: 'object',
      additionalProperties: false,
      required: ['anchors'],
      description: 'The root certificates that the board trusts, and its own certificate and key.',
      properties: {
        anchors: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', minLength: 1 },
          description:
            'Files of root certificates, at most 10 of them; the server\'s chain must end at one. "aws" stands for Amazon\'s five.',
        },
        certificate: {
          type: 'string',
          minLength: 1,
          description:
            'PEM file of the device certificate, followed by intermediates if there are any. AWS requires one.',
        },
        key: {
          type: 'string',
          minLength: 1,
          description: 'PEM file of the private key that belongs to the certificate: EC P-256, or RSA 2048 (slower).',
        },
      },
      dependencies: { certificate: ['key'], key: ['certificate'] },
    },
    sensor: {
      type: 'object',
      description: 'The sensor of a board that has one.',
      required: ['type'],
      properties: { type: types },
      discriminator: { propertyName: 'type' },
      oneOf: [chipSensor, i2cSensor, oneWireSensor],
    },
    sensors: {
      type: 'array',
      minItems: 1,
      maxItems: 4,
      description: 'In place of sensor: 1 to 4 sensors, each with a name.',
      items: {
        type: 'object',
        required: ['name', 'type'],
        properties: { name, type: types },
        discriminator: { propertyName: 'type' },
        oneOf: [withName(chipSensor), withName(i2cSensor), withName(oneWireSensor)],
      },
    },
    alarms: {
      type: 'array',
      maxItems: 8,
      description: 'Conditions that the board itself watches for, at most 8.',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          sensor: { type: 'string', description: 'Name of the sensor, if the config has sensors.' },
          above: { ...degrees, description: 'Degrees Celsius above which a reading raises the alarm.' },
          below: { ...degrees, description: 'Degrees Celsius below which a reading raises the alarm.' },
          silentForSeconds: {
            type: 'integer',
            minimum: 2,
            maximum: 604800,
            description: 'Seconds without a reading after which the alarm is raised, 2 to 604800.',
          },
          forSeconds: {
            type: 'integer',
            minimum: 0,
            maximum: 86400,
            default: 0,
            description:
              'Seconds for which readings must be above or below the limit before the alarm is raised, 0 to 86400.',
          },
          hysteresis: {
            type: 'number',
            minimum: 0,
            maximum: 50,
            default: 0.5,
            description: 'Degrees by which a reading must be back within the limit to clear the alarm, 0 to 50.',
          },
        },
      },
    },
    telemetry: {
      type: 'object',
      additionalProperties: false,
      required: ['topic', 'intervalSeconds'],
      description: 'The topics that the board publishes to, and how often.',
      properties: {
        topic: {
          type: 'string',
          minLength: 1,
          description:
            "MQTT topic of the readings; {thing} stands for the thing's name, {sensor} for the sensor's. At most 256 bytes and 7 slashes, no + or #.",
        },
        intervalSeconds: {
          type: 'integer',
          minimum: 1,
          maximum: 86400,
          description: 'Seconds between two readings, 1 to 86400.',
        },
        status: otherTopic("the board's status, online or offline, retained; without it there is no will either"),
        health: otherTopic("the board's health"),
        command: otherTopic('the commands that the board listens to'),
        reply: otherTopic('the replies to commands'),
        alarm: otherTopic('alarms, retained'),
        shadow: {
          type: 'boolean',
          description:
            "On AWS: true reports readings, interval and alarms to the thing's shadow, once a minute at most, and takes intervalSeconds from what is desired there.",
        },
      },
    },
    time: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'The servers that give the board the time, without which it cannot check certificates.',
      properties: {
        servers: {
          type: 'array',
          minItems: 1,
          maxItems: 8,
          items: { type: 'string', pattern: HOST_PATTERN },
          default: TIME_SERVERS,
          description:
            "1 to 8 time servers (SNTP, UDP port 123) by name or IPv4 address, such as your router's; the board asks them in this order until two agree.",
        },
      },
    },
  },
} as const;

/** A config after reading, with the defaults filled in. */
export type BoardConfig = FromSchema<typeof BOARD_SCHEMA>;
export type SensorConfig = NonNullable<BoardConfig['sensor']>;
export type ChipSensorConfig = FromSchema<typeof chipSensor>;
export type I2cSensorConfig = FromSchema<typeof i2cSensor>;
export type OneWireSensorConfig = FromSchema<typeof oneWireSensor>;
