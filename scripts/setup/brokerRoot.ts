/** The root certificate of a broker other than AWS: from a file, or from the broker itself, for a person to compare. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { PemError, trustAnchor } from '../../src/index.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { encodePem } from '../lib/certificates.ts';
import { nameForPeople } from '../lib/names.ts';
import { certificatesIn } from '../lib/pemFile.ts';

export interface BrokerRoot {
  name: string;
  /** SHA-256 of its DER, in the form of openssl x509 -fingerprint -sha256. */
  fingerprint: string;
  pem: string;
}

/** @throws UserError for a file without a root certificate */
export function readRoot(file: string): BrokerRoot {
  let der: Uint8Array[];
  try {
    der = certificatesIn(readFileSync(file));
  } catch (error) {
    const problem = error instanceof PemError ? error.message : `cannot be read: ${systemProblem(error)}`;
    throw new UserError(`${file}: wanted the broker's root certificate; ${problem}`);
  }
  return rootOf(der[0], file);
}

/**
 * Asks the broker for its certificates without verifying them.
 * @returns the last one that it sends, or its only one if it is self-signed
 * @throws UserError if the broker does not answer, or sends no root
 */
export async function fetchRoot(host: string, port: number): Promise<BrokerRoot> {
  const sent = await new Promise<Buffer[]>((done, fail) => {
    const name = isIPv4(host) ? {} : { servername: host };
    const socket = connect({ host, port, ...name, rejectUnauthorized: false, timeout: 10_000 });
    const give = (): void => {
      const chain: Buffer[] = [];
      let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (certificate?.raw !== undefined && !chain.some((der) => der.equals(certificate?.raw as Buffer))) {
        chain.push(certificate.raw);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      if (chain.length === 0) fail(new UserError(`${host}, port ${port}: sends no certificate`));
      else done(chain);
    };
    socket.once('secureConnect', give);
    socket.once('timeout', () => socket.destroy(new Error('no answer for 10 s')));
    // A broker that wants a client certificate may end the connection after it has sent its own.
    socket.once('error', (error) => {
      const shown = socket.getPeerCertificate(true) as DetailedPeerCertificate | undefined;
      if (shown?.raw !== undefined) give();
      else fail(new UserError(`${host}, port ${port}: no TLS connection (${systemProblem(error)})`));
    });
  });
  return rootOf(sent[sent.length - 1], `${host}, port ${port}`);
}

function rootOf(der: Uint8Array, from: string): BrokerRoot {
  const name = nameForPeople(der);
  try {
    trustAnchor(der, name);
  } catch {
    throw new UserError(
      `${from}: ${name} is not a root certificate; ask the broker's authority for its root certificate, and name the file with --root`,
    );
  }
  return { name, fingerprint: new X509Certificate(der).fingerprint256, pem: encodePem('CERTIFICATE', der) };
}
