/**
 * A server's eyes: what the server finds in the client's bytes as they arrive. It knows its own messages as it sent
 * them, so a change on either way shows in the two sides' transcripts.
 */
import { concat, equalBytes } from '../../src/bytes/encoding.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { Aes128Gcm } from '../../src/crypto/aesGcm.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { prf } from '../../src/crypto/prf.ts';
import { curveOf } from '../../src/crypto/curve.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { finish, type Group } from '../../src/index.ts';
import { EXTENDED_MASTER_SECRET } from '../../src/tls/extensions.ts';
import {
  CERTIFICATE,
  CERTIFICATE_VERIFY,
  CLIENT_HELLO,
  CLIENT_KEY_EXCHANGE,
  FINISHED,
} from '../../src/tls/handshake.ts';
import { messageName } from '../../src/tls/messageName.ts';
import { masterSecret, verifyData } from '../../src/tls/keySchedule.ts';
import { schemeAlgorithm, SCHEMES } from '../../src/tls/signatureScheme.ts';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  MESSAGE_HEADER,
  RECORD_HEADER,
} from '../../src/trace.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { signatureAlgorithm, verifySignature } from '../../src/x509/signature.ts';
import { digestSteps } from '../../src/crypto/hashName.ts';
import { certificateList } from '../lib/certificateList.ts';
import {
  parseCertificateVerify,
  parseClientHello,
  parseClientKeyExchange,
  type ReceivedHello,
} from './clientMessages.ts';
import { noticed, type Verdict } from './verdict.ts';

/** The server's secrets before the client's bytes come, and the bytes that it sent. */
export interface ServerKnowledge {
  /** The ClientHello as the client sent it, without its record. */
  sentHello: Uint8Array;
  /** The client's point as it sent it. */
  sentPoint: Uint8Array;
  /** The server's handshake messages from ServerHello to ServerHelloDone. */
  flight: readonly Uint8Array[];
  serverRandom: Uint8Array;
  cipherSuite: number;
  group: Group;
  /** The scheme that the server signed its key exchange with. */
  scheme: number;
  serverName: string | null;
  /** X of the shared point. */
  preMasterSecret: Uint8Array;
  /** DER of the authority of device certificates; null if it is not known here. */
  deviceAuthority: Uint8Array | null;
}

/** Thrown where the server stops. */
class Stop extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict.sentence);
    this.verdict = verdict;
  }
}

function stop(where: string, alert: string | null, sentence: string): never {
  throw new Stop(noticed('server', where, alert, sentence));
}

/** @param stream the client's bytes as they arrive. @returns null if the server finds nothing wrong with them */
export function serverVerdict(stream: Uint8Array, knowledge: ServerKnowledge): Verdict | null {
  const server = new Server(knowledge);
  try {
    let at = 0;
    while (at < stream.length) at = server.record(stream, at);
    return null;
  } catch (error) {
    if (error instanceof Stop) return error.verdict;
    throw error;
  }
}

class Server {
  private readonly knowledge: ServerKnowledge;
  private transcript: Uint8Array = new Uint8Array(0);
  /** The bytes of handshake messages that are not complete yet. */
  private pending: Uint8Array = new Uint8Array(0);
  private awaits = CLIENT_HELLO;
  private hello: ReceivedHello | null = null;
  private device: Uint8Array | null = null;
  private master: HmacKey | null = null;
  private gcm: { cipher: Aes128Gcm; salt: Uint8Array } | null = null;
  private sequence = 0;
  private isEncrypted = false;

  constructor(knowledge: ServerKnowledge) {
    this.knowledge = knowledge;
  }

