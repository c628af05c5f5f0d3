/**
 * The manifest of an update. An update is a file with a header and a payload. The header has 1,024 characters: the
 * manifest, JSON on one line; then a line with the public key and the signature of the manifest, in hexadecimal; then
 * blanks. The payload is the text of a program for a slot, or settings in JSON.
 */
import { hasManyBrackets } from '../nesting.ts';

/** Bytes of the header. */
export const HEADER = 1024;
export const FORMAT = 1;
export const NAME = 'pico-kitchen';

/** The build shortens no name of a field that code in this file uses. */
export interface Manifest {
  format: number;
  /** Eight hexadecimal digits that identify the update. */
  id: string;
  kind: 'program' | 'settings';
  /** Names the project: a key may sign for several, and an update of one must not pass for another's. */
  name: string;
  /** Of the program, as in package.json. */
  version: string;
  /** When it was built, seconds since 1970. */
  made: number;
  /** Length of the payload in flash, in bytes, and its hash in hexadecimal. */
  size: number;
  sha256: string;
  /** Length and hash of the payload as it travels, if it travels packed (unpack.ts). */
  packed?: number;
  packedSha256?: string;
  /** Types of sensors, `alarms` and `shadow`: the features that a program contains, or that settings need. */
  sensors: string[];
  /** The lowest version of the bootstrap that can load the program. */
  bootstrap: number;
  /** The only board that it is for; settings always name one. */
  thing?: string;
  /** Allows a version that is older than the board's. */
  rollback?: boolean;
}

/** The facts about a board that decide whether an update is for it. */
export interface Recipient {
  thing: string;
  /** Types of its sensors; `alarms` and `shadow` if it has them. */
  needs: readonly string[];
  /** The same names, for all code in its program. */
  has: readonly string[];
  bootstrap: number;
  /** Version of the running program. */
  version: string;
  /** When the running program and the settings were made, s since 1970. */
  programMade: number;
  settingsMade: number;
  /** Bytes that there is room for. */
  programCapacity: number;
  settingsCapacity: number;
  /** Public keys, 04 || X || Y in hexadecimal. */
  keys: readonly string[];
}

export interface SignedManifest {
  manifest: Manifest;
  /** The text that the signature covers. */
  text: string;
  key: string;
  signature: string;
}

/** @throws Error if it is not a header */
export function parseHeader(header: string): SignedManifest {
  const [text, line = ''] = header.split('\n');
  const [key, signature = ''] = line.trim().split(' ');
  let manifest: unknown;
  try {
    manifest = hasManyBrackets(text) ? null : JSON.parse(text);
  } catch {
    manifest = null;
  }
  if (typeof manifest !== 'object' || manifest === null || signature === '') {
    throw new Error('expected a manifest and its signature');
  }
  return { manifest: manifest as Manifest, text, key, signature };
}

/** Why an update is not for a board, in words; empty if it is. Does not verify the signature. */
export function objection({ manifest, key }: SignedManifest, board: Recipient): string {
  const {
    format,
    kind,
    name,
    version,
    made,
    size,
    sha256,
    packed = 1,
    packedSha256 = sha256,
    sensors,
    bootstrap,
    thing,
    rollback,
  } = manifest;
  const isProgram = kind === 'program';
  if (format !== FORMAT || (!isProgram && kind !== 'settings')) return `format ${format}, expected ${FORMAT}`;
  if (name !== NAME) return `program ${name}, expected ${NAME}`;
  if (board.keys.indexOf(key) < 0) return 'signed with a key that this board does not know';
  if (!(bootstrap <= board.bootstrap)) return `needs bootstrap ${bootstrap}: flash the board over USB`;
  if (thing !== undefined ? thing !== board.thing : !isProgram) return `made for ${thing}`;
  const most = isProgram ? board.programCapacity : board.settingsCapacity;
  if (!(size > 0 && size <= most) || size % 1 !== 0) return `${size} bytes, expected at most ${most}`;
  if (!(packed > 0) || packed % 1 !== 0) return `${packed} bytes packed, expected more than none`;
  for (const hash of [sha256, packedSha256]) if (!/^[0-9a-f]{64}$/.test(hash)) return 'expected a SHA-256';
  if (isProgram) {
    for (const need of board.needs) if (sensors.indexOf(need) < 0) return `no code for ${need} in it`;
    const order = compareVersions(version, board.version) || made - board.programMade;
    if (!(order > 0) && rollback !== true) return `version ${version}, not newer than ${board.version}`;
  } else if (!(made > board.settingsMade) && rollback !== true) {
    return "settings older than the board's";
  } else {
    for (const need of sensors)
      if (board.has.indexOf(need) < 0) return `needs code for ${need}: update the program first`;
  }
  return '';
}

/** Less than 0 if version `a` is lower than `b`, 0 if they are equal; NaN if one is not a version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
