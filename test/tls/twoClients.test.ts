/** Connections share nothing: two of them run at once, their slices in random order. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { makeDeviceIdentity } from '../../scripts/lib/certificates.ts';
import {
  type ClientIdentity,
  createChainCache,
  createTlsClient,
  prepareHandshake,
  type Steps,
  type TlsEvent,
} from '../../src/index.ts';
import { SeededRandom } from '../support/random.ts';
import { anchors, HOST, identity, leafOf, seededRandom, serverChain } from '../support/tls/conversation.ts';
import { ScriptedServer } from '../support/tls/server.ts';

const rsaServer = leafOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const rsaDevice = await makeDeviceIdentity({ thing: 'kitchen-2', kind: 'rsa' });
const rsaIdentity: ClientIdentity = {
  certificates: [rsaDevice.certificate],
  key: { type: 'rsa', ...prepareRsaPrivateKey(rsaDevice.key) },
};

interface Side {
  chain: Uint8Array[];
  key: typeof serverChain.key;
  anchors: typeof anchors;
  identity: ClientIdentity;
}

const EC: Side = { chain: serverChain.certificates, key: serverChain.key, anchors, identity };
const RSA: Side = { ...rsaServer, identity: rsaIdentity };

/** Two handshakes with the same server, and data: a yield for each slice of computing. @returns the events, by types and text */
function* converse({ chain, key, anchors, identity }: Side, name: string): Steps<string[]> {
  const random = seededRandom(name);
  const chainCache = createChainCache();
  const said: string[] = [];
  for (let round = 0; round < 2; round++) {
    const server = new ScriptedServer({ chain, key });
    const prepared = yield* prepareHandshake(identity, random, chainCache.kept()?.server.publicKey);
    const client = createTlsClient({ host: HOST, anchors, identity, random, time: Date.now, prepared, chainCache });
    const deliver = (event: TlsEvent): void => {
      if (event.type === 'transmit') return server.receive(event.bytes);
      said.push(event.type === 'data' ? `data ${Buffer.from(event.bytes).toString()}` : event.type);
      if (event.type === 'failed') said.push(event.error.message);
      if (event.type !== 'connected') return;
      client.send(Buffer.from(`${name} ${round}`));
      server.sendData(`hello ${name} ${round}`);
    };
    for (let silent = 0; silent < 3; silent++) {
      while (client.work()) yield;
      for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
        silent = 0;
        deliver(event);
      }
      for (const bytes of server.output.splice(0)) {
        silent = 0;
        client.receive(bytes);
      }
    }
    said.push(server.log[server.log.length - 1]);
  }
  return said;
}

/** Runs all of them, at each step one chosen at random. */
function interleave(runs: Steps<string[]>[], random: SeededRandom): string[][] {
  const results: string[][] = [];
  const left = runs.map((run, i) => ({ run, i }));
  while (left.length > 0) {
    const at = random.below(left.length);
    const step = left[at].run.next();
    if (step.done !== true) continue;
    results[left[at].i] = step.value;
    left.splice(at, 1);
  }
  return results;
}

const expected = (name: string): string[] =>
  [0, 1].flatMap((round) => ['connected', `data hello ${name} ${round}`, `data ${name} ${round}`]);

for (const [title, one, other] of [
  ['EC and RSA', EC, RSA],
  ['both EC, with the same server', EC, EC],
  ['both RSA', RSA, RSA],
] as const) {
  test(`two clients work at once: ${title}`, () => {
    for (let seed = 0; seed < 3; seed++) {
      const runs = [converse(one, 'one'), converse(other, 'other')];
      assert.deepEqual(
        interleave(runs, new SeededRandom(seed + 1)),
        [expected('one'), expected('other')],
        `seed ${seed}`,
      );
    }
  });
}
