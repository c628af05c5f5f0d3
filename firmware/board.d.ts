/**
 * The module that the build makes of a board config: the settings, and the one sensor's code that is in the program
 * (`export { createSensor } from '…/firmware/sensors/<type>.ts'`).
 */
declare module 'pico-kitchen:board' {
  export const settings: import('./settings.ts').BoardSettings;
  export const createSensor: import('./sensors/sensor.ts').CreateSensor;
}
