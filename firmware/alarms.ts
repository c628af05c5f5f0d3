/**
 * Evaluates the alarms with each measurement, and keeps each change until the broker has acknowledged it, through outages
 * and power cuts. The program has this module only if the config has alarms.
 */
import { alarmStep, type AlarmEvent, type AlarmStore } from './alarmEvents.ts';
import type { AlarmSettings } from './settings.ts';

export interface Alarms {
  /** Evaluates a reading. @param moment ms since boot */
  measured(sensor: number, celsius: number, moment: number): void;
  /** Raises the alarms of sensors that have been silent for too long. @param now ms since boot */
  tick(now: number): void;
  /** The next event to send; null if there is none, or one is waiting for its acknowledgement. */
  next(): { payload: string; dup: boolean } | null;
  isAwaiting(): boolean;
  /** Ids of the alarms that are raised. */
  raised(): string[];
  /** The broker acknowledged the event. @returns its alarm's id; undefined if none was waiting */
  acknowledged(): string | undefined;
  /** The unacknowledged event must be sent again. */
  connectionLost(): void;
}

export function createAlarms(options: Omit<AlarmStore, 'raised' | 'events' | 'fresh' | 'isSent'>): Alarms {
  const { settings, names } = options;
  const store: AlarmStore = { ...options, raised: [], events: [], fresh: 0, isSent: false };
  /** Times at which each alarm's condition began to hold, ms since boot; null while it does not. */
  const since: (number | null)[] = settings.map(() => null);
  /** Times at which each alarm's sensor last gave a reading. */
  const heardAt: number[] = settings.map(() => 0);
  let wasSent = false;

  const change = (alarm: AlarmSettings, state: AlarmEvent['state'], celsius: number | null, moment: number): void => {
    const sensor = names === null ? undefined : names[alarm.sensor];
    alarmStep(store, { do: 'change', alarm, sensor, state, celsius, moment });
  };
  const judge = (alarm: AlarmSettings, index: number, celsius: number, moment: number): void => {
    const { id, condition, limit, forSeconds, hysteresis } = alarm;
    heardAt[index] = moment;
    /** °C by which the reading is beyond the limit. */
    const excess = condition === 'above' ? celsius - limit : limit - celsius;
    if (store.raised.includes(id)) {
      if (condition === 'silent' || excess <= -hysteresis) change(alarm, 'cleared', celsius, moment);
    } else if (condition !== 'silent' && excess > 0) {
      const began = (since[index] ??= moment);
      if (moment - began < forSeconds * 1000) return;
      since[index] = null;
      change(alarm, 'raised', celsius, moment);
    } else {
      since[index] = null;
    }
  };

  alarmStep(store, { do: 'load' });

  return {
    measured(sensor, celsius, moment) {
      settings.forEach((alarm, index) => {
        if (alarm.sensor === sensor) judge(alarm, index, celsius, moment);
      });
    },
    tick(now) {
      settings.forEach((alarm, index) => {
        const { id, condition, limit } = alarm;
        if (condition !== 'silent' || now - heardAt[index] < limit * 1000 || store.raised.includes(id)) return;
        change(alarm, 'raised', null, now);
      });
    },
    next() {
      if (store.isSent || store.events.length === 0) return null;
      const dup = wasSent;
      store.isSent = wasSent = true;
      return { payload: alarmStep(store, { do: 'send' }), dup };
    },
    isAwaiting: () => store.isSent,
    raised: () => store.raised,
    acknowledged() {
      if (!store.isSent) return undefined;
      store.isSent = wasSent = false;
      return alarmStep(store, { do: 'remove' });
    },
    connectionLost() {
      store.isSent = false;
    },
  };
}
