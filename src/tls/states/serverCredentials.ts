/** Who the server is, and that it is there: its certificates, and a key that it signs now (RFC 5246, section 7.3). */
import { concat } from '../../bytes/encoding.ts';
import { forgetMultiples } from '../../crypto/ecdsa.ts';
import { digestSteps } from '../../crypto/hashName.ts';
import { verifyServerChain } from '../../x509/path.ts';
import { verifySignature } from '../../x509/signature.ts';
import { parseCertificateList } from '../certificate.ts';
import { type VerifiedServer, verifiedServer } from '../chainCache.ts';
import { refuse, refuseValue } from '../errors.ts';
import { CERTIFICATE, SERVER_KEY_EXCHANGE } from '../handshake.ts';
import type { HandshakeSecrets } from '../prepared.ts';
import { parseServerKeyExchange } from '../serverKeyExchange.ts';
import { schemeAlgorithm } from '../signatureScheme.ts';
import { expectCertificateRequest } from './clientFlight.ts';
import { type Agreement, type HandshakeContext, now, type State } from './state.ts';

/** The server's certificates. */
export function expectCertificate(context: HandshakeContext, agreement: Agreement, secrets: HandshakeSecrets): State {
  return {
    awaits: [CERTIFICATE],
    context,
    *handle(body) {
      const { options } = context;
      const { anchors, host, chainCache } = options;
      const certificates = parseCertificateList(body);
      const time = now(options);
      const { keyType } = agreement.cipherSuite;
      if (keyType === 'rsa') forgetMultiples();
      let server = chainCache?.find(body.source, host, anchors, time);
      if (server === undefined) {
        server = verifiedServer(yield* verifyServerChain(certificates, { anchors, host, time }));
      }
      // RFC 8422, section 5.3: the key must be of the suite's type, and on a curve that the client offered; it offers all
      // those on which it reads keys.
      const { publicKey } = server;
      if (publicKey.type !== keyType) {
        const kind = publicKey.type === 'ec' ? publicKey.curve : 'RSA';
        refuse('unsupported_certificate', `a key for ${keyType === 'ec' ? 'P-256 or P-384' : 'RSA'}`, kind);
      }
      return expectServerKeyExchange(context, agreement, secrets, server, body.source);
    },
  };
}

/** The server's ephemeral key, signed with the certificate's. @param message of the certificates */
function expectServerKeyExchange(
  context: HandshakeContext,
  agreement: Agreement,
  secrets: HandshakeSecrets,
  server: VerifiedServer,
  message: Uint8Array,
): State {
  return {
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
      // RFC 8422, section 5.4: signed are ClientHello.random, ServerHello.random and the parameters.
      const digest = yield* digestSteps(algorithm.hash, concat(agreement.randoms, params));
      if (!(yield* verifySignature(publicKey, algorithm, digest, signature))) {
        // Section 7.2.2: decrypt_error is for a handshake signature that does not verify.
        refuse('decrypt_error', "the server's signature", 'another');
      }
      forgetMultiples();
      // Whoever asks for a kept key need not ask whether it is one.
      const { anchors, host, chainCache } = context.options;
      chainCache?.keep(message, host, anchors, server);
      return expectCertificateRequest(context, { agreement, secrets, server, group, point: point.slice() });
    },
  };
}
