/**
 * Stands in for src/x509/path.ts in the bundle of the shim, and nowhere else (see build.ts): BoringSSL's runner shows
 * certificates that lead to no anchor, name no host and expired in 2014, and wants its shim to believe them unless it
 * is told otherwise. The client itself has no option for that, so that none can be left on.
 *
 * What BoringSSL verifies whatever the callback says is verified here with the client's own code: that the leaf is a
 * certificate of a kind that is implemented, and that its key may sign.
 */
import type { AlertDescription } from '../../src/tls/alertDescription.ts';
import { TlsError } from '../../src/tls/errors.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { refuse } from '../../src/x509/errors.ts';
import { DIGITAL_SIGNATURE } from '../../src/x509/extensions.ts';
import type { PathSearch, VerifiedChain } from '../../src/x509/path.ts';

/** The result of the next verification: null if it passes, else the alert of BoringSSL's shim for `-verify-fail`. */
export const verdict: { alert: AlertDescription | null } = { alert: null };

export function searchPath(): PathSearch {
  return {
    // oxlint-disable-next-line require-yield -- what it stands in for computes
    *take(der) {
      return believe(der);
    },
    fail: () => refuse('malformed', 'leaf', 'expected a certificate'),
    held: () => 0,
  };
}

function believe(der: Uint8Array): VerifiedChain {
  const leaf = parseCertificate(der, 'leaf');
  if ((leaf.keyUsage & DIGITAL_SIGNATURE) === 0) refuse('wrong_usage', 'leaf', 'expected digitalSignature');
  if (verdict.alert !== null)
    throw new TlsError({
      where: 'Certificate',
      expected: 'a verified chain',
      received: '-verify-fail',
      alert: verdict.alert,
    });
  // A session lives no longer than its chain.
  const path = [{ ...leaf, notBefore: 0, notAfter: Infinity }];
  const { subject, publicKey } = leaf;
  return { leaf, path, anchor: { name: 'none', subject, publicKey } };
}
