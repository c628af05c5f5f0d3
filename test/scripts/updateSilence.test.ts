/** What `npm run update` says while a broker cannot be reached, or a board says nothing. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { Console } from '../../scripts/lib/console.ts';
import { withTopics } from '../../scripts/update/targets.ts';
import { offerAll, report, type OfferOptions } from '../../scripts/update/byBroker.ts';
import { makeUpdate } from '../../scripts/update/file.ts';
import { Offer } from '../../scripts/update/offer.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-silence-'));
after(() => rmSync(folder, { recursive: true }));
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const facts = { kind: 'program' as const, version: '1.3.0', made: 1, sensors: ['rp2040'], bootstrap: 1 };
const update = makeUpdate(facts, Buffer.from('x'.repeat(3000)), privateKey);

let prepared: EndpointFolder;
before(async () => (prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' })));

async function offer(port: number, things: string[], more: Partial<OfferOptions>): Promise<string[]> {
  const config = prepared.writeBoardConfig(port, 60);
  const offers = things.map((thing) => ({
    board: withTopics({ file: prepared.boardFile, config: { ...config, thing } }),
    offer: new Offer(thing, update),
  }));
  const said: string[] = [];
  const sink = { write: (text: string) => said.push(text.trimEnd()) };
  const console = new Console(sink, sink, {});
  const options = { certificate: undefined, 'certificate-key': undefined, address: '127.0.0.1', wait: 1500, ...more };
  const unreached = await offerAll(offers, { ...options, stop: new AbortController().signal }, console);
  assert.equal(report(offers, console, unreached), 1);
  return said;
}

test('a broker that cannot be reached is named, with the address that is dialled, and in the end again', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  const said = await offer(port, ['kitchen-1'], { hint: 'name it with --via' });
  const where = `endpoint.test:${port} at 127.0.0.1`;
  const problems = said.filter((line) => line.includes('is not connected'));
  assert.match(problems[0], /; again in \d s; name it with --via$/);
  assert.ok(problems[0].startsWith(`${where} is not connected: connection refused; again`), problems[0]);
  assert.equal(problems.filter((line) => line.includes('--via')).length, 1);
  assert.equal(said.at(-1), `kitchen-1  not done: the broker was never reached: ${where}`);
});

test('boards that do not answer are named with the topic on which they should', async () => {
  const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
  try {
    const one = await offer(endpoint.port, ['kitchen-77'], { silence: 100 });
    const line = 'connected; kitchen-77 has not answered on kitchen/kitchen-77/reply: is it on, is that its name?';
    assert.equal(one.filter((text) => text === line).length, 1, one.join('\n'));
    assert.equal(one.at(-1), 'kitchen-77  not done: waiting, 0 % received; run it again');
    const many = await offer(
      endpoint.port,
      [1, 2, 3, 4, 5, 6, 7].map((n) => `kitchen-${n}`),
      { silence: 100, hint: '--via' },
    );
    const found = many.find((text) => text.startsWith('connected; '));
    assert.match(
      String(found),
      /kitchen-4, kitchen-5 and 2 more have not answered, .* are these their names\?; --via$/,
    );
  } finally {
    await endpoint.close();
  }
});
