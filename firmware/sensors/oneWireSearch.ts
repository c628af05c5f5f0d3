/**
 * Finds the chips on a wire by their ROM codes: DS18B20 datasheet, "SEARCH ROM", and Maxim's application note 187.
 * This part is loaded when the board starts, and when a sensor does not answer as it should.
 */
import { NoAnswerError } from '../kaluma/noAnswer.ts';
import { oneWire } from '../kaluma/oneWire.ts';
import type { Lookup, OneWireSensorSettings } from '../settings.ts';
import { crc8Reflected } from './crc8.ts';
import { otherChip } from './otherChip.ts';

const SEARCH_ROM = 0xf0;
const ROM_BITS = 64;
/** A limit, because on a wire with noise the search would find chips without end. */
const MAXIMUM_CHIPS = 8;

/** Ids of the chips on a wire whose CRC is right, as Linux writes them: family and serial number, `28-0316a2794aff`. */
function searchWire(pin: number): string[] {
  const wire = oneWire(pin);
  const ids: string[] = [];
  let rom = new Uint8Array(8);
  /** The last bit at which the previous path took the branch of 0 and could have taken that of 1; the next path does. */
  let branch = -1;
  do {
    if (!wire.reset()) return ids;
    wire.write(SEARCH_ROM);
    const next = new Uint8Array(8);
    let last = -1;
    for (let i = 0; i < ROM_BITS; i++) {
      const before = (rom[i >> 3] >> (i & 7)) & 1;
      const bit = wire.readBit();
      const complement = wire.readBit();
      // No chip is left on this path.
      if (bit === 1 && complement === 1) return ids;
      let chosen = bit;
      if (bit === complement) {
        chosen = i < branch ? before : i === branch ? 1 : 0;
        if (chosen === 0) last = i;
      }
      wire.writeBit(chosen);
      if (chosen === 1) next[i >> 3] |= 1 << (i & 7);
    }
    if (crc8Reflected(next) === 0 && next[0] !== 0) ids.push(idOf(next));
    rom = next;
    branch = last;
  } while (branch >= 0 && ids.length < MAXIMUM_CHIPS);
  return ids;
}

function idOf(rom: Uint8Array): string {
  let serial = '';
  for (let i = 6; i > 0; i--) serial += hex(rom[i]);
  return `${hex(rom[0])}-${serial}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** Families of chips that measure temperatures, by the first byte of their ids. */
const FAMILIES = [
  ['28', 'DS18B20'],
  ['10', 'DS18S20'],
  ['22', 'DS1822'],
  ['3b', 'MAX31850 or DS1825'],
];

function nameOf(id: string): string {
  const family = id.slice(0, 2);
  const known = FAMILIES.find(([code]) => code === family);
  return known === undefined ? `chip of family ${family}` : known[1];
}

/**
 * @param error of the sensor; null if there is none
 * @returns the error, followed by its cause as far as the chips on the wire show it; without an error, a list of them
 */
export function explainOneWire({ pin, id, lookup }: OneWireSensorSettings, error: Error | null): string {
  const ids = searchWire(pin);
  const list = ids.join(', ');
  if (error === null) return `GP${pin} has ${ids.length === 0 ? 'no chips' : list}`;
  const { message } = error;
  if (ids.length === 0) return `${message}${error instanceof NoAnswerError ? '; check its wires' : ''}`;
  if (id !== undefined) {
    return ids.includes(id) ? message : `${id} is not on GP${pin}: found ${list}`;
  }
  if (ids.length > 1) {
    return `${ids.length} devices on GP${pin}, ${list}: give each sensor the id of its own, or unplug all but one`;
  }
  const { chip, types } = JSON.parse(lookup) as Lookup;
  const name = nameOf(list);
  return name === chip ? message : `${message}: ${otherChip(name, types)}`;
}
