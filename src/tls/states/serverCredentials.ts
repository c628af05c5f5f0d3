/** Authenticates the server: by its certificates, and by the ephemeral key that it signs now (RFC 5246, section 7.3). */
import { concat } from '../../bytes/encoding.ts';
import type { PieceReader } from '../../bytes/pieceReader.ts';
import { digestSteps } from '../../crypto/hashName.ts';
import type { Steps } from '../../steps.ts';
import { type PathSearch, searchPath } from '../../x509/path.ts';
import { verifySignature } from '../../x509/signature.ts';
import { parseCertificateList } from '../certificate.ts';
import { type VerifiedServer, verifiedServer } from '../chainCache.ts';
import { refuse, refuseValue } from '../errors.ts';
import { CERTIFICATE, SERVER_KEY_EXCHANGE } from '../handshake.ts';
import { dropCombs, type HandshakeSecrets } from '../handshakeSecrets.ts';
import { parseServerKeyExchange } from '../serverKeyExchange.ts';
import { schemeAlgorithm } from '../signatureScheme.ts';
import { expectCertificateRequest } from './clientFlight.ts';
import { type Agreement, type HandshakeContext, type HandshakeState, now } from './state.ts';

/**
 * Most bytes of one certificate: it is in memory as a whole while it is read. AWS's have 2 KB at most, one with a hundred
 * names 4. The server's own is refused beyond them; among the others, one that is longer is passed over.
 */
const MAX_CERTIFICATE = 0x1800;

/** The server's certificates, which are taken one by one as they come. */
export function expectCertificate(
  context: HandshakeContext,
  agreement: Agreement,
  secrets: HandshakeSecrets,
): HandshakeState {
  const { options, held, checkpoint } = context;
  const { combs } = secrets;
  const { keyType } = agreement.cipherSuite;
  const { anchors, host, chainCache } = options;
  const time = now(options);
  /** The result for the server's chain, as soon as it is verified or found in the cache. */
  let server: VerifiedServer | undefined;
  /** The server's own certificate. */
  let certificate: Uint8Array = new Uint8Array(0);
  let search: PathSearch | null = null;

  function* take(body: PieceReader, place: number): Steps<void> {
    // Certificates behind the anchor, or behind one that is known, are passed over.
    if (server !== undefined) return;
    const length = body.remaining();
    if (length > MAX_CERTIFICATE) {
      if (place > 0) return;
      refuse('bad_certificate', `a certificate of ${MAX_CERTIFICATE} bytes at most`, length);
    }
    const der = yield* body.rest(place === 0 ? (chainCache?.kept()?.certificate ?? null) : null);
    if (place === 0) {
      certificate = der;
      server = chainCache?.find(der, host, anchors, time);
      if (server !== undefined) return;
      checkpoint('verifying chain', keyType);
      const onSignatures = (): void => checkpoint('verifying signatures', keyType);
      search = searchPath({ anchors, host, time, combs, onSignatures });
    }
    if (search === null) return;
    if (place > 0) checkpoint('next certificate', keyType);
    const chain = yield* search.take(der);
    if (chain !== null) server = verifiedServer(chain, time);
    held.certificates = search.held();
  }

  return {
    isConnected: false,
    awaits: [CERTIFICATE],
    context,
    *read(body) {
      // A server with an RSA key needs no curve to sign, and its chain rarely does.
      if (keyType === 'rsa') dropCombs(combs);
      yield* parseCertificateList(body, (place) => take(body, place));
      held.certificates = 0;
      server ??= search?.fail();
      if (server === undefined) refuse('bad_certificate', 'a chain', 'none');
      // RFC 8422, section 5.3: the key must be of the suite's type, and on a curve that the client offered; it offers all
      // those on which it reads keys.
      const { publicKey } = server;
      if (publicKey.type !== keyType) {
        const kind = publicKey.type === 'ec' ? publicKey.curve : 'RSA';
        refuse('unsupported_certificate', `a key for ${keyType === 'ec' ? 'P-256 or P-384' : 'RSA'}`, kind);
      }
      return expectServerKeyExchange(context, agreement, secrets, server, certificate);
    },
  };
}

/** The server's ephemeral key, signed with the certificate's. @param certificate is kept if the signature is right */
function expectServerKeyExchange(
  context: HandshakeContext,
  agreement: Agreement,
  secrets: HandshakeSecrets,
  server: VerifiedServer,
  certificate: Uint8Array,
): HandshakeState {
  return {
    isConnected: false,
    awaits: [SERVER_KEY_EXCHANGE],
    context,
    *handle(body) {
      const { params, group, point, scheme, signature } = parseServerKeyExchange(body);
      const { publicKey } = server;
      const algorithm = schemeAlgorithm(scheme);
      // RFC 5246, section 7.4.3: the algorithm must fit the key in the server's certificate.
      if (algorithm.type !== publicKey.type) {
        refuseValue(`a scheme for ${publicKey.type}`, scheme.toString(16));
      }
      // RFC 8422, section 5.4: the signature covers ClientHello.random, ServerHello.random and the parameters.
      const digest = yield* digestSteps(algorithm.hash, concat(agreement.randoms, params));
      context.checkpoint('verifying server', publicKey.type);
      if (!(yield* verifySignature(publicKey, algorithm, digest, signature, secrets.combs))) {
        // The cache forgets the chain: if a fault of the flash has changed the kept key, it would fail at every connection.
        context.options.chainCache?.forget();
        // Section 7.2.2: decrypt_error is for a handshake signature that does not verify.
        refuse('decrypt_error', "the server's signature", 'another');
      }
      dropCombs(secrets.combs);
      // A chain is cached only after its key has signed, so a cached key is known to be valid.
      const { anchors, host, chainCache } = context.options;
      chainCache?.keep({ certificate, host, anchors, server });
      context.checkpoint('server verified', publicKey.type);
      return expectCertificateRequest(context, { agreement, secrets, server, group, point: point.slice() });
    },
  };
}
