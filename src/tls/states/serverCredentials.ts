/** Who the server is, and that it is there: its certificates, and a key that it signs now (RFC 5246, section 7.3). */
import { concat } from '../../bytes/encoding.ts';
import type { Reader } from '../../bytes/reader.ts';
import { digestSteps } from '../../crypto/hashName.ts';
import type { Steps } from '../../steps.ts';
import { verifyServerChain } from '../../x509/path.ts';
import { verifySignature } from '../../x509/signature.ts';
import { parseCertificateList } from '../certificate.ts';
import { type VerifiedServer, verifiedServer } from '../chainCache.ts';
import { suiteKeyType } from '../cipherSuite.ts';
import { TlsError } from '../errors.ts';
import { CERTIFICATE, SERVER_KEY_EXCHANGE } from '../handshake.ts';
import type { HandshakeSecrets } from '../prepare.ts';
import { parseServerKeyExchange } from '../serverKeyExchange.ts';
import { schemeAlgorithm } from '../signatureScheme.ts';
import { ExpectCertificateRequest } from './clientFlight.ts';
import { type Agreement, type HandshakeContext, now, type State } from './state.ts';

/** The server's certificates. */
export class ExpectCertificate implements State {
  readonly awaits = 'Certificate';
  readonly types = [CERTIFICATE];
  readonly context: HandshakeContext;
  private readonly agreement: Agreement;
  private readonly secrets: HandshakeSecrets;

  constructor(context: HandshakeContext, agreement: Agreement, secrets: HandshakeSecrets) {
    this.context = context;
    this.agreement = agreement;
    this.secrets = secrets;
  }

  *handle(body: Reader): Steps<State> {
    const { options } = this.context;
    const { anchors, host, chainCache } = options;
    const certificates = parseCertificateList(body);
    const time = now(options);
    let server = chainCache === undefined ? null : chainCache.find(body.source, host, anchors, time);
    if (server === null) {
      server = verifiedServer(yield* verifyServerChain(certificates, { anchors, host, time }));
      chainCache?.keep(body.source, host, anchors, server);
    }
    this.checkKey(server);
    return new ExpectServerKeyExchange(this.context, this.agreement, this.secrets, server);
  }

  /** RFC 8422, section 5.3: the key must be of the suite's type, and on a curve that the client offered. */
  private checkKey({ publicKey }: VerifiedServer): void {
    const wanted = suiteKeyType(this.agreement.cipherSuite);
    const curve = publicKey.type === 'ec' ? publicKey.curve : null;
    if (publicKey.type !== wanted || curve === 'P-384') {
      const expected = wanted === 'ec' ? 'a key on P-256' : 'an RSA key';
      throw new TlsError('unsupported_certificate', 'Certificate', expected, curve ?? 'RSA');
    }
  }
}

/** The server's ephemeral key, signed with the certificate's. */
class ExpectServerKeyExchange implements State {
  readonly awaits = 'ServerKeyExchange';
  readonly types = [SERVER_KEY_EXCHANGE];
  readonly context: HandshakeContext;
  private readonly agreement: Agreement;
  private readonly secrets: HandshakeSecrets;
  private readonly server: VerifiedServer;

  constructor(context: HandshakeContext, agreement: Agreement, secrets: HandshakeSecrets, server: VerifiedServer) {
    this.context = context;
    this.agreement = agreement;
    this.secrets = secrets;
    this.server = server;
  }

  *handle(body: Reader): Steps<State> {
    const { context, agreement, secrets, server } = this;
    const { params, point, scheme, signature } = parseServerKeyExchange(body);
    const algorithm = schemeAlgorithm(scheme);
    // RFC 5246, section 7.4.3: the algorithm must fit the key in the server's certificate.
    if (algorithm.type !== server.publicKey.type) {
      const expected = `a scheme for ${server.publicKey.type}`;
      throw new TlsError('illegal_parameter', 'ServerKeyExchange', expected, scheme.toString(16));
    }
    // RFC 8422, section 5.4: signed are ClientHello.random, ServerHello.random and the parameters.
    const digest = yield* digestSteps(algorithm.hash, concat(agreement.randoms, params));
    if (!(yield* verifySignature(server.publicKey, algorithm, digest, signature))) {
      // Section 7.2.2: decrypt_error is for a handshake signature that does not verify.
      throw new TlsError('decrypt_error', 'ServerKeyExchange', "the server's signature", 'another');
    }
    return new ExpectCertificateRequest(context, { agreement, secrets, server, point: point.slice() });
  }
}
