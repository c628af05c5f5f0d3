/** Tests doctor's questions to AWS, with the stand-in of its API. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { IoT } from '@aws-sdk/client-iot';
import { readBoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { askAmazon } from '../../scripts/doctor/amazon.ts';
import { HopError, Walk } from '../../scripts/doctor/walk.ts';
import type { Account } from '../../scripts/provision/account.ts';
import { provisionDevice } from '../../scripts/provision/device.ts';
import { readOrMakeKey } from '../../scripts/provision/identity.ts';
import { completeConfig, readBoard } from '../../scripts/provision/oneBoard.ts';
import { setInJson } from '../../scripts/provision/jsonText.ts';
import { ApiError } from '../support/apiError.ts';
import { AwsIot } from '../support/awsIot.ts';

const HOST = 'standin-ats.iot.eu-west-1.amazonaws.com';
const POLICY = 'pico-kitchen-kitchen-1';
const root = mkdtempSync(join(tmpdir(), 'doctor-amazon-'));
const file = join(root, 'config.json');
let aws: AwsIot;
let account: Account;

before(async () => {
  aws = await AwsIot.start();
  const credentials = { accessKeyId: 'AKIDSTANDIN', secretAccessKey: 'secret' };
  account = { iot: new IoT({ region: 'eu-west-1', endpoint: aws.url, credentials }), region: 'eu-west-1' };
  mkdirSync(join(root, 'certs'));
  copyFileSync('board/config.example.json', file);
  writeFileSync(file, setInJson(readFileSync(file, 'utf8'), ['endpoint', 'host'], HOST));
  const board = readBoard(file);
  const { key } = await readOrMakeKey(board.keyFile);
  await provisionDevice(account, board, key, () => undefined);
  completeConfig(board, HOST);
});
after(async () => {
  await aws.close();
  rmSync(root, { recursive: true });
});

/** @returns the finding, and the causes if it failed */
async function ask(open: Account | null = account): Promise<{ state: string; detail: string; causes: string }> {
  const walk = new Walk(() => undefined);
  const config = readBoardConfig(file);
  const files = readBoardFiles(config, file, Date.now());
  await askAmazon(walk, config, files, () => Promise.resolve(open)).catch((error: unknown) => {
    if (!(error instanceof HopError)) throw error;
  });
  const { state, detail, causes } = walk.findings[walk.findings.length - 1];
  return { state, detail, causes: causes.join() };
}

test('AWS lets a provisioned board in, and doctor says how its last connection ended', async () => {
  const without = await ask();
  assert.equal(without.state, 'ok');
  assert.match(
    without.detail,
    /^the certificate is active; attached to kitchen-1; under the policy pico-kitchen-kitchen-1; which lets it connect, publish and subscribe; not asked, because these credentials lack iot:GetThingConnectivityData$/,
  );
  const timestamp = Date.parse('2026-11-30T02:00:00Z') / 1000;
  aws.connectivity.set('kitchen-1', { connected: false, timestamp, disconnectReason: 'DUPLICATE_CLIENTID' });
  aws.domains.set('iot:Data-ATS', {
    domainName: HOST,
    domainConfigurationStatus: 'ENABLED',
    tlsConfig: { securityPolicy: 'IoTSecurityPolicy_TLS13_1_2_2022_10' },
  });
  assert.match(
    (await ask()).detail,
    /TLS policy is IoTSecurityPolicy_TLS13_1_2_2022_10; the last connection ended with DUPLICATE_CLIENTID at 2026-11-30T02:00:00/,
  );
});

test('doctor names each reason for which AWS refuses a board', async () => {
  const [id] = aws.certificates.keys();
  const certificate = aws.certificates.get(id)!;
  const fails = async (change: () => () => void, detail: RegExp, causes: RegExp): Promise<void> => {
    const undo = change();
    const finding = await ask();
    undo();
    assert.equal(finding.state, 'failed', finding.detail);
    assert.match(finding.detail, detail);
    assert.match(finding.causes, causes);
  };
  const without = (entry: string) => () => {
    aws.attached.delete(entry);
    return () => void aws.attached.add(entry);
  };
  await fails(
    () => {
      aws.certificates.delete(id);
      return () => void aws.certificates.set(id, certificate);
    },
    /eu-west-1 does not know the certificate/,
    /another account or region/,
  );
  const status = (value: string) => () => {
    certificate.status = value;
    return () => void (certificate.status = 'ACTIVE');
  };
  await fails(status('INACTIVE'), /the certificate is INACTIVE/, /npm run provision/);
  await fails(status('REVOKED'), /the certificate is REVOKED/, /makes new ones/);
  await fails(without(`kitchen-1 → ${certificate.arn}`), /not attached to the thing kitchen-1/, /provision/);
  await fails(without(`${POLICY} → ${certificate.arn}`), /has no policy/, /provision/);
  const policy = aws.policies.get(POLICY)!;
  const [[version, document]] = policy.versions;
  const edit = (from: string, to: string) => () => {
    policy.versions.set(version, document.replace(from, to));
    return () => void policy.versions.set(version, document);
  };
  await fails(
    edit(':client/kitchen-1', ':client/kitchen-2'),
    /does not allow CONNECT on .*client\/kitchen-1/,
    /provision/,
  );
  await fails(edit('iot:Subscribe', 'iot:Nothing'), /does not allow SUBSCRIBE on .*topicfilter/, /provision/);
  const domain = aws.domains.get('iot:Data-ATS') as { tlsConfig: { securityPolicy: string } };
  await fails(
    () => {
      domain.tlsConfig.securityPolicy = 'IoTSecurityPolicy_TLS13_1_3_2022_10';
      return () => void (domain.tlsConfig.securityPolicy = 'IoTSecurityPolicy_TLS13_1_2_2022_10');
    },
    /takes TLS 1\.3 only/,
    /TLS13_1_2_2022_10/,
  );
  assert.equal((await ask()).state, 'ok');
});

test('doctor lists the questions that it may not ask, and goes on', async () => {
  assert.match(
    (await ask(null)).detail,
    /^not asked, because this PC has no working AWS credentials: whether the certificate/,
  );
  aws.refuse = (call) => {
    if (call !== 'GET certificates') throw new ApiError(403, 'AccessDeniedException', 'no');
  };
  const { state, detail } = await ask();
  assert.equal(state, 'ok');
  assert.match(
    detail,
    /^the certificate is active; not asked, because these credentials lack iot:ListPrincipalThings, iot:/,
  );
  aws.refuse = () => {
    throw new ApiError(403, 'UnrecognizedClientException', 'no');
  };
  const unknown = await ask();
  assert.deepEqual([unknown.state, /does not accept the credentials/.test(unknown.detail)], ['skipped', true]);
  aws.refuse = () => undefined;
});