  /** Takes the record at `at`. @returns where the next one begins */
  record(stream: Uint8Array, at: number): number {
    const where = this.isEncrypted
      ? 'encrypted record'
      : this.awaits === 0
        ? 'ChangeCipherSpec'
        : messageName(this.awaits);
    const header = stream.subarray(at, at + RECORD_HEADER);
    const [type, major, minor] = header;
    const length = (header[3] << 8) | header[4];
    if (this.awaits === CLIENT_HELLO && type !== HANDSHAKE)
      stop(where, null, 'The server hangs up: these bytes are no TLS handshake.');
    if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA)
      stop(where, 'unexpected_message', `The server knows no record of type ${type}.`);
    // Appendix E.1: in the first record any minor version will do.
    if (major !== 3 || (this.hello !== null && minor !== 3))
      stop(where, 'protocol_version', 'The record bears another version than the one that was agreed.');
    if (length > 16384 + 24) stop(where, 'record_overflow', 'The record says that it is longer than any may be.');
    const end = at + RECORD_HEADER + length;
    if (end > stream.length)
      stop(where, null, 'The server waits for the rest of a record that never comes, and hangs up in the end.');
    const fragment = stream.subarray(at + RECORD_HEADER, end);
    const content = this.isEncrypted ? this.open(type, fragment, where) : fragment;
    if (type === HANDSHAKE) this.handshake(content);
    else if (type === CHANGE_CIPHER_SPEC) this.changeCipherSpec(content);
    else if (this.awaits !== -1 && type !== ALERT)
      stop(where, 'unexpected_message', `The server expects ${where}, and gets a record of type ${type}.`);
    else if (type === ALERT && !this.isEncrypted)
      stop(where, null, 'The server takes this for an alert of the board’s, and ends the connection.');
    return end;
  }

  private open(type: number, fragment: Uint8Array, where: string): Uint8Array {
    const sequence = new Uint8Array([0, 0, 0, 0, 0, 0, 0, this.sequence++]);
    const { cipher, salt } = this.gcm as { cipher: Aes128Gcm; salt: Uint8Array };
    const length = fragment.length - 24;
    const data = concat(sequence, new Uint8Array([type, 3, 3, length >> 8, length]));
    const nonce = concat(salt, fragment.subarray(0, 8));
    const content = length < 0 ? null : finish(cipher.open(nonce, data, fragment.slice(8)));
    if (content === null) {
      const name = this.awaits === FINISHED ? 'Finished' : where;
      stop(
        name,
        'bad_record_mac',
        'The tag of AES-GCM is wrong: the record was changed, or the keys of both sides differ.',
      );
    }
    return content;
  }

  private handshake(content: Uint8Array): void {
    this.pending = concat(this.pending, content);
    while (this.pending.length >= MESSAGE_HEADER) {
      const { pending } = this;
      const [type] = pending;
      const name = messageName(this.awaits);
      const length = MESSAGE_HEADER + ((pending[1] << 16) | (pending[2] << 8) | pending[3]);
      if (type !== this.awaits)
        stop(name, 'unexpected_message', `The server expects ${name}, and gets ${messageName(type)}.`);
      if (length > 0x5000) stop(name, 'illegal_parameter', 'The message says that it is longer than any may be.');
      if (length > pending.length) return;
      this.message(type, pending.subarray(0, length));
      this.pending = pending.subarray(length);
    }
  }

  private message(type: number, message: Uint8Array): void {
    const name = messageName(type);
    const body = new Reader(message, name, MESSAGE_HEADER);
    try {
      if (type === CLIENT_HELLO) this.takeHello(body);
      else if (type === CERTIFICATE) this.takeCertificate(body);
      else if (type === CLIENT_KEY_EXCHANGE) this.takeKeyExchange(body);
      else if (type === CERTIFICATE_VERIFY) this.takeSignature(body);
      else this.takeFinished(body);
    } catch (error) {
      if (error instanceof Stop) throw error;
      const why = error instanceof Error ? error.message : String(error);
      stop(name, 'decode_error', `The server cannot read the message: ${why}.`);
    }
    this.transcript = concat(this.transcript, message);
    if (type === CLIENT_HELLO) this.transcript = concat(this.transcript, ...this.knowledge.flight);
    if (type === CLIENT_KEY_EXCHANGE) this.deriveKeys();
  }

  private takeHello(body: Reader): void {
    const { sentHello, cipherSuite, group, scheme, serverName } = this.knowledge;
    const hello = parseClientHello(body);
    const where = 'ClientHello';
    if (hello.version < 0x0303) stop(where, 'protocol_version', 'The server speaks TLS 1.2 at least.');
    if (!hello.compressions.includes(0)) stop(where, 'illegal_parameter', 'Every client must offer no compression.');
    if ((hello.serverName ?? '').toLowerCase() !== (serverName ?? '').toLowerCase())
      stop(
        where,
        null,
        'The server has no certificate for the name that is asked for now, and leaves the board without an answer.',
      );
    if (!hello.suites.includes(cipherSuite))
      stop(where, 'handshake_failure', 'The suite that both could use is no longer offered.');
    if (hello.groups.length > 0 && !hello.groups.includes(group.id))
      stop(where, 'handshake_failure', 'The curve that both could use is no longer offered.');
    if (hello.pointFormats.length > 0 && !hello.pointFormats.includes(0))
      stop(where, 'illegal_parameter', 'Every client must take uncompressed points.');
    if (!hello.schemes.includes(scheme))
      stop(where, 'handshake_failure', 'The signature that the server’s key can make is no longer offered.');
    if (!hello.suites.includes(0x00ff) && !hello.extensions.includes(0xff01)) {
      const why =
        'The server does not hear of renegotiation_info, so it does not answer it; the board insists on the answer.';
      throw new Stop(noticed('board', 'ServerHello', 'handshake_failure', why));
    }
    if (!equalBytes(hello.random, sentHello.subarray(6, 38))) {
      const why =
        'The server signs its key together with the random that it got, and that is not the one the board sent: the signature does not verify.';
      throw new Stop(noticed('board', 'ServerKeyExchange', 'decrypt_error', why));
    }
    this.hello = hello;
    // The server asked for a certificate if its flight says so.
    const asks = this.knowledge.flight.some(([type]) => type === 13);
    this.awaits = asks ? CERTIFICATE : CLIENT_KEY_EXCHANGE;
  }

  private takeCertificate(body: Reader): void {
    const [der] = certificateList(body) as (Uint8Array | undefined)[];
    if (der === undefined) stop('Certificate', 'handshake_failure', 'The server insists on a certificate.');
    const { deviceAuthority } = this.knowledge;
    if (deviceAuthority !== null && !isSignedBy(der, deviceAuthority))
      stop('Certificate', 'bad_certificate', 'The authority of the devices did not sign this certificate.');
    this.device = der;
    this.awaits = CLIENT_KEY_EXCHANGE;
  }

  private takeKeyExchange(body: Reader): void {
    const point = parseClientKeyExchange(body);
    try {
      curveOf(this.knowledge.group.curve).decode(point);
    } catch {
      stop('ClientKeyExchange', 'illegal_parameter', 'These coordinates are no point on the curve.');
    }
    this.awaits = this.device === null ? 0 : CERTIFICATE_VERIFY;
  }

  private takeSignature(body: Reader): void {
    const { scheme, signature } = parseCertificateVerify(body);
    const where = 'CertificateVerify';
    if (!SCHEMES.includes(scheme)) stop(where, 'illegal_parameter', 'The server did not offer this kind of signature.');
    const algorithm = schemeAlgorithm(scheme);
    let isRight = false;
    try {
      const { publicKey } = parseCertificate(this.device as Uint8Array);
      const digest = finish(digestSteps(algorithm.hash, this.transcript));
      isRight = finish(verifySignature(publicKey, algorithm, digest, signature));
    } catch {
      stop(where, 'bad_certificate', 'The server cannot read the certificate whose key should have signed.');
    }
    if (!isRight)
      stop(
        where,
        'decrypt_error',
        'The signature is not one of the device’s key over the messages as the server saw them.',
      );
    this.awaits = 0;
  }

  private changeCipherSpec(content: Uint8Array): void {
    const where = 'ChangeCipherSpec';
    if (this.awaits !== 0 || this.pending.length > 0)
      stop(where, 'unexpected_message', 'ChangeCipherSpec comes out of its place.');
    if (content.length !== 1 || content[0] !== 1)
      stop(where, 'illegal_parameter', 'ChangeCipherSpec is one byte, and that is 1.');
    this.awaits = FINISHED;
    this.isEncrypted = true;
  }

  private takeFinished(body: Reader): void {
    const expected = finish(verifyData(this.master as HmacKey, 'client', sha256(this.transcript)));
    if (!equalBytes(body.rest(), expected))
      stop('Finished', 'decrypt_error', 'verify_data is not what it must be if both sides saw the same messages.');
    this.awaits = -1;
  }

  private deriveKeys(): void {
    const { sentPoint, preMasterSecret, serverRandom, group } = this.knowledge;
    const hello = this.hello as ReceivedHello;
    const randoms = concat(hello.random, serverRandom);
    const point = this.transcript.subarray(this.transcript.length - group.pointLength);
    // With another point on the curve the server gets another shared secret; any other will do here.
    const shared = equalBytes(point, sentPoint) ? preMasterSecret.slice() : new Uint8Array(32);
    const isExtended = hello.extensions.includes(EXTENDED_MASTER_SECRET);
    const secret = finish(masterSecret(shared, isExtended ? sha256(this.transcript) : null, randoms));
    this.master = new HmacKey(secret);
    const seed = concat(randoms.subarray(32), randoms.subarray(0, 32));
    const block = finish(prf(this.master, 'key expansion', seed, 40));
    this.gcm = { cipher: new Aes128Gcm(block.subarray(0, 16)), salt: block.slice(32, 36) };
  }
}

function isSignedBy(der: Uint8Array, authority: Uint8Array): boolean {
  try {
    const certificate = parseCertificate(der);
    const algorithm = signatureAlgorithm(certificate.algorithm, 'device');
    const digest = finish(digestSteps(algorithm.hash, certificate.tbs));
    return finish(verifySignature(parseCertificate(authority).publicKey, algorithm, digest, certificate.signature));
  } catch {
    return false;
  }
}
