/**
 * Reads certificates and keys in the forms that people have them in: PEM or DER, and PEM as changed by editors,
 * shells and JSON. Anything with only one possible meaning is accepted. Otherwise the error says what it is and how
 * to convert it.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { decodePem, PemError } from '../../src/index.ts';

/**
 * The certificates in a file, as DER, in their order.
 * @throws PemError that says what the file holds instead
 */
export function certificatesIn(file: Uint8Array): Uint8Array[] {
  if (isDer(file)) return [certificateInDer(file)];
  return decodePem(canonicalPem(textOf(file)), 'CERTIFICATE').map(({ der }) => firstElement(der));
}

/**
 * The private key in a file.
 * @throws PemError that says what the file holds instead
 */
export function privateKeyIn(file: Uint8Array): KeyObject {
  if (isDer(file)) return keyInDer(file);
  const text = canonicalPem(textOf(file));
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: *4, *ENCRYPTED/m.test(text)) throw encrypted();
  if (/^-----BEGIN OPENSSH PRIVATE KEY/m.test(text)) {
    throw new PemError('found a key of OpenSSH; ssh-keygen -p -m PKCS8 -f FILE turns it into PEM');
  }
  const keys = text.match(/^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[^-]+-----END [A-Z ]+-----$/gm) ?? [];
  // If the file has no key, this throws an error that says what it holds.
  if (keys.length === 0) decodePem(text, 'PRIVATE KEY');
  if (new Set(keys).size > 1) throw new PemError(`found ${keys.length} private keys; leave one of them in the file`);
  const [key = ''] = keys;
  decodePem(key);
  try {
    return createPrivateKey(key);
  } catch {
    throw new PemError('found a private key that OpenSSL cannot read; is the file damaged?');
  }
}

function encrypted(): PemError {
  return new PemError('found an encrypted private key; openssl pkey -in FILE -out PLAIN asks for its password');
}

/** Whether the bytes begin with a SEQUENCE of at least 128 bytes, as do certificates and keys in DER. */
function isDer(file: Uint8Array): boolean {
  return (
    file[0] === 0x30 && (file[1] === 0x81 || file[1] === 0x82 || (file[1] >= 0x40 && file[1] < 0x80 && file[2] === 2))
  );
}

function certificateInDer(file: Uint8Array): Uint8Array {
  const der = firstElement(file);
  if (isCertificate(der)) return der;
  throw new PemError(`found ${kindOfDer(der)} in DER`);
}

function keyInDer(file: Uint8Array): KeyObject {
  const key = Buffer.from(firstElement(file));
  for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type });
    } catch {
      continue; // The key is in another form.
    }
  }
  throw new PemError(`found ${isCertificate(key) ? 'a certificate' : kindOfDer(key)} in DER`);
}

function isCertificate(der: Uint8Array): boolean {
  try {
    new X509Certificate(der);
    return true;
  } catch {
    return false;
  }
}

/** Names DER that is not a certificate, by its first element. */
function kindOfDer(der: Uint8Array): string {
  const inside = der.subarray(der[1] === 0x82 ? 4 : der[1] === 0x81 ? 3 : 2);
  // PFX ::= SEQUENCE { version INTEGER (3), … } (RFC 7292, section 4).
  if (inside[0] === 2 && inside[1] === 1 && inside[2] === 3)
    return 'PKCS #12 (openssl pkcs12 -in FILE -nodes -out PLAIN turns it into PEM)';
  // ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, … } (RFC 5652, section 3).
  if (inside[0] === 6) return 'PKCS #7 (openssl pkcs7 -inform DER -in FILE -print_certs turns it into PEM)';
  return inside[0] === 2 ? 'a private key' : 'something else';
}

/**
 * Cuts off what follows the first element: openssl's TRUSTED CERTIFICATE has trust settings there, and editors add
 * line ends.
 */
function firstElement(der: Uint8Array): Uint8Array {
  const [, form, high, low] = der;
  if (form === 0x82) return der.subarray(0, 4 + high * 256 + low);
  return der.subarray(0, form === 0x81 ? 3 + high : 2 + form);
}

/**
 * Decodes a file in UTF-8, or in UTF-16, which PowerShell's `>` writes. For other encodings ASCII characters are
 * right.
 */
function textOf(file: Uint8Array): string {
  const buffer = Buffer.from(file);
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return buffer.subarray(2).toString('utf16le');
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return bigEndian(buffer.subarray(2));
  // Without a byte order mark, UTF-16 is recognized by every other byte being zero.
  if (buffer[0] !== 0 && buffer[1] === 0) return buffer.toString('utf16le');
  if (buffer[0] === 0 && buffer.length > 1 && buffer[1] !== 0) return bigEndian(buffer);
  return buffer.toString('utf8').replace(/^\uFEFF/, '');
}

function bigEndian(buffer: Buffer): string {
  return Buffer.from(buffer.subarray(0, buffer.length & ~1))
    .swap16()
    .toString('utf16le');
}

/** Labels that OpenSSL and older programs write, and those of RFC 7468 (section 5.1) for the same. */
const LABELS: Record<string, string> = { 'X509 CERTIFICATE': 'CERTIFICATE', 'TRUSTED CERTIFICATE': 'CERTIFICATE' };

/**
 * Converts text to PEM as in RFC 7468 if its line ends are escaped (`\n` in JSON and shell variables) or missing, if
 * it is indented, or if its lines are strings in a program. Other text stays unchanged.
 */
function canonicalPem(text: string): string {
  return text
    .replaceAll(/\\r\\n|\\n|\\r/g, '\n')
    .replaceAll(/-----BEGIN ([A-Z0-9 #]+)-----([^-]*)-----END \1-----/g, (block, label: string, body: string) => {
      const name = LABELS[label] ?? label;
      // The block is an encrypted key with headers. What follows them is not decoded.
      if (body.includes(':')) return `\n${block.replaceAll(/\n[ \t]+/g, '\n').trim()}\n`;
      // Removes quotation marks, and the operators that join one string to the next.
      const base64 = body.replaceAll(/["'`]\s*[+.,]?\s*["'`]/g, '').replaceAll(/["'`\\,;\s]/g, '');
      const lines = base64.match(/.{1,64}/g) ?? [];
      return ['', `-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ''].join('\n');
    });
}
