/**
 * Reports the board's state to AWS's Device Shadow, at most once a minute, and accepts the interval that is desired
 * there. This module is in the program only if a config asks for it, and in memory only while the board is connected.
 */
import type { Log } from './log.ts';
import type { MessageOf } from './messages.ts';
import { isoTime, type Reading } from './reading.ts';

/** ms between two reports. */
const REPORT_INTERVAL = 60_000;
/** Key of the readings of a board whose one sensor has no name. */
const UNNAMED = 'sensor';

/** The state that is kept between connections. */
export interface ShadowState {
  /** Time at which the last report was sent, ms since boot. */
  reportedAt: number;
  /** The interval that the shadow knows of, in s. If the board has another one, a command has set it. */
  interval: number;
  /** The fault of the desired values that came since the last report; null if there is none. */
  invalid: string | null;
}

export interface ShadowOptions {
  state: ShadowState;
  firmware: string;
  log: Log;
  /** Seconds between two readings. */
  interval: () => number;
  /** Ids of the alarms that are raised. */
  alarms: () => string[];
}

export interface Shadow {
  /** A reading was sent. @param sensor its name; undefined on a board whose one sensor has none, null for a former one */
  sent(reading: Reading, sensor: string | null | undefined): void;
  /** Something else has changed and should be reported. */
  changed(): void;
  /**
   * Handles desired values that differ from the reported ones.
   * @param delta the message of the shadow service; empty for one that the board cannot read
   * @param setInterval returns what the seconds should have been; undefined if it took them
   */
  take(delta: Record<string, unknown>, setInterval: (seconds: unknown) => string | undefined): void;
  /** @returns the report to send to the shadow; null if none is due */
  report(now: number): string | null;
}

type Reported = MessageOf<'shadow'>;

export function createShadow({ state, firmware, log, interval, alarms }: ShadowOptions): Shadow {
  let readings: Reported['readings'] = {};
  let isDue = true;
  /** The value of `invalid` in the last report. */
  let answered = state.invalid;

  return {
    sent({ celsius, humidity, pressure, time, seq }, sensor) {
      if (sensor === null) return;
      readings[sensor ?? UNNAMED] = {
        celsius,
        humidity_percent: humidity,
        pressure_hpa: pressure,
        time: time === null ? null : isoTime(time),
        seq,
      };
      isDue = true;
    },
    changed() {
      isDue = true;
    },
    take(delta, setInterval) {
      const wishes = delta['state'];
      // The next report withdraws the wish, because a command came after it.
      if (interval() !== state.interval) return;
      state.invalid = null;
      if (typeof wishes !== 'object' || wishes === null) {
        state.invalid = 'too much at once: expected only intervalSeconds';
      } else {
        for (const [name, value] of Object.entries(wishes)) {
          let expected: string | undefined = 'only intervalSeconds';
          if (name === 'intervalSeconds') expected = value === interval() ? undefined : setInterval(value);
          if (expected !== undefined) state.invalid = `${name.slice(0, 32)}: expected ${expected}`;
        }
      }
      if (interval() === state.interval && state.invalid === answered) return;
      log('INFO', 'mqtt', `shadow wishes: ${state.invalid ?? `interval ${interval()} s`}`);
      state.interval = interval();
      isDue = true;
    },
    report(now) {
      if (!isDue || now - state.reportedAt < REPORT_INTERVAL) return null;
      const intervalSeconds = interval();
      const reported: Reported = { firmware, intervalSeconds, alarms: alarms(), readings, invalid: state.invalid };
      const desired = intervalSeconds === state.interval ? undefined : { intervalSeconds: null };
      state.interval = intervalSeconds;
      state.reportedAt = now;
      answered = state.invalid;
      // If the invalid wish is still in the shadow, AWS answers this report with it, and take() finds the fault again.
      state.invalid = null;
      readings = {};
      isDue = false;
      return JSON.stringify({ state: { desired, reported } });
    },
  };
}
