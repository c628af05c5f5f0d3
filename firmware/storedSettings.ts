/**
 * The settings in flash, in two copies: a line with length and checksum, `<length> <CRC>`, then JSON in ASCII. If both
 * copies are equal, no checksum is computed, because that takes the engine 33 µs a byte at every boot.
 */
import { crc16 } from './crc16.ts';
import { SETTINGS_SECTOR, SETTINGS_SECTORS, AREA_SECTOR, SECTOR } from './layout.ts';
import { flashBytes } from './kaluma/program.ts';
import { toBinaryString } from '../src/bytes/encoding.ts';
import type { BoardSettings } from './settings.ts';

/** Characters of the first line: six digits, a blank, four hexadecimal digits, LF. */
const HEADER = 12;

/** Neither copy of the settings is intact. */
export class SettingsError extends Error {
  constructor() {
    super('no settings in flash: npm run flash writes them');
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings.
 * @param first the preferred copy, 0 or 1; the other is used if it is damaged
 * @param read returns the text of a copy
 * @throws SettingsError
 */
export function loadSettings(first: number, read: (copy: number) => string = copyText): BoardSettings {
  const [wanted, other] = [read(first), read(1 - first)];
  const text = wanted !== '' && (wanted === other || isWhole(wanted)) ? wanted : other;
  if (text === '' || (text !== wanted && !isWhole(text))) throw new SettingsError();
  return JSON.parse(text.slice(HEADER)) as BoardSettings;
}

/** The text of a copy, even if a power cut has damaged it; empty if there is none, or if its length is damaged. */
export function copyText(copy: number): string {
  return textOf((length) =>
    toBinaryString(flashBytes(AREA_SECTOR + SETTINGS_SECTOR + copy * SETTINGS_SECTORS, 0, length)),
  );
}

/** @param read returns the first `length` characters of a copy */
export function textOf(read: (length: number) => string): string {
  const length = Number(read(HEADER).slice(0, 6));
  return length > 0 && length <= SETTINGS_SECTORS * SECTOR - HEADER ? read(HEADER + length) : '';
}

/** Whether a copy's text is not empty and has its checksum. */
export function isWhole(text: string): boolean {
  return text !== '' && text.slice(7, 11) === checksum(text.slice(HEADER));
}

/** Encodes one copy. */
export function settingsCopy(settings: BoardSettings): string {
  const json = asciiJson(settings);
  return `${String(json.length).padStart(6, '0')} ${checksum(json)}\n${json}`;
}

/** Settings as JSON in ASCII, because flash and updates have one byte for each character. */
export function asciiJson(settings: BoardSettings): string {
  return JSON.stringify(settings).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** CRC-16 of ASCII text, in four hexadecimal digits. */
function checksum(text: string): string {
  return crc16(text.length, (i) => text.charCodeAt(i))
    .toString(16)
    .padStart(4, '0');
}
