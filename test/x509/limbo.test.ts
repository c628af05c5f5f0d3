/**
 * C2SP's x509-limbo (https://x509-limbo.com): its cases for the chains of servers. X509_LIMBO names a directory that
 * holds its limbo.json; without it there is nothing to run.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish } from '../../src/steps.ts';
import { type TrustAnchor, trustAnchor } from '../../src/x509/anchor.ts';
import { CertificateError } from '../../src/x509/errors.ts';
import { verifyServerChain } from '../../src/x509/path.ts';
import { decodePem } from '../../src/x509/pem.ts';
import { NOW } from './certificates.ts';
import { DEVIATIONS, NOT_RUN, REFUSED } from './limboDeviations.ts';

/** The part of limbo-schema.json that is used here. */
interface Case {
  id: string;
  validation_kind: 'CLIENT' | 'SERVER';
  trusted_certs: string[];
  untrusted_intermediates: string[];
  peer_certificate: string;
  /** ISO 8601; null: any time does. */
  validation_time: string | null;
  expected_result: 'SUCCESS' | 'FAILURE';
  expected_peer_name: { kind: string; value: string } | null;
}

const file = process.env.X509_LIMBO === undefined ? undefined : join(process.env.X509_LIMBO, 'limbo.json');
const skip = file === undefined ? 'X509_LIMBO names no directory' : existsSync(file) ? false : `${file} does not exist`;

function certificates(pem: string[]): Uint8Array[] {
  return pem.flatMap((text) => decodePem(text, 'CERTIFICATE').map(({ der }) => der));
}

/** The reason for which the chain is refused; null if it is accepted. */
function run(testcase: Case): string | null {
  const anchors: TrustAnchor[] = [];
  const problems: string[] = [];
  try {
    // A board is not given an anchor that is refused; others of the same case may serve.
    for (const der of certificates(testcase.trusted_certs)) {
      try {
        anchors.push(trustAnchor(der, 'anchor'));
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        problems.push(error.message);
      }
    }
    const sent = certificates([testcase.peer_certificate, ...testcase.untrusted_intermediates]);
    const host = testcase.expected_peer_name?.value ?? '';
    const time = testcase.validation_time === null ? NOW : Date.parse(testcase.validation_time);
    finish(verifyServerChain(sent, { anchors, host, time }));
    return null;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return [...problems, error.message].join('; ');
  }
}

test('the path search agrees with x509-limbo, except where we say why', { skip }, (t) => {
  const { testcases } = JSON.parse(readFileSync(file as string, 'utf8')) as { testcases: Case[] };
  const excluded = (id: string): boolean => NOT_RUN.some(({ pattern }) => pattern.test(id));
  const cases = testcases.filter(({ id, validation_kind }) => validation_kind === 'SERVER' && !excluded(id));
  const listed = new Map(DEVIATIONS.flatMap(({ expected, cases }) => cases.map((id) => [id, expected] as const)));
  const wrong: string[] = [];
  let refused = 0;
  for (const testcase of cases) {
    const { id, expected_result: expected } = testcase;
    const problem = run(testcase);
    const differs = (problem === null) !== (expected === 'SUCCESS');
    const isRefused = REFUSED.some((all) => all.pattern.test(id) && problem !== null && all.problem.test(problem));
    if (differs && isRefused) refused += 1;
    else if (differs !== listed.has(id)) wrong.push(`${id}: expected ${expected}, ${problem ?? 'accepted'}`);
    else if (differs) assert.equal(listed.get(id), expected, id);
    listed.delete(id);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual([...listed.keys()], [], 'deviations that name no case');
  t.diagnostic(
    `${cases.length} cases run of ${testcases.length}, ${DEVIATIONS.flatMap(({ cases }) => cases).length} deviations, ` +
      `${refused} refused for name constraints`,
  );
});
