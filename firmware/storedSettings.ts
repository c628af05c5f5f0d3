/**
 * The settings as they lie in flash, in two copies: a line with length and checksum, `<length> <CRC>`, then JSON in ASCII.
 * Two copies that are equal need no checksum, which would take the engine 33 µs a byte at every boot.
 */
import { SETTINGS_SECTOR, SETTINGS_SECTORS, AREA_SECTOR, SECTOR } from './layout.ts';
import { flashText } from './kaluma/program.ts';
import type { BoardSettings } from './settings.ts';

/** Characters of the line in front: six digits, a blank, four hexadecimal digits, LF. */
const HEADER = 12;

/** Neither copy of the settings is whole. */
export class SettingsError extends Error {
  constructor() {
    super('no settings in flash: npm run flash writes them');
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings.
 * @param read gives the text of a copy, 0 or 1, from its beginning
 * @param first the copy that is wanted; the other serves if it is damaged
 * @throws SettingsError
 */
export function loadSettings(first: number, read: (copy: number, length: number) => string = readCopy): BoardSettings {
  const [wanted, other] = [first, 1 - first].map((copy) => {
    const length = Number(read(copy, HEADER).slice(0, 6));
    return length > 0 && length <= SETTINGS_SECTORS * SECTOR - HEADER ? read(copy, HEADER + length) : '';
  });
  const text = wanted === other || isWhole(wanted) ? wanted : other;
  if (text === '' || (text === other && wanted !== other && !isWhole(other))) throw new SettingsError();
  return JSON.parse(text.slice(HEADER)) as BoardSettings;
}

function readCopy(copy: number, length: number): string {
  return flashText(AREA_SECTOR + SETTINGS_SECTOR + copy * SETTINGS_SECTORS, 0, length);
}

function isWhole(text: string): boolean {
  return text !== '' && text.slice(7, 11) === checksum(text.slice(HEADER));
}

/** CRC-16/XMODEM of ASCII text, in four hexadecimal digits. */
export function checksum(text: string): string {
  let crc = 0;
  for (let i = 0; i < text.length; i++) {
    let x = (crc >> 8) ^ text.charCodeAt(i);
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  }
  return crc.toString(16).padStart(4, '0');
}
