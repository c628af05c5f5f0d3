/**
 * The RP2040's own sensor: RP2040 datasheet, section 4.9.5. It is a diode on the chip. The chip warms it, and its voltage
 * differs from chip to chip, so it is several degrees off until it is calibrated with `offsetCelsius`.
 */
import { readAdc } from '../kaluma/adc.ts';
import { round } from '../reading.ts';
import { inRange, type CreateSensor } from './sensor.ts';

/** ADC input 4, which Kaluma numbers after the pins. */
const CHANNEL = 30;
/** V. */
const REFERENCE = 3.3;
/** The diode's voltage at 27 °C, and by how much it falls for each °C more. */
const AT_27 = 0.706;
const SLOPE = 0.001721;
/** A step of the converter is 0.47 °C. The mean of 16 noisy samples has one decimal more. A sample takes 1 ms. */
const SAMPLES = 16;

/** @param ratio to the reference, 0 to 1. @returns °C, not calibrated. @throws SensorError */
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
