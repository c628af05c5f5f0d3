/**
 * The settings as they lie in flash, in two copies: a line with length and checksum, `<length> <CRC>`, then JSON in ASCII.
 * Two copies that are equal need no checksum, which would take the engine 33 µs a byte at every boot.
 */
import { crc16 } from './crc16.ts';
import { SETTINGS_SECTOR, SETTINGS_SECTORS, AREA_SECTOR, SECTOR } from './layout.ts';
import { flashBytes } from './kaluma/program.ts';
import { toBinaryString } from '../src/bytes/encoding.ts';
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
 * @param first the copy that is wanted, 0 or 1; the other serves if it is damaged
 * @param read gives the text of a copy
 * @throws SettingsError
 */
export function loadSettings(first: number, read: (copy: number) => string = copyText): BoardSettings {
  const [wanted, other] = [read(first), read(1 - first)];
  const text = wanted !== '' && (wanted === other || isWhole(wanted)) ? wanted : other;
  if (text === '' || (text !== wanted && !isWhole(text))) throw new SettingsError();
  return JSON.parse(text.slice(HEADER)) as BoardSettings;
}

/** The text of a copy, whatever a power cut has left of it; empty where there is none, or its length is damaged. */
export function copyText(copy: number): string {
  return textOf((length) =>
    toBinaryString(flashBytes(AREA_SECTOR + SETTINGS_SECTOR + copy * SETTINGS_SECTORS, 0, length)),
  );
}

/** @param read gives text of a copy from its beginning */
export function textOf(read: (length: number) => string): string {
  const length = Number(read(HEADER).slice(0, 6));
  return length > 0 && length <= SETTINGS_SECTORS * SECTOR - HEADER ? read(HEADER + length) : '';
}

function isWhole(text: string): boolean {
  return text !== '' && text.slice(7, 11) === checksum(text.slice(HEADER));
}

/** The text of one copy. @param json in ASCII */
export function settingsCopy(json: string): string {
  return `${String(json.length).padStart(6, '0')} ${checksum(json)}\n${json}`;
}

/** CRC-16 of ASCII text, in four hexadecimal digits. */
function checksum(text: string): string {
  return crc16(text.length, (i) => text.charCodeAt(i))
    .toString(16)
    .padStart(4, '0');
}
