/** The alarms of a config, and the checks that JSON Schema cannot express. */
import type { AlarmSettings } from '../../firmware/settings.ts';
import { ConfigError } from './errors.ts';
import type { BoardConfig } from './schema.ts';
import { sensorsOf } from './sensors.ts';

export function alarmsOf(config: BoardConfig): AlarmSettings[] {
  const names = sensorsOf(config).map(({ name }) => name);
  return (config.alarms ?? []).map(({ sensor, above, below, silentForSeconds, forSeconds, hysteresis }) => {
    const condition = above !== undefined ? 'above' : below !== undefined ? 'below' : 'silent';
    const limit = above ?? below ?? silentForSeconds ?? 0;
    return {
      id: `${sensor === undefined ? '' : `${sensor} `}${condition} ${limit}`,
      sensor: sensor === undefined ? 0 : names.indexOf(sensor),
      condition,
      limit,
      forSeconds,
      hysteresis,
    };
  });
}

/** @throws ConfigError */
export function checkAlarms(config: BoardConfig, file: string): void {
  const names = sensorsOf(config).map(({ name }) => name);
  const { alarms = [], telemetry } = config;
  const refuse = (i: number, field: string, problem: string): never => {
    throw new ConfigError(file, `alarms[${i}]${field}`, problem);
  };
  alarms.forEach(({ sensor, above, below, silentForSeconds, forSeconds }, i) => {
    const known = names.filter((name) => name !== null).join(', ');
    if (sensor !== undefined && !names.includes(sensor)) {
      refuse(i, '.sensor', `found ${JSON.stringify(sensor)}; the config has ${known || 'one sensor without a name'}`);
    }
    if (sensor === undefined && names[0] !== null) refuse(i, '.sensor', `missing; wanted one of ${known}`);
    const conditions = [above, below, silentForSeconds].filter((limit) => limit !== undefined).length;
    if (conditions !== 1) refuse(i, '', `found ${conditions} conditions; wanted one of above, below, silentForSeconds`);
    if (silentForSeconds === undefined) return;
    if (forSeconds !== 0) refuse(i, '.forSeconds', 'found beside silentForSeconds, which is a time itself');
    if (silentForSeconds <= telemetry.intervalSeconds) {
      const least = `more than the ${telemetry.intervalSeconds} s of telemetry.intervalSeconds`;
      refuse(i, '.silentForSeconds', `found ${silentForSeconds}; wanted ${least}`);
    }
  });
  const ids = alarmsOf(config).map(({ id }) => id);
  ids.forEach((id, i) => {
    if (ids.indexOf(id) < i) refuse(i, '', `the same as alarms[${ids.indexOf(id)}]: ${id}`);
  });
}
