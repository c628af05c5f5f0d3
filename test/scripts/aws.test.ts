import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AMAZON_ROOTS, awsEndpointOf, awsEndpointProblem } from '../../scripts/config/aws.ts';
import { alpnOf, checkBoardConfig, type BoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import example from '../../board/config.example.json' with { type: 'json' };

test('endpoints of all partitions are known, with their region', () => {
  for (const [host, region, kind] of [
    ['abc-ats.iot.eu-west-1.amazonaws.com', 'eu-west-1', 'data'],
    ['ABC-ats.iot.eu-west-1.amazonaws.com.', 'eu-west-1', 'data'],
    ['abc-ats.iot.us-gov-west-1.amazonaws.com', 'us-gov-west-1', 'data'],
    ['abc.ats.iot.cn-north-1.amazonaws.com.cn', 'cn-north-1', 'data'],
    ['data.iot-fips.us-east-1.amazonaws.com', 'us-east-1', 'data'],
    ['abc-ats.iot-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1', 'data'],
    ['abc-ats.iot.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', 'data'],
    ['abc.iot.eu-west-1.amazonaws.com', 'eu-west-1', 'legacy'],
    ['abc.credentials.iot.eu-west-1.amazonaws.com', 'eu-west-1', 'credentials'],
    ['abc.jobs.iot.eu-west-1.amazonaws.com', 'eu-west-1', 'jobs'],
  ] as const) {
    assert.deepEqual(awsEndpointOf(host), { region, kind }, host);
    assert.equal(awsEndpointProblem(host) === null, kind === 'data', host);
  }
  for (const host of [
    'mqtt.example.com',
    'abc.iot.eu-west-1.amazonaws.com.example.com',
    'iot.eu-west-1.amazonaws.com',
    'abc.s3.eu-west-1.amazonaws.com',
    '192.168.1.2',
  ]) {
    assert.equal(awsEndpointOf(host), null, host);
  }
});

test('an endpoint of AWS that no board can use is refused, and the right one is named', () => {
  const refuses = (host: string, problem: RegExp): void =>
    assert.throws(() => checkBoardConfig({ ...example, endpoint: { host, port: 8883 } }, 'f'), problem);
  refuses('abc.iot.eu-west-1.amazonaws.com', /endpoint\.host: .*old endpoint.*-ats.*iot:Data-ATS/);
  refuses('abc.credentials.iot.eu-west-1.amazonaws.com', /endpoint for credentials.*iot:Data-ATS/);
});

test('ALPN is the protocol of the config, or else the one that AWS wants on port 443', () => {
  const alpn = (host: string, port: number, given?: string): string | undefined => {
    const endpoint = { host, port, ...(given === undefined ? {} : { alpn: given }) };
    return alpnOf(checkBoardConfig({ ...example, endpoint }, 'f'));
  };
  assert.equal(alpn('abc-ats.iot.eu-west-1.amazonaws.com', 443), 'x-amzn-mqtt-ca');
  assert.equal(alpn('abc-ats.iot.eu-west-1.amazonaws.com', 8883), undefined);
  assert.equal(alpn('data.iot-fips.us-east-1.amazonaws.com', 443), 'x-amzn-mqtt-ca');
  assert.equal(alpn('abc.ats.iot.cn-north-1.amazonaws.com.cn', 443), 'x-amzn-mqtt-ca');
  assert.equal(alpn('iot.my-domain.com', 443), undefined);
  assert.equal(alpn('iot.my-domain.com', 443, 'x-amzn-mqtt-ca'), 'x-amzn-mqtt-ca');
  assert.equal(alpn('broker.example', 8883, 'mqtt'), 'mqtt');
});

/** As https://www.amazontrust.com/repository/ publishes them. */
const FINGERPRINTS = [
  '8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e',
  '1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4',
  '18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4',
  'e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092',
  '568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5',
];

test('"aws" stands for the five roots of Amazon, wherever the config lies', () => {
  const files = AMAZON_ROOTS.map((name) => new X509Certificate(readFileSync(`board/certs/${name}`)));
  assert.deepEqual(
    files.map(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase()),
    FINGERPRINTS,
  );
  const tls = { anchors: ['aws', 'certs/AmazonRootCA1.pem'] };
  const config = checkBoardConfig({ ...example, tls }, 'f') satisfies BoardConfig;
  const { anchors } = readBoardFiles(config, 'board/config.json', Date.now());
  assert.deepEqual(
    anchors.map((der) => Buffer.from(der)),
    files.map(({ raw }) => raw),
  );
  const elsewhere = checkBoardConfig({ ...example, tls: { anchors: ['aws'] } }, 'f');
  assert.equal(readBoardFiles(elsewhere, '/nowhere/board.json', Date.now()).anchors.length, 5);
});
