/** PEM, the textual encoding of RFC 7468, read strictly. A person made the file, so error messages say what was found in it. */

export interface PemBlock {
  /** The text between BEGIN and the dashes: `CERTIFICATE`. */
  label: string;
  der: Uint8Array;
}

/** The text is not the PEM that was asked for; the message says what was found instead. */
export class PemError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PemError';
  }
}

const WORDS: Record<string, string> = {
  CERTIFICATE: 'a certificate',
  'CERTIFICATE REQUEST': 'a certificate request (a CA turns it into a certificate)',
  'PRIVATE KEY': 'a private key',
  'EC PRIVATE KEY': 'an EC private key',
  'RSA PRIVATE KEY': 'an RSA private key',
  'ENCRYPTED PRIVATE KEY': 'an encrypted private key',
  'PUBLIC KEY': 'a public key',
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The blocks of a PEM text in their order; text around them is skipped (section 2), as are blocks of other labels if
 * one is asked for.
 * @param text a file read as UTF-8 or Latin-1
 * @throws PemError if there is no such block, or one that is cut off, mislabelled, encrypted or not base64
 */
export function decodePem(text: string, label?: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (let i = 0; i < lines.length; i++) {
    const begin = /^-----BEGIN ([!-,.-~]+(?: [!-,.-~]+)*)-----\s*$/.exec(lines[i]);
    if (begin === null) continue;
    const start = i + 1;
    do i++;
    while (i < lines.length && !lines[i].startsWith('-----'));
    if (i === lines.length) throw new PemError(`found ${begin[0].trim()} in line ${start} without its END`);
    if (lines[i].trimEnd() !== `-----END ${begin[1]}-----`) {
      throw new PemError(`found ${lines[i].trim()} in line ${i + 1}, expected -----END ${begin[1]}-----`);
    }
    const body = lines.slice(start, i);
    // Only legacy encryption writes headers (RFC 1421, section 4.6.1.1).
    if (body.some((line) => line.includes('ENCRYPTED'))) throw new PemError('found an encrypted private key');
    blocks.push({ label: begin[1], der: decodeBase64(body, start + 1) });
  }
  const found = label === undefined ? blocks : blocks.filter((block) => block.label === label);
  if (found.length === 0) throw new PemError(`found ${whatElse(text, blocks)}`);
  return found;
}

/** Describes a text that holds none of the blocks asked for. */
function whatElse(text: string, blocks: PemBlock[]): string {
  if (blocks.length > 0) return blocks.map(({ label }) => WORDS[label] ?? label).join(', ');
  if (text.trim() === '') return 'an empty file';
  // A SEQUENCE of more than 127 bytes; as UTF-8 the length's octet is U+FFFD.
  if (/^0[\x80-\x84\uFFFD]/.test(text)) return 'DER, or PKCS #12, instead of PEM (openssl can convert it)';
  return 'no line that begins with -----BEGIN';
}

/** Base64 (RFC 4648, section 4) in lines of any length, with its padding and no bits left over. */
function decodeBase64(lines: string[], firstLine: number): Uint8Array {
  const bad = lines.findIndex((line) => !/^[A-Za-z0-9+/=]*\s*$/.test(line));
  if (bad >= 0) throw new PemError(`found line ${firstLine + bad} not to be base64`);
  const text = lines.map((line) => line.trimEnd()).join('');
  const digits = text.replace(/={1,2}$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let count = 0;
  for (const digit of digits) {
    bits = ((bits << 6) | ALPHABET.indexOf(digit)) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = bits >> count;
    bits &= (1 << count) - 1;
  }
  if (at === 0 || text.length % 4 !== 0 || digits.includes('=') || bits !== 0) {
    throw new PemError(`found the base64 from line ${firstLine} on to be cut off`);
  }
  return bytes;
}
