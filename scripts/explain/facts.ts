/** The facts that follow from the messages of a tape, from which workings and checks are made. */
import { concat, equalBytes } from '../../src/bytes/encoding.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { sharedSecret } from '../../src/crypto/ecdh.ts';
import { prf } from '../../src/crypto/prf.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { finish, type TrustAnchor } from '../../src/index.ts';
import { masterSecret } from '../../src/tls/keySchedule.ts';
import { parseServerHello, type ServerHello } from '../../src/tls/serverHello.ts';
import { parseServerKeyExchange, type ServerKeyExchange } from '../../src/tls/serverKeyExchange.ts';
import { type Direction, MESSAGE_HEADER } from '../../src/trace.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { verifyServerChain } from '../../src/x509/path.ts';
import { certificateList } from '../lib/certificateList.ts';
import {
  parseCertificateVerify,
  parseClientHello,
  parseClientKeyExchange,
  type ReceivedHello,
} from './clientMessages.ts';
import { type Observed, observe, seen } from './observe.ts';
import { ephemeralKey, type Tape } from './tape.ts';

/** A path that was verified, from the leaf to the certificate that the anchor signed. */
export interface Chain {
  leaf: Certificate;
  path: Certificate[];
  anchor: TrustAnchor;
}

/** A fact is null if the connection did not get that far, or if the page may not know it. */
export interface Facts {
  tape: Tape;
  observed: Observed;
  clientHello: ReceivedHello | null;
  serverHello: ServerHello | null;
  /** DER, the server's own first. */
  serverCertificates: Uint8Array[];
  chain: Chain | null;
  /** Why there is no chain. */
  chainProblem: string | null;
  keyExchange: ServerKeyExchange | null;
  clientPoint: Uint8Array | null;
  deviceCertificate: Uint8Array | null;
  certificateVerify: { scheme: number; signature: Uint8Array } | null;
  /** client_random and server_random. */
  randoms: Uint8Array | null;
  /** The messages up to ClientKeyExchange, one behind the other. */
  hashed: Uint8Array | null;
  /** The same messages and CertificateVerify: those over which the client's Finished is computed. */
  hashedForClient: Uint8Array | null;
  privateKey: bigint | null;
  preMasterSecret: Uint8Array | null;
  masterSecret: Uint8Array | null;
  keyBlock: Uint8Array | null;
}

export function factsOf(tape: Tape): Facts {
  const observed = observe(tape);
  const read = <T>(direction: Direction, name: string, parse: (body: Reader) => T): T | null => {
    const message = seen(observed, direction, name);
    if (message === undefined) return null;
    try {
      return parse(new Reader(message, name, MESSAGE_HEADER));
    } catch {
      return null;
    }
  };
  const clientHello = read('out', 'ClientHello', parseClientHello);
  const offer = { serverName: (clientHello?.serverName ?? null) !== null, alpn: tape.alpn ?? null };
  const serverHello = read('in', 'ServerHello', (body) => parseServerHello(body, offer));
  const serverCertificates = read('in', 'Certificate', certificateList) ?? [];
  const keyExchange = read('in', 'ServerKeyExchange', parseServerKeyExchange);
  const clientPoint = read('out', 'ClientKeyExchange', parseClientKeyExchange);
  const [deviceCertificate = null] = read('out', 'Certificate', certificateList) ?? [];
  const certificateVerify = read('out', 'CertificateVerify', parseCertificateVerify);
  const randoms = clientHello && serverHello && concat(clientHello.random, serverHello.random);
  const upTo = (name: string): Uint8Array | null => {
    const last = observed.messages.findIndex((message) => message.direction === 'out' && message.name === name);
    return last < 0 ? null : concat(...observed.messages.slice(0, last + 1).map(({ bytes }) => bytes));
  };
  const hashed = upTo('ClientKeyExchange');
  const hashedForClient = certificateVerify === null ? hashed : upTo('CertificateVerify');

  const privateKey = ephemeralKey(tape, keyExchange?.group.curve ?? 'P-256');
  let preMasterSecret: Uint8Array | null = null;
  let master = tape.masterSecret;
  if (privateKey !== null && keyExchange !== null && hashed !== null && serverHello !== null && randoms !== null) {
    preMasterSecret = finish(sharedSecret(keyExchange.group.curve, privateKey, keyExchange.point));
    const sessionHash = serverHello.extendedMasterSecret ? sha256(hashed) : null;
    master = finish(masterSecret(preMasterSecret.slice(), sessionHash, randoms));
  }
  const keyBlock =
    master === null || randoms === null
      ? null
      : finish(prf(new HmacKey(master), 'key expansion', serverFirst(randoms), 40));
  return {
    tape,
    observed,
    clientHello,
    serverHello,
    serverCertificates,
    ...verifiedChain(tape, serverCertificates),
    keyExchange,
    clientPoint,
    deviceCertificate,
    certificateVerify,
    randoms,
    hashed,
    hashedForClient,
    privateKey,
    preMasterSecret,
    masterSecret: master,
    keyBlock,
  };
}

/** server_random and client_random, the order of RFC 5246, section 6.3. */
export function serverFirst(randoms: Uint8Array): Uint8Array {
  return concat(randoms.subarray(32), randoms.subarray(0, 32));
}

function verifiedChain(
  { anchors, host, time }: Tape,
  certificates: readonly Uint8Array[],
): { chain: Chain | null; chainProblem: string | null } {
  if (certificates.length === 0) return { chain: null, chainProblem: null };
  try {
    const { path, anchor } = finish(verifyServerChain(certificates, { anchors, host, time }));
    // The client keeps little of a certificate: here it is wanted whole.
    const whole = path.map(({ what, signature }) => {
      const sent = certificates.map((der) => parseOrNull(der, what));
      return sent.find((one) => one !== null && equalBytes(one.signature, signature)) as Certificate;
    });
    return { chain: { leaf: whole[0], path: whole, anchor }, chainProblem: null };
  } catch (error) {
    return { chain: null, chainProblem: error instanceof Error ? error.message : String(error) };
  }
}

function parseOrNull(der: Uint8Array, what: string): Certificate | null {
  try {
    return parseCertificate(der, what);
  } catch {
    return null;
  }
}
