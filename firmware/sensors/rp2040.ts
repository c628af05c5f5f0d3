/**
 * The RP2040's own sensor: RP2040 datasheet, section 4.9.5. It is a diode on the chip, so the chip warms it, and its voltage
 * differs from chip to chip: it is several degrees off until calibrated with `offsetCelsius` against a thermometer.
 */
import { readAdc } from '../kaluma/adc.ts';
import { round } from '../reading.ts';
import { inRange, type CreateSensor } from './sensor.ts';

/** ADC input 4, behind the pins' numbers. */
const CHANNEL = 30;
/** V. */
const REFERENCE = 3.3;
/** V of the diode at 27 °C, and V less for each °C more. */
const AT_27 = 0.706;
const SLOPE = 0.001721;
/** One step of the converter is 0.47 °C; the mean of so many noisy readings has a decimal more. Each takes 1 ms. */
const SAMPLES = 16;

/** @param ratio of the reference, 0 to 1. @returns °C, not calibrated. @throws SensorError */
export function rp2040Celsius(ratio: number): number {
  return inRange(27 - (ratio * REFERENCE - AT_27) / SLOPE, -40, 125, '°C');
}

export const createSensor: CreateSensor = ({ label, offsetCelsius }) => ({
  name: label,
  identify: () => undefined,
  start: () => 0,
  read() {
    let sum = 0;
    for (let i = 0; i < SAMPLES; i++) sum += readAdc(CHANNEL);
    return { celsius: round(rp2040Celsius(sum / SAMPLES) + offsetCelsius, 1) };
  },
  explain: ({ message }) => message,
});
