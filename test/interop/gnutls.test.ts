/** Tests the client against GnuTLS's `gnutls-serv`, which echoes lines, and renegotiates when a line tells it to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../../src/trace.ts';
import { type Chain, chains, deviceAuthorities, dial, identities, pemOf, recordsUntilConnected } from './chains.ts';
import { choppingRelay, folder, freePort, missing, Program, reframingRelay } from './programs.ts';

const skip = missing('gnutls-serv');
/** Of each test. A server that says nothing is a failure, not a wait without end. */
const only = { skip, timeout: 60_000 };
const file = skip === false ? await folder() : () => Promise.reject(new Error(skip));

interface Choice {
  /** Whether the device's certificate is asked for, or demanded. */
  asks?: 'optional' | 'required';
  /** Added to the priority string. */
  priority?: string;
}

async function start(chain: Chain, { asks, priority = '' }: Choice = {}): Promise<number> {
  const { leaf, above, key } = pemOf(chain);
  const port = await freePort();
  const authorities = ['--x509cafile', await file('ca.pem', deviceAuthorities), '--verify-client-cert'];
  const server = new Program('gnutls-serv', [
    ...['--echo', '--port', String(port), '--priority', `NORMAL:-VERS-ALL:+VERS-TLS1.2${priority}`],
    ...['--x509certfile', await file('chain.pem', leaf + above), '--x509keyfile', await file('key.pem', key)],
    ...(asks === undefined ? ['--disable-client-cert'] : authorities),
    ...(asks === 'required' ? ['--require-client-cert'] : []),
  ]);
  await server.says(/listening on IPv4 .*done/);
  return port;
}

const EC = chains['ECDSA, P-256'];

for (const [name, chain] of Object.entries(chains)) {
  for (const asked of ['none', 'EC', 'RSA'] as const) {
    if (asked !== 'none' && !name.endsWith('below P-384')) continue;
    test(`GnuTLS accepts a connection with ${name}; certificate of the device: ${asked}`, only, async () => {
      const port = await start(chain, asked === 'none' ? {} : { asks: 'required' });
      const dialled = dial(port, chain, { identity: identities[asked] });
      const { cipherSuite } = await dialled.until('connected');
      assert.equal(cipherSuite, chain.cipherSuite);
      dialled.tls.send(Buffer.from('a reading\n'));
      assert.equal((await dialled.untilData(10)).toString(), 'a reading\n');
      dialled.tls.close();
      await dialled.until('closed');
    });
  }
}

test('GnuTLS resumes a session by its id', only, async () => {
  const port = await start(EC);
  const first = dial(port, EC);
  const { session, anchor } = await first.until('connected');
  assert.ok(session !== null && anchor !== null);
  first.tls.close();
  await first.until('closed');
  const again = dial(port, EC, { session });
  assert.equal((await again.until('connected')).anchor, null);
  again.tls.send(Buffer.from('resumed\n'));
  assert.equal((await again.untilData(8)).toString(), 'resumed\n');
});

test('without extended_master_secret there is a connection, but no session to resume', only, async () => {
  const port = await start(EC, { priority: ':%NO_SESSION_HASH' });
  const dialled = dial(port, EC);
  assert.equal((await dialled.until('connected')).session, null);
  dialled.tls.send(Buffer.from('as of old\n'));
  assert.equal((await dialled.untilData(10)).toString(), 'as of old\n');
});

test('GnuTLS exchanges a record of 16 KB each way, behind a certificate list of 16 KB', only, async () => {
  const chain = chains['a certificate list of 16 KB'];
  const port = await start(chain);
  const dialled = dial(port, chain);
  await dialled.until('connected');
  const text = Buffer.concat([Buffer.alloc(16383, 'kitchen'), Buffer.from('\n')]);
  dialled.tls.send(text);
  assert.ok((await dialled.untilData(text.length)).equals(text));
  assert.equal(dialled.events.filter(({ type }) => type === 'data').length, 1);
});

test('GnuTLS works over TCP segments of one byte, both ways', only, async () => {
  const chain = chains['ECDSA below P-384'];
  const port = await start(chain, { asks: 'required' });
  const dialled = dial(await choppingRelay(port), chain, { identity: identities.EC });
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('byte by byte\n'));
  assert.equal((await dialled.untilData(13)).toString(), 'byte by byte\n');
});

for (const size of [1, 16384]) {
  test(`the client reads a flight in records of ${size} bytes`, only, async () => {
    const chain = chains['ECDSA below P-384'];
    const port = await start(chain, { asks: 'required' });
    const records = await recordsUntilConnected(await reframingRelay(port, size), chain);
    // The flight and ChangeCipherSpec.
    assert.ok(size === 1 ? records > 1000 : records === 2, String(records));
  });
}

test(
  'GnuTLS goes on without a certificate that it only asks for, and refuses a client without one that it demands',
  only,
  async () => {
    const tolerant = await start(EC, { asks: 'optional' });
    const dialled = dial(tolerant, EC, { identity: null });
    await dialled.until('connected');
    dialled.tls.send(Buffer.from('nobody\n'));
    assert.equal((await dialled.untilData(7)).toString(), 'nobody\n');
    const strict = await start(EC, { asks: 'required' });
    await assert.rejects(dial(strict, EC, { identity: null }).until('connected'), { name: 'TlsError', origin: 'peer' });
  },
);

test('the client ignores that GnuTLS asks for a renegotiation, and the connection lives on', only, async () => {
  const port = await start(EC);
  let requests = 0;
  const trace: Trace = {
    record() {},
    message: ({ name }) => void (requests += Number(name === 'HelloRequest')),
    secret() {},
  };
  const dialled = dial(port, EC, { trace });
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('**REHANDSHAKE**\n'));
  const answer = 'Successfully executed command\n';
  assert.equal((await dialled.untilData(answer.length)).toString(), answer);
  assert.equal(requests, 1);
  dialled.tls.send(Buffer.from('still here\n'));
  assert.equal((await dialled.untilData(answer.length + 11)).toString(), `${answer}still here\n`);
});
