/** Tests the client against Python's ssl module, which most people who write a test server at home would use. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Chain, chains, deviceAuthorities, dial, identities, pemOf } from './chains.ts';
import { choppingRelay, folder, missing, Program } from './programs.ts';

const skip = missing('python3');
/** Of each test. A server that says nothing is a failure, not a wait without end. */
const only = { skip, timeout: 60_000 };
const file = skip === false ? await folder() : () => Promise.reject(new Error(skip));
/** Python itself: what stands for it in PATH (pyenv) may compute for half a second at each start. */
const PYTHON =
  skip === false ? spawnSync('python3', ['-c', 'import sys; print(sys.executable)']).stdout.toString().trim() : '';
const SCRIPT = fileURLToPath(new URL('pythonServer.py', import.meta.url));

async function start(chain: Chain, asks: boolean): Promise<{ server: Program; port: number }> {
  const { leaf, above, key } = pemOf(chain);
  const server = new Program(PYTHON, [
    ...[SCRIPT, await file('chain.pem', leaf + above), await file('key.pem', key)],
    asks ? await file('ca.pem', deviceAuthorities) : '-',
  ]);
  await server.says(/port \d+ with/);
  return { server, port: Number(/port (\d+)/.exec(server.output)?.[1]) };
}

for (const [name, chain] of Object.entries(chains)) {
  for (const asked of ['none', 'EC', 'RSA'] as const) {
    if (asked !== 'none' && !name.endsWith('below P-384')) continue;
    test(`Python accepts a connection with ${name}; certificate of the device: ${asked}`, only, async () => {
      const { server, port } = await start(chain, asked !== 'none');
      const dialled = dial(port, chain, { identity: identities[asked], alpn: 'x-amzn-mqtt-ca' });
      const { cipherSuite, alpn } = await dialled.until('connected');
      assert.deepEqual([cipherSuite, alpn], [chain.cipherSuite, 'x-amzn-mqtt-ca']);
      dialled.tls.send(Buffer.from('echo a reading\n'));
      assert.equal((await dialled.untilData(9)).toString(), 'a reading');
      if (asked !== 'none') await server.says(asked === 'EC' ? /kitchen-1/ : /kitchen-2/);
      dialled.tls.close();
      await server.says(/closed by the client/);
    });
  }
}

test('Python exchanges 16 KB in one record, and its end is noticed with and without close_notify', only, async () => {
  const chain = chains['ECDSA, P-256'];
  const { port } = await start(chain, false);
  const orderly = dial(port, chain);
  await orderly.until('connected');
  orderly.tls.send(Buffer.from('big 16384\n'));
  const data = await orderly.untilData(16384);
  assert.ok(data.equals(Buffer.alloc(16384, 'x')));
  assert.equal(orderly.events.filter(({ type }) => type === 'data').length, 1);
  orderly.tls.send(Buffer.from('close\n'));
  await orderly.until('closed');
  const cut = dial(port, chain);
  await cut.until('connected');
  cut.tls.send(Buffer.from('cut\n'));
  await assert.rejects(cut.until('closed'), { name: 'TlsError', origin: 'transport', alert: null });
});

test('Python works over TCP segments of one byte, both ways', only, async () => {
  const chain = chains['RSA, four certificates'];
  const { port } = await start(chain, false);
  const dialled = dial(await choppingRelay(port), chain);
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('echo byte by byte\n'));
  assert.equal((await dialled.untilData(12)).toString(), 'byte by byte');
});
