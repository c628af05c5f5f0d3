/**
 * Makes a board's thing, certificate and policy at AWS IoT Core, and attaches them to the certificate. Each is looked up
 * first and made only if it does not exist, so it is safe to repeat a run, also one that was interrupted.
 */
import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { IoT } from '@aws-sdk/client-iot';
import { UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { isNotFound, type Account } from './account.ts';
import type { Board } from './oneBoard.ts';
import { makeRequest, readCertificate } from './identity.ts';
import { policyDocument, policyName } from './policy.ts';

/** AWS keeps at most this many versions of a policy (AWS IoT quotas). */
const MOST_VERSIONS = 5;

/** Reports a step: what was done, and to what. */
export type Tell = (done: 'made' | 'kept' | 'changed' | 'removed', what: string) => void;

/** Host name of the account's data endpoint with Amazon's own certificates. */
export async function describeEndpoint({ iot }: Account): Promise<string> {
  const { endpointAddress } = await iot.describeEndpoint({ endpointType: 'iot:Data-ATS' });
  return given(endpointAddress, 'endpointAddress');
}

/** @throws UserError, errors of the SDK */
export async function provisionDevice(account: Account, board: Board, key: KeyObject, tell: Tell): Promise<void> {
  const { iot } = account;
  const thingName = board.config.thing;
  const thingArn = await provideThing(iot, thingName, tell);
  const certificateArn = await provideCertificate(account, { ...board, name: thingName }, key, tell);
  const arn = thingArn.slice(0, -`:thing/${thingName}`.length);
  const policy = policyName(thingName);
  await providePolicy(iot, policy, policyDocument(arn, board.config, board.topics), tell);
  // Both calls do nothing if it is attached already.
  await iot.attachPolicy({ policyName: policy, target: certificateArn });
  await iot.attachThingPrincipal({ thingName, principal: certificateArn });
}

/** Whether the account has a thing of this name. @throws errors of the SDK */
export async function hasThing({ iot }: Account, thingName: string): Promise<boolean> {
  return (await lookUp(iot.describeThing({ thingName }))) !== null;
}

async function provideThing(iot: IoT, thingName: string, tell: Tell): Promise<string> {
  const found = await lookUp(iot.describeThing({ thingName }));
  tell(found === null ? 'made' : 'kept', `thing ${thingName}`);
  return given((found ?? (await iot.createThing({ thingName }))).thingArn, 'thingArn');
}

/** The owner of a certificate, for people, and where certificate and key are on this PC. */
export interface Holder {
  name: string;
  keyFile: string;
  certificateFile: string;
}

/** @returns the certificate's ARN @throws UserError, errors of the SDK */
export async function provideCertificate(
  { iot, region }: Account,
  { name, keyFile, certificateFile }: Holder,
  key: KeyObject,
  tell: Tell,
): Promise<string> {
  const existing = readCertificate(certificateFile, key, keyFile);
  if (existing !== null) return reuseCertificate(iot, existing, certificateFile, region, tell);
  const certificateSigningRequest = makeRequest(key, keyFile, name);
  const made = await iot.createCertificateFromCsr({ certificateSigningRequest, setAsActive: true });
  const pem = given(made.certificatePem, 'certificatePem');
  // Stored at once: the next steps may fail, and without its id the certificate cannot be fetched again.
  writePrivateFile(certificateFile, pem);
  readCertificate(certificateFile, key, keyFile);
  tell(
    'made',
    `certificate ${given(made.certificateId, 'certificateId').slice(0, 12)}…, active, in ${certificateFile}`,
  );
  return given(made.certificateArn, 'certificateArn');
}

async function reuseCertificate(
  iot: IoT,
  certificate: X509Certificate,
  file: string,
  region: string,
  tell: Tell,
): Promise<string> {
  // AWS uses this hash as the certificate's id (API, CertificateDescription).
  const certificateId = createHash('sha256').update(certificate.raw).digest('hex');
  const description = (await lookUp(iot.describeCertificate({ certificateId })))?.certificateDescription;
  if (description === undefined) {
    throw new UserError(
      `${file}: AWS IoT in ${region} does not know this certificate; another --region or account? ` +
        'Else move it away to have a new one made',
    );
  }
  const what = `certificate ${certificateId.slice(0, 12)}…`;
  if (description.status === 'REVOKED') {
    throw new UserError(`${file}: the certificate is revoked; move it and its key away to have new ones made`);
  }
  if (description.status === 'ACTIVE') {
    tell('kept', `${what}, active`);
  } else {
    await iot.updateCertificate({ certificateId, newStatus: 'ACTIVE' });
    tell('changed', `${what} from ${description.status ?? 'unknown'} to active`);
  }
  return given(description.certificateArn, 'certificateArn');
}

/** @throws errors of the SDK */
export async function providePolicy(iot: IoT, name: string, document: object, tell: Tell): Promise<void> {
  const policyDocument = JSON.stringify(document);
  const found = await lookUp(iot.getPolicy({ policyName: name }));
  if (found === null) {
    await iot.createPolicy({ policyName: name, policyDocument });
    tell('made', `policy ${name}`);
  } else if (isSameDocument(found.policyDocument, document)) {
    tell('kept', `policy ${name}`);
  } else {
    await dropOldestVersion(iot, name);
    await iot.createPolicyVersion({ policyName: name, policyDocument, setAsDefault: true });
    tell('changed', `policy ${name}, a new version of it`);
  }
}

function isSameDocument(text: string | undefined, document: object): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text ?? ''), document);
  } catch {
    return false;
  }
}

async function dropOldestVersion(iot: IoT, policyName: string): Promise<void> {
  const { policyVersions = [] } = await iot.listPolicyVersions({ policyName });
  if (policyVersions.length < MOST_VERSIONS) return;
  const others = policyVersions.filter(({ isDefaultVersion }) => isDefaultVersion !== true);
  const ids = others.map(({ versionId }) => Number(versionId)).sort((a, b) => a - b);
  await iot.deletePolicyVersion({ policyName, policyVersionId: String(ids[0]) });
}

/** The result of a look-up; null if the thing does not exist. */
async function lookUp<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** A field that the API always fills, although its types allow undefined. */
function given(value: string | undefined, field: string): string {
  if (value === undefined) throw new UserError(`AWS IoT answered without ${field}; is a proxy in between?`);
  return value;
}
