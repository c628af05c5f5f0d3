/**
 * A module that the build generates: facts about the program, and the code of the sensors in it. It holds nothing that
 * belongs to one board only.
 */
declare module 'pico-kitchen:board' {
  /** Types of the sensors whose code is in the program; `alarms`, `shadow` and `jobs` if theirs is. */
  export const features: string[];
  /** Version of the program, as in package.json. */
  export const firmwareVersion: string;
  /** Time at which the program was built, ms since 1970. The true time is never earlier. */
  export const buildTime: number;
  /** Null in a program without alarms. */
  export const createAlarms: typeof import('./alarms.ts').createAlarms | null;
  /** Null in a program without AWS's Device Shadow. */
  export const createShadow: typeof import('./shadow.ts').createShadow | null;
  /** Null in a program without AWS IoT Jobs. */
  export const createJobs: typeof import('./jobs.ts').createJobs | null;
  /** @throws Error for a sensor whose code is not in the program */
  export const createSensor: import('./sensors/sensor.ts').CreateSensor;
}
