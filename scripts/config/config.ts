/**
 * Reads the config of a board (`board/config.schema.json` explains every field). It is checked against the schema, and
 * against rules that JSON Schema cannot express. `files.ts` reads the files that it names.
 */
import { isIPv4 } from 'node:net';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { SENSOR_TYPES, SENSORS } from '../../firmware/sensors/catalogue.ts';
import { systemProblem } from '../lib/cli.ts';
import { quotePath } from '../lib/shell.ts';
import { alternatives } from '../lib/words.ts';
import { checkAlarms } from './alarms.ts';
import { AWS_ALPN, awsEndpointOf, awsEndpointProblem } from './aws.ts';
import { ConfigError } from './errors.ts';
import { parseJson, readUtf8 } from './json.ts';
import { BOARD_SCHEMA, type BoardConfig } from './schema.ts';
import { checkSensors, fillSensorPins, sensorsOf } from './sensors.ts';
import { checkTopics } from './topics.ts';
import example from '../../board/config.example.json' with { type: 'json' };

export const DEFAULT_BOARD_FILE = 'board/config.json';

export type { BoardConfig } from './schema.ts';

/**
 * Reads and checks a complete config.
 * @throws ConfigError also if the endpoint is not known yet
 */
export function readCompleteConfig(file: string): BoardConfig {
  const config = readBoardConfig(file);
  if (!isPlaceholder(config.endpoint.host)) return config;
  throw new ConfigError(
    file,
    'endpoint.host',
    `found the example's ${config.endpoint.host}; npm run provision puts your AWS account's in its place`,
  );
}

/** Reads a complete config for use on a board. @throws ConfigError also for a host that this PC may find but a board cannot */
export function readConfigForBoard(file: string): BoardConfig {
  const config = readCompleteConfig(file);
  const problem = boardNameProblem(config.endpoint.host);
  if (problem === null) return config;
  throw new ConfigError(file, 'endpoint.host', problem);
}

/**
 * Reads and checks a config file.
 * @throws ConfigError: one line that names the file and the field, and says what was found and what is wanted
 */
export function readBoardConfig(file: string): BoardConfig {
  return checkBoardConfig(parseJson(file, readText(file)), file);
}

/** @param file the file name that errors give as the source of `value` */
export function checkBoardConfig(value: unknown, file: string): BoardConfig {
  const config = structuredClone(value);
  validate ??= compileSchema();
  if (!validate(config)) {
    const { field, problem } = explain((validate.errors ?? [])[0]);
    throw new ConfigError(file, field, problem);
  }
  fillSensorPins(config, value as BoardConfig);
  checkSensors(config, file);
  checkAlarms(config, file);
  checkWifi(config, file);
  checkHost(config, file);
  config.time.servers.forEach((server, i) => checkTimeServer(server, `time.servers[${i}]`, file));
  checkFileNames(config, file);
  checkTopics(config, file);
  return config;
}

/** Whether the broker is AWS IoT Core: its name or its protocol says so. */
export function isAws({ endpoint }: { endpoint: { host: string; alpn?: string } }): boolean {
  return awsEndpointOf(endpoint.host) !== null || endpoint.alpn === AWS_ALPN;
}

/** Whether a board asks AWS IoT Jobs for updates: the config says so, else it does at AWS. */
export function hasJobs({ endpoint }: { endpoint: { host: string; alpn?: string; jobs?: boolean } }): boolean {
  return endpoint.jobs ?? isAws({ endpoint });
}

/** Protocol to ask a server for: the config's, else on port 443 of AWS the one that it wants there. */
export function alpnOf(config: BoardConfig): string | undefined {
  const { alpn, port } = config.endpoint;
  return alpn ?? (port === 443 && isAws(config) ? AWS_ALPN : undefined);
}

/** One line that says which board a config is for and what the board does. */
export function describeBoard(config: BoardConfig): string {
  const { thing, endpoint } = config;
  const sensors = sensorsOf(config).map(({ name, sensor: { type } }) => {
    return name === null ? SENSORS[type].label : `${name} (${SENSORS[type].label})`;
  });
  return `${thing}: ${sensors.join(', ')}, to ${endpoint.host}, port ${endpoint.port}`;
}

/** The example config's endpoint. No account has it: it means that the endpoint is not known yet. */
export const PLACEHOLDER_HOST = example.endpoint.host;

export function isPlaceholder(host: string): boolean {
  return host.toLowerCase() === PLACEHOLDER_HOST;
}

let validate: ValidateFunction<BoardConfig> | undefined;

/** Compiled when the first config is read. Checking the schema itself, and improving the code, would take most of the time. */
function compileSchema(): ValidateFunction<BoardConfig> {
  const fast = { validateSchema: false, meta: false, code: { optimize: false } };
  return new Ajv({ useDefaults: true, discriminator: true, verbose: true, strict: false, ...fast }).compile(
    BOARD_SCHEMA,
  );
}

function readText(file: string): string {
  try {
    return readUtf8(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ConfigError(file, null, `cannot be read: ${systemProblem(error)}`);
    }
    const option = file === DEFAULT_BOARD_FILE ? '' : ` -- --board ${quotePath(file)}`;
    throw new ConfigError(file, null, `not found; npm run setup${option} makes one`);
  }
}

