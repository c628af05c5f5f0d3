/** The uses of a Pico W's pins with Kaluma. */

/** Pins that the board uses itself: GP22 is Kaluma's stop pin, the others lead to the Wi-Fi chip. */
export const TAKEN_PINS: readonly number[] = [22, 23, 24, 25];

/** The highest pin that can be used for I2C; Kaluma throws for GP28. */
export const LAST_I2C_PIN = 27;
export const LAST_PIN = 28;

/** The pins of each bus if the config names none. */
export const USUAL_I2C_PINS = [
  { sda: 4, scl: 5 },
  { sda: 6, scl: 7 },
] as const;

/** The I2C line that a pin can be; there is only one (RP2040 datasheet, 2.19.2). */
export function i2cLine(pin: number): string {
  return `${pin & 1 ? 'SCL' : 'SDA'} of bus ${(pin >> 1) & 1}`;
}

/** @param line such as `SDA of bus 0` @returns the pins that can be this line */
export function pinsOfLine(line: string): number[] {
  return [...Array(LAST_I2C_PIN + 1).keys()].filter((pin) => i2cLine(pin) === line && !TAKEN_PINS.includes(pin));
}
