/** What the pins of a Pico W with Kaluma can be used for. */

/** Pins with another use on the board: GP22 is Kaluma's stop pin, the others lead to the Pico W's Wi-Fi chip. */
export const TAKEN_PINS: readonly number[] = [22, 23, 24, 25];

/** The highest pin that Kaluma gives to I2C; for GP28 it throws. */
export const LAST_I2C_PIN = 27;
export const LAST_PIN = 28;

/** Pins of a bus unless the config names others. */
export const USUAL_I2C_PINS = [
  { sda: 4, scl: 5 },
  { sda: 6, scl: 7 },
] as const;

/** The one I2C line that a pin can be: RP2040 datasheet, 2.19.2. */
export function i2cLine(pin: number): string {
  return `${pin & 1 ? 'SCL' : 'SDA'} of bus ${(pin >> 1) & 1}`;
}

/** @param line such as `SDA of bus 0` @returns the pins that can be it */
export function pinsOfLine(line: string): number[] {
  return [...Array(LAST_I2C_PIN + 1).keys()].filter((pin) => i2cLine(pin) === line && !TAKEN_PINS.includes(pin));
}
