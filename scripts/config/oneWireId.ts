/** Ids of one-wire chips, written as Linux does: `28-0316a2794aff` is the family and the serial number. */
import { crc8Reflected } from '../../firmware/sensors/crc8.ts';

/** @returns the ROM code of 8 bytes, in the order of the wire: family, serial number, CRC */
export function romOf(id: string): number[] {
  const [family, serial] = id.split('-').map((hex) => [...Buffer.from(hex, 'hex')]);
  const bytes = [...family, ...serial.reverse()];
  return [...bytes, crc8Reflected(Uint8Array.from(bytes))];
}
