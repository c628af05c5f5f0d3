/** The chains that the local endpoint shows, met by the board's own TLS client. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readBoardFiles } from '../../../scripts/config/files.ts';
import { targetOf } from '../../../scripts/config/target.ts';
import { BrokerConnection, HandshakeError } from '../../../scripts/doctor/brokerConnection.ts';
import { prepareFolder } from '../../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../../scripts/endpoint/localEndpoint.ts';
import { SERVER_CHAIN_KINDS } from '../../../scripts/lib/certificates.ts';

const DAY = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'chains-'));
after(() => rmSync(root, { recursive: true }));

function daysOf({ validFrom, validTo }: X509Certificate): number {
  return (Date.parse(validTo) - Date.parse(validFrom)) / DAY;
}

async function shake(
  kind: (typeof SERVER_CHAIN_KINDS)[number],
  host: string,
  { groups, leafDays }: { groups?: string; leafDays?: number } = {},
): Promise<X509Certificate[]> {
  const prepared = await prepareFolder({ folder: join(root, `${kind}-${host}`), kind, host, leafDays });
  const options = { ...prepared, ...(groups === undefined ? {} : { groups }), port: 0, address: '127.0.0.1' };
  const endpoint = await Endpoint.start(options);
  try {
    const config = prepared.writeBoardConfig(endpoint.port, 10);
    const target = targetOf(config, readBoardFiles(config, prepared.boardFile, Date.now()));
    const socket = connect(endpoint.port, '127.0.0.1');
    await once(socket, 'connect');
    const { connection, chain } = await BrokerConnection.secure(socket, target, 30_000).catch((error: unknown) => {
      throw error instanceof HandshakeError ? error.reason : error;
    });
    connection.close();
    return chain.map((der) => new X509Certificate(der));
  } finally {
    await endpoint.close();
  }
}

test('the chain of today has three certificates and a leaf for servers only, which lives 198 days', async () => {
  for (const kind of ['rsa', 'ecdsa'] as const) {
    const chain = await shake(kind, 'endpoint.test');
    assert.equal(chain.length, 3);
    assert.deepEqual(chain[0].keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(daysOf(chain[0]), 198);
  }
});

test('a fourth certificate and a leaf of 47 days can be asked for; a kept leaf of another lifetime is replaced', async () => {
  const chain = await shake('rsa-4', 'endpoint.test', { leafDays: 47 });
  assert.equal(chain.length, 4);
  assert.deepEqual(chain[0].keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(daysOf(chain[0]), 47);
  const [again] = await shake('rsa-4', 'endpoint.test', { leafDays: 47 });
  assert.equal(again.fingerprint256, chain[0].fingerprint256);
  const [kept] = await shake('rsa-4', 'endpoint.test');
  assert.equal(kept.fingerprint256, chain[0].fingerprint256);
  const [other] = await shake('rsa-4', 'endpoint.test', { leafDays: 100 });
  assert.equal(daysOf(other), 100);
});

test('the former chain has four certificates, and a leaf for clients as well', async () => {
  const chain = await shake('old', 'endpoint.test');
  assert.equal(chain.length, 4);
  assert.deepEqual(chain[0].keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('a chain can be on P-384 throughout, and the key exchange too', async () => {
  const chain = await shake('p384', 'endpoint.test', { groups: 'secp384r1:prime256v1' });
  for (const { publicKey } of chain) assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, 'secp384r1');
});

test('authorities with RSA-4096, which sign with SHA-384, stand above a leaf with RSA-2048', async () => {
  const chain = await shake('rsa4096', 'endpoint.test');
  assert.deepEqual(
    chain.map(({ publicKey }) => publicKey.asymmetricKeyDetails?.modulusLength),
    [2048, 4096, 4096],
  );
});

test('an endpoint that is dialled by its address has it in its certificate, and is asked for no name', async () => {
  const [leaf] = await shake('rsa', '192.168.77.12');
  assert.equal(leaf.subjectAltName, 'IP Address:192.168.77.12');
});
