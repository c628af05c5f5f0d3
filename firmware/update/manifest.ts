/**
 * What an update says of itself. An update is a file of a header and a payload. The header has 1,024 characters: the
 * manifest, which is JSON on one line; on the next line the public key and the signature of the manifest, in hexadecimal
 * digits; then blanks. The payload is the text of a program for a slot, or settings in JSON.
 */

/** Bytes of the header. */
export const HEADER = 1024;
export const FORMAT = 1;
export const NAME = 'pico-kitchen';

export interface Manifest {
  format: number;
  /** Eight hexadecimal digits by which the update is asked for. */
  id: string;
  kind: 'program' | 'settings';
  /** Of the project, so that a key that signs for several serves each only with its own. */
  name: string;
  /** Of the program, as in package.json. */
  version: string;
  /** When it was built, seconds since 1970. */
  made: number;
  /** Bytes of the payload, and their hash in hexadecimal digits. */
  size: number;
  sha256: string;
  /** What a program has, or settings need: types of sensors, `alarms`, `shadow`. */
  sensors: string[];
  /** The earliest bootstrap that can load it. */
  bootstrap: number;
  /** The one board that it is for; settings always name it. */
  thing?: string;
  /** Allows for an older version than the board has. */
  rollback?: boolean;
}

/** What of a board decides whether an update is for it. */
export interface Recipient {
  thing: string;
  /** Types of its sensors; `alarms` and `shadow` if it has them. */
  needs: readonly string[];
  /** Of these, what the code in its program is for. */
  has: readonly string[];
  bootstrap: number;
  /** Of the program that runs. */
  version: string;
  /** When that program, and the settings, were made, seconds since 1970. */
  programMade: number;
  settingsMade: number;
  /** Bytes that there is room for. */
  programCapacity: number;
  settingsCapacity: number;
  /** Public keys, 04 || X || Y in hexadecimal digits. */
  keys: readonly string[];
}

export interface SignedManifest {
  manifest: Manifest;
  /** What is signed. */
  text: string;
  key: string;
  signature: string;
}

/** @throws Error for what is no header */
export function parseHeader(header: string): SignedManifest {
  const [text, line = ''] = header.split('\n');
  const [key, signature = ''] = line.trim().split(' ');
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    manifest = null;
  }
  if (typeof manifest !== 'object' || manifest === null || signature === '') {
    throw new Error('expected a manifest and its signature');
  }
  return { manifest: manifest as Manifest, text, key, signature };
}

/** Why an update is not for a board, in words; empty if it is. The signature is not looked at. */
export function objection({ manifest, key }: SignedManifest, board: Recipient): string {
  const { format, kind, name, version, made, size, sha256, sensors, bootstrap, thing, rollback } = manifest;
  const isProgram = kind === 'program';
  if (format !== FORMAT || (!isProgram && kind !== 'settings')) return `format ${format}, expected ${FORMAT}`;
  if (name !== NAME) return `program ${name}, expected ${NAME}`;
  if (board.keys.indexOf(key) < 0) return 'signed with a key that this board does not know';
  if (!(bootstrap <= board.bootstrap)) return `needs bootstrap ${bootstrap}: flash the board over USB`;
  if (thing !== undefined ? thing !== board.thing : !isProgram) return `made for ${thing}`;
  const most = isProgram ? board.programCapacity : board.settingsCapacity;
  if (!(size > 0 && size <= most) || size % 1 !== 0) return `${size} bytes, expected at most ${most}`;
  if (!/^[0-9a-f]{64}$/.test(sha256)) return 'expected a SHA-256';
  if (isProgram) {
    for (const need of board.needs) if (sensors.indexOf(need) < 0) return `no code for ${need} in it`;
    const order = compareVersions(version, board.version) || made - board.programMade;
    if (!(order > 0) && rollback !== true) return `version ${version} of ${made}, older than what runs`;
  } else if (!(made > board.settingsMade) && rollback !== true) {
    return `settings of ${made}, older than the board's`;
  } else {
    for (const need of sensors)
      if (board.has.indexOf(need) < 0) return `needs code for ${need}: update the program first`;
  }
  return '';
}

/** Less than 0 if version `a` comes before `b`, 0 if they are the same; NaN for what are no versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
