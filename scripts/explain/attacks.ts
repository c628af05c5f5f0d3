/** Attacks of somebody between board and server, ready to be tried. */
import { concat } from '../../src/bytes/encoding.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../src/crypto/ecdsaSign.ts';
import { generateKeyPair } from '../../src/crypto/ecdh.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { finish } from '../../src/index.ts';
import type { ServerKeyExchange } from '../../src/tls/serverKeyExchange.ts';
import { ECDSA_SHA256, RSA_SHA256, schemeAlgorithm } from '../../src/tls/signatureScheme.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import type { Tampering } from './breaking.ts';
import type { Facts } from './facts.ts';
import { observe } from './observe.ts';
import { streamOf, type Tape } from './tape.ts';

export interface Attack {
  id: string;
  title: string;
  /** The attacker's action, and its aim. */
  story: string;
  /** Makes the attacker's bytes; returns null if the tape lacks a message that the attack needs. */
  make: (tape: Tape, facts: Facts) => Tampering | null;
}

export const ATTACKS: readonly Attack[] = [
  {
    id: 'certificate',
    title: 'Another certificate',
    story:
      'The attacker runs an authority of its own, and had it write a certificate in the server’s name: the right name, the right dates, the right key. Only the seal is by somebody whom this board was never told to believe.',
    make: (tape, { serverCertificates }) => {
      const [leaf] = serverCertificates as (Uint8Array | undefined)[];
      return leaf === undefined ? null : withMessage(tape, 11, certificateList([fromAnotherAuthority(leaf)]));
    },
  },
  {
    id: 'impostor',
    title: 'The right certificate, without its key',
    story:
      'Certificates are public, so the attacker sends the server’s own. But the key exchange must be signed with the key that belongs to it. The attacker makes its own ephemeral key and signs it with that, which is all that it has.',
    make: (tape, { randoms, keyExchange }) =>
      randoms === null || keyExchange === null ? null : withMessage(tape, 12, forgedKeyExchange(randoms, keyExchange)),
  },
  {
    id: 'replay',
    title: 'An old ServerKeyExchange',
    story:
      'The attacker has recorded an earlier connection, and sends its ServerKeyExchange again: the server’s true signature, on a key that the attacker may have got hold of since. Both randoms are under that signature, and they were others then.',
    make: (tape) => {
      const { oldKeyExchange } = tape;
      return oldKeyExchange === null ? null : withMessage(tape, 12, oldKeyExchange.subarray(4));
    },
  },
  {
    id: 'downgrade',
    title: 'A downgraded suite',
    story:
      'The attacker writes a weaker suite into the ServerHello, TLS_RSA_WITH_AES_128_CBC_SHA: no ephemeral keys, and padding that has been broken. The board never offered it.',
    make: (tape, { serverHello }) =>
      serverHello === null ? null : withBytes(tape, 'in', 5 + 4 + 35 + serverHello.sessionId.length, [0x00, 0x2f]),
  },
  {
    id: 'strip',
    title: 'A poorer offer',
    story:
      'The attacker takes the good suites out of the ClientHello and writes weak ones in, so that the server has to choose one of them.',
    make: (tape, { clientHello }) =>
      // random, empty session_id, length of the list: the board opens no session that is to be resumed here.
      clientHello === null ? null : withBytes(tape, 'out', 5 + 4 + 2 + 32 + 1 + 2, [0x00, 0x2f, 0x00, 0x35]),
  },
  {
    id: 'version',
    title: 'An older version',
    story: 'The attacker has the server choose TLS 1.1, whose hashes and paddings are broken.',
    make: (tape) => withBytes(tape, 'in', 5 + 4, [0x03, 0x02]),
  },
  {
    id: 'cut',
    title: 'A cut-off end',
    story:
      'The attacker cuts the wire behind the handshake, and the board’s reading is never acknowledged. Without a good-bye in an encrypted alert nobody could tell an end from a cut.',
    make: (tape) => {
      const records = observe(tape).records.filter(({ direction }) => direction === 'in');
      const sealed = records.findIndex(({ isSealed }) => isSealed);
      if (sealed < 0) return null;
      const stream = concat(...records.slice(0, sealed + 1).map(({ bytes }) => bytes));
      return { direction: 'in', stream, isCutOff: true };
    },
  },
];

/** Overwrites some bytes of a stream. */
function withBytes(tape: Tape, direction: 'in' | 'out', at: number, bytes: readonly number[]): Tampering {
  const stream = streamOf(tape, direction);
  stream.set(bytes, at);
  return { direction, stream };
}

/** Replaces a message of the server, in records of their own. @param body without the header of 4 bytes */
function withMessage(tape: Tape, type: number, body: Uint8Array): Tampering {
  const { messages, records } = observe(tape);
  const flight = messages
    .filter(({ direction }) => direction === 'in')
    .map(({ bytes }) => (bytes[0] === type ? concat(header(type, body.length), body) : bytes));
  const behind = records.filter(({ direction, isSealed, bytes: [kind] }) => {
    return direction === 'in' && (isSealed || kind !== 22);
  });
  const stream = concat(...flight.map(record), ...behind.map(({ bytes }) => bytes));
  return { direction: 'in', stream };
}

function record(message: Uint8Array): Uint8Array {
  const { length } = message;
  return concat(new Uint8Array([22, 3, 3, length >> 8, length]), message);
}

function header(type: number, length: number): Uint8Array {
  return new Uint8Array([type, length >> 16, length >> 8, length]);
}

/** Returns a certificate with another issuer's name in it. */
function fromAnotherAuthority(der: Uint8Array): Uint8Array {
  const { issuer } = parseCertificate(der);
  const copy = der.slice();
  // The last letter of the name.
  copy[issuer.byteOffset - der.byteOffset + issuer.length - 1] ^= 1;
  return copy;
}

/** Writes the body of a Certificate message (RFC 5246, section 7.4.2). */
function certificateList(certificates: readonly Uint8Array[]): Uint8Array {
  const list = concat(...certificates.flatMap((der) => [length24(der.length), der]));
  return concat(length24(list.length), list);
}

function length24(length: number): Uint8Array {
  return new Uint8Array([length >> 16, length >> 8, length]);
}

/** Writes a ServerKeyExchange (RFC 8422, section 5.4), signed with a key of the right kind that belongs to no certificate. */
function forgedKeyExchange(randoms: Uint8Array, { scheme, signature }: ServerKeyExchange): Uint8Array {
  let counter = 0;
  const random = (length: number): Uint8Array => {
    counter += 1;
    return new Uint8Array(length).fill(counter);
  };
  const { publicKey } = finish(generateKeyPair('P-256', random));
  const params = concat(new Uint8Array([3, 0, 23, publicKey.length]), publicKey);
  const digest = sha256(concat(randoms, params));
  const isRsa = schemeAlgorithm(scheme).type === 'rsa';
  // With RSA every number is a signature under some key, so to the board random bytes look like a signature with another key.
  const forged = isRsa ? random(signature.length) : signEcdsa(0x1234567n, digest, finish(prepareEcdsaNonce(random)));
  const header = [isRsa ? RSA_SHA256 : ECDSA_SHA256, forged.length].flatMap((value) => [value >> 8, value & 255]);
  return concat(params, new Uint8Array(header), forged);
}
