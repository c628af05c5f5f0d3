/**
 * Describes a board to Home Assistant by MQTT discovery
 * (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery): one device, with a retained message for each
 * entity under `homeassistant/<component>/<board>/<entity>/config`.
 */
import type { Topics } from '../../firmware/topics.ts';

type Quantity = 'celsius' | 'humidity' | 'pressure';

/** The facts about a board that Home Assistant needs. */
export interface DiscoveredBoard {
  thing: string;
  topics: Pick<Topics, 'telemetry' | 'status' | 'health' | 'alarm'>;
  /** The name is empty if the board has one sensor without a name. */
  sensors: { name: string; measures: readonly Quantity[] }[];
  /** Names of the alarms of its config, such as `freezer above -12`. */
  alarms: string[];
  firmwareVersion: string;
}

/** Home Assistant's default prefix of discovery topics. */
const PREFIX = 'homeassistant';

const QUANTITIES: Record<Quantity, { field: string; name: string; deviceClass: string; unit: string; digits: number }> =
  {
    celsius: { field: 'celsius', name: 'Temperature', deviceClass: 'temperature', unit: '°C', digits: 1 },
    humidity: { field: 'humidity_percent', name: 'Humidity', deviceClass: 'humidity', unit: '%', digits: 0 },
    pressure: { field: 'pressure_hpa', name: 'Pressure', deviceClass: 'atmospheric_pressure', unit: 'hPa', digits: 0 },
  };

/** The diagnostic entities, from fields of the messages on `health`. */
const DIAGNOSTICS: { field: string; name: string; extra: object }[] = [
  { field: 'firmware', name: 'Firmware', extra: {} },
  { field: 'last_reset', name: 'Last reset', extra: {} },
  { field: 'uptime_s', name: 'Uptime', extra: { ...measured('duration', 's') } },
  { field: 'heap_free', name: 'Heap free', extra: { ...measured('data_size', 'B') } },
  { field: 'heap_free_low', name: 'Heap free at the lowest', extra: { ...measured('data_size', 'B') } },
  { field: 'reconnects', name: 'Reconnects', extra: { state_class: 'total_increasing' } },
  { field: 'queued', name: 'Readings queued', extra: { state_class: 'measurement' } },
  { field: 'dropped', name: 'Readings dropped', extra: { state_class: 'total_increasing' } },
];

/** The filter for all configs of a board, including those of entities that it no longer has. */
export function discoveryFilter(thing: string): string {
  return `${PREFIX}/+/${nodeId(thing)}/+/config`;
}

/** The discovery configs, by their topics. */
export function discoveryConfigs(board: DiscoveredBoard): Map<string, string> {
  const { thing, topics, sensors, alarms, firmwareVersion } = board;
  const node = nodeId(thing);
  const configs = new Map<string, string>();
  const add = (component: string, entity: string, config: object): void => {
    const shared = {
      unique_id: `pico-kitchen_${node}_${entity}`,
      ...(topics.status !== null && {
        availability_topic: topics.status,
        availability_template: '{{ value_json.state }}',
      }),
      device: {
        identifiers: [`pico-kitchen_${node}`],
        name: thing,
        manufacturer: 'Raspberry Pi',
        model: 'Pico W with pico-kitchen',
        sw_version: firmwareVersion,
      },
      origin: { name: 'pico-kitchen', sw_version: firmwareVersion },
    };
    configs.set(`${PREFIX}/${component}/${node}/${entity}/config`, JSON.stringify({ ...config, ...shared }));
  };

  for (const sensor of sensors) {
    for (const quantity of sensor.measures) {
      const { field, name, deviceClass, unit, digits } = QUANTITIES[quantity];
      add('sensor', entityId(sensor.name, field), {
        name: sensor.name === '' ? name : `${sensor.name} ${name.toLowerCase()}`,
        state_topic: topics.telemetry.replaceAll('{sensor}', sensor.name),
        value_template: valueTemplate(field, sensor.name),
        ...measured(deviceClass, unit),
        suggested_display_precision: digits,
      });
    }
  }
  for (const { field, name, extra } of topics.health === null ? [] : DIAGNOSTICS) {
    add('sensor', entityId('', field), {
      name,
      state_topic: topics.health,
      value_template: valueTemplate(field, ''),
      entity_category: 'diagnostic',
      ...extra,
    });
  }
  for (const alarm of typeof topics.alarm === 'string' ? alarms : []) {
    add('binary_sensor', alarmEntityId(alarm), {
      name: alarm,
      state_topic: topics.alarm,
      // The board publishes one retained message for all its alarms, and `active` has the names of those that are raised.
      value_template: `{{ ('ON' if '${alarm}' in value_json.active else 'OFF') if value_json.active is defined }}`,
      device_class: 'problem',
    });
  }
  return configs;
}

function measured(deviceClass: string, unit: string): object {
  return { device_class: deviceClass, unit_of_measurement: unit, state_class: 'measurement' };
}

/** Renders nothing, which leaves the entity as it is, for a message of another sensor or one without the field. */
function valueTemplate(field: string, sensor: string): string {
  const conditions = [`value_json.${field} is defined`];
  if (sensor !== '') conditions.push(`value_json.sensor == '${sensor}'`);
  return `{{ value_json.${field} if ${conditions.join(' and ')} }}`;
}

function entityId(sensor: string, field: string): string {
  return sensor === '' ? field : `${sensor}_${field}`;
}

/** An alarm's name has blanks, and a point if its limit has decimals. */
function alarmEntityId(alarm: string): string {
  return `alarm_${alarm.replaceAll(/[^a-zA-Z0-9-]/g, '_')}`;
}

/** Home Assistant allows letters, digits, _ and - here. A thing's name may also have colons. */
function nodeId(thing: string): string {
  return thing.replaceAll('_', '__').replaceAll(':', '_c');
}
