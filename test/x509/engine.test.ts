import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { checkHost } from '../../src/x509/hostname.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';
import { HOST, issue, party } from './certificates.ts';

/** The result of reading a certificate, in one line. */
function outcome(der: Uint8Array): string {
  try {
    const certificate = parseCertificate(der, 'leaf');
    checkHost(certificate.subjectAltNames, HOST, 'leaf');
    const { notBefore, notAfter, keyUsage, pathLength, serverAuth } = certificate;
    return [notBefore, notAfter, keyUsage, pathLength, serverAuth].join(' ');
  } catch (error) {
    return String(error);
  }
}

test('the engine reads certificates, good and damaged, as Node does', needsEngine, async () => {
  const random = new SeededRandom(1);
  const der = issue(party('CA'), party('Server'));
  const changes = Array.from({ length: 600 }, () => [random.below(der.length), random.below(256)]);
  const lines = await runOnEngine(`
    import { fromHex } from 'src/bytes/encoding.ts';
    import { parseCertificate } from 'src/x509/certificate.ts';
    import { checkHost } from 'src/x509/hostname.ts';
    declare function print(text: string): void;
    const HOST = '${HOST}';
    ${outcome.toString()}
    const der = fromHex('${toHex(der)}');
    print(outcome(der));
    for (const [at, value] of ${JSON.stringify(changes)}) {
      const before = der[at];
      der[at] = value;
      print(outcome(der));
      der[at] = before;
    }
  `);
  const expected = changes.map(([at, value]) => {
    const changed = der.slice();
    changed[at] = value;
    return outcome(changed);
  });
  assert.deepEqual(lines, [outcome(der), ...expected]);
  assert.match(lines[0], /^1704067200000 2019686400000 128 Infinity true$/);
});