/** Describes in words what the schema refused. */
function explain(error: ErrorObject): { field: string | null; problem: string } {
  const at = error.instancePath
    .slice(1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  const inside = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const wanted = (error.parentSchema as { description?: string } | undefined)?.description;
  const found = `found ${describe(at, error.data)}`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = (error.params as { additionalProperty: string }).additionalProperty;
      const known = Object.keys((error.parentSchema as { properties: object }).properties).join(', ');
      return { field: inside(name), problem: `unknown field; known here: ${known}` };
    }
    case 'required': {
      const name = (error.params as { missingProperty: string }).missingProperty;
      const property = (error.parentSchema as { properties?: Record<string, { description?: string }> }).properties?.[
        name
      ];
      return {
        field: inside(name),
        problem: `missing; wanted: ${join(property?.description ?? 'a value', unknownFields(error))}`,
      };
    }
    case 'dependencies': {
      const { property, missingProperty } = error.params as { property: string; missingProperty: string };
      return {
        field: inside(missingProperty),
        problem: `missing, though ${inside(property)} is given; give both or neither`,
      };
    }
    case 'discriminator':
      return {
        field: inside('type'),
        problem: `found ${describe(inside('type'), (error.data as { type?: unknown }).type)}; wanted ${alternatives(SENSOR_TYPES)}`,
      };
    case 'type': {
      const type = (error.params as { type: string }).type;
      return {
        field: at === '' ? null : at,
        problem: `${found}; wanted ${/^[aio]/.test(type) ? 'an' : 'a'} ${type}${join(wanted === undefined ? '' : `: ${wanted}`, inDecimal(error.data))}`,
      };
    }
    default:
      return {
        field: at === '' ? null : at,
        problem: `${at.endsWith('password') ? 'the value is not usable' : found}; wanted: ${wanted ?? error.message ?? ''}`,
      };
  }
}

/** Appends a remark to a description from the schema. */
function join(description: string, remark: string): string {
  return remark === '' ? description : `${description.replace(/\.$/, '')}; ${remark}`;
}

/** Lists unknown fields, one of which may be a misspelt name for the missing field. */
function unknownFields({ data, parentSchema }: ErrorObject): string {
  const { properties, additionalProperties } = parentSchema as { properties?: object; additionalProperties?: boolean };
  if (properties === undefined || additionalProperties !== false) return '';
  const unknown = Object.keys(data as object).filter((name) => !Object.hasOwn(properties, name));
  return unknown.length === 0 ? '' : `found the unknown field ${unknown.join(', ')}`;
}

/** Converts a hexadecimal text: JSON has no hexadecimal numbers, but data sheets give addresses in no other form. */
function inDecimal(value: unknown): string {
  return typeof value === 'string' && /^0x[0-9a-f]{1,6}$/i.test(value) ? `${value} is ${Number(value)}` : '';
}

/** Fields in which nobody puts a secret, not even by mistake. The values of other fields are never printed. */
const SHOWN =
  /^(thing|wifi\.ssid|endpoint\.(host|port|keepAliveSeconds)|sensors?(\[\d\])?(\..+)?|alarms.*|telemetry\..+|time\..+)$/;

/** Describes a value in an error: the value itself if it cannot be a secret, otherwise only its type. */
function describe(field: string, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string' && typeof value !== 'number') return String(value);
  if (value !== '' && !SHOWN.test(field)) return `a ${typeof value}`;
  // Hides the password in mqtts://user:password@host.
  return JSON.stringify(typeof value === 'string' ? value.replace(/^([a-z]+:\/\/)?.*@/is, '$1...@') : value);
}

function checkWifi({ wifi }: BoardConfig, file: string): void {
  const bytes = Buffer.byteLength(wifi.ssid);
  if (bytes > 32) throw new ConfigError(file, 'wifi.ssid', `found ${bytes} bytes in UTF-8; wanted at most 32`);
}

/** The host may be an IPv4 address if the server's certificate names it. The board has no IPv6. */
function checkHost({ endpoint }: BoardConfig, file: string): void {
  const { host } = endpoint;
  const refuse = (problem: string): never => {
    throw new ConfigError(file, 'endpoint.host', problem);
  };
  if (/^[\d.]+$/.test(host) && !isIPv4(host)) {
    refuse(`found ${JSON.stringify(host)}; wanted a host name, or an IPv4 address of four numbers up to 255`);
  }
  const problem = awsEndpointProblem(host);
  if (problem !== null) refuse(problem);
}

function checkTimeServer(server: string, field: string, file: string): void {
  const problem = /^[\d.]+$/.test(server) && !isIPv4(server) ? 'no IPv4 address' : boardNameProblem(server);
  if (problem !== null) throw new ConfigError(file, field, `found ${JSON.stringify(server)}: ${problem}`);
}

/** Why the board cannot find a host that this PC may find, in words; null if DNS may know the host. */
export function boardNameProblem(host: string): string | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  const instead =
    "use the machine's IPv4 address, which its certificate must name then, or a name that your router's DNS knows";
  if (name === 'localhost' || name.endsWith('.localhost') || /^127\./.test(name)) {
    return `${host} would be the board itself; ${instead}`;
  }
  if (name.endsWith('.local')) return `${host} is found by multicast DNS, which the board does not speak; ${instead}`;
  return null;
}

/** Refuses the text of a key in place of its file name, before any error could print that as a name. */
function checkFileNames({ tls }: BoardConfig, file: string): void {
  const names: [string, string | undefined][] = tls.anchors.map((name, i) => [`tls.anchors[${i}]`, name]);
  names.push(['tls.certificate', tls.certificate], ['tls.key', tls.key]);
  for (const [field, name] of names) {
    // Either PEM or only its base64: DER of this size begins with 0x30, which is M in base64.
    if (name === undefined || !/-----BEGIN|[\r\n]|^M[A-Za-z0-9+/=\s]{80,}$/.test(name)) continue;
    throw new ConfigError(file, field, 'found the text of a PEM file; wanted the name of the file');
  }
}
