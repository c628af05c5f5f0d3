/** Tests the client against OpenSSL's `s_server`, which sends its standard input and prints the data that it receives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import example from '../../board/config.example.json' with { type: 'json' };
import { advice } from '../../firmware/advice.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { tlsCauses } from '../../scripts/doctor/causes.ts';
import { TlsError } from '../../src/index.ts';
import type { Trace } from '../../src/trace.ts';
import { HOST } from '../support/tls/conversation.ts';
import { type Chain, chains, deviceAuthorities, dial, identities, pemOf, recordsUntilConnected } from './chains.ts';
import { choppingRelay, folder, missing, Program, reframingRelay } from './programs.ts';

const skip = missing('openssl');
/** Of each test. A server that says nothing is a failure, not a wait without end. */
const only = { skip, timeout: 60_000 };
const file = skip === false ? await folder() : () => Promise.reject(new Error(skip));

async function start(chain: Chain, ...options: string[]): Promise<{ server: Program; port: number }> {
  const { leaf, above, key } = pemOf(chain);
  const args = [
    ...['s_server', '-accept', '127.0.0.1:0', '-tls1_2'],
    ...['-cert', await file('leaf.pem', leaf), '-key', await file('key.pem', key)],
    ...['-cert_chain', await file('above.pem', above)],
    ...options,
  ];
  const server = new Program('openssl', args);
  await server.says(/ACCEPT 127\.0\.0\.1:\d+/);
  return { server, port: Number(/ACCEPT 127\.0\.0\.1:(\d+)/.exec(server.output)?.[1]) };
}

const EC = chains['ECDSA, P-256'];
const ca = async (): Promise<string> => file('ca.pem', deviceAuthorities);

for (const [name, chain] of Object.entries(chains)) {
  for (const asked of ['none', 'EC', 'RSA'] as const) {
    // Chains are one matter and devices another: each device meets an RSA and an ECDSA server.
    if (asked !== 'none' && !name.endsWith('below P-384')) continue;
    test(`OpenSSL accepts a connection with ${name}; certificate of the device: ${asked}`, only, async () => {
      const { server, port } = await start(
        chain,
        ...(asked === 'none' ? [] : ['-CAfile', await ca(), '-Verify', '3', '-verify_return_error']),
      );
      const dialled = dial(port, chain, { identity: identities[asked] });
      const { cipherSuite, session } = await dialled.until('connected');
      assert.equal(cipherSuite, chain.cipherSuite);
      assert.equal(session?.id.length, 32);
      dialled.tls.send(Buffer.from('a reading\n'));
      await server.says(/a reading/);
      server.write('.thanks');
      assert.equal((await dialled.untilData(7)).toString(), '.thanks');
      dialled.tls.close();
      await dialled.until('closed');
      await server.says(/DONE/);
      assert.doesNotMatch(server.output, /ERROR|error:/);
    });
  }
}

test('a server that gives no session id gives no session', only, async () => {
  const { port } = await start(EC, '-no_cache', '-no_ticket');
  const { session } = await dial(port, EC).until('connected');
  assert.equal(session, null);
});

test('OpenSSL resumes a session by its id', only, async () => {
  const { server, port } = await start(EC);
  const first = dial(port, EC);
  const { session, anchor } = await first.until('connected');
  assert.ok(session !== null && anchor !== null);
  first.tls.close();
  await server.says(/DONE/);
  const again = dial(port, EC, { session });
  assert.equal((await again.until('connected')).anchor, null);
  again.tls.send(Buffer.from('resumed reading\n'));
  await server.says(/Reused session-id/i);
  await server.says(/resumed reading/);
});

for (const [what, options, most] of [
  ['records of 512 bytes', ['-max_send_frag', '512'], 512],
  ['records of 512 bytes for a certificate list of 16 KB', ['-max_send_frag', '512'], 512],
  ['a record of 16 KB', [], 16384],
] as const) {
  test(`the client reads ${what}`, only, async () => {
    const chain = what.includes('list') ? chains['a certificate list of 16 KB'] : EC;
    const { server, port } = await start(chain, ...options);
    const dialled = dial(port, chain);
    await dialled.until('connected');
    const text = Buffer.alloc(16384, '.kitchen');
    server.write(text);
    assert.ok((await dialled.untilData(text.length)).equals(text));
    const sizes = dialled.events.map((event) => (event.type === 'data' ? event.bytes.length : 0));
    assert.equal(Math.max(...sizes), most);
  });
}

test('OpenSSL works over TCP segments of one byte, both ways', only, async () => {
  const chain = chains['RSA below P-384'];
  const { server, port } = await start(chain, '-CAfile', await ca(), '-Verify', '3');
  const dialled = dial(await choppingRelay(port), chain, { identity: identities.RSA });
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('byte by byte\n'));
  await server.says(/byte by byte/);
  server.write('.back again');
  assert.equal((await dialled.untilData(11)).toString(), '.back again');
});

for (const size of [1, 16384]) {
  test(`the client reads a flight in records of ${size} bytes`, only, async () => {
    const chain = chains['RSA, four certificates'];
    const { port } = await start(chain, '-CAfile', await ca(), '-Verify', '3');
    const records = await recordsUntilConnected(await reframingRelay(port, size), chain);
    // The flight and ChangeCipherSpec.
    assert.ok(size === 1 ? records > 1000 : records === 2, String(records));
  });
}

test('the client serves servers that ask for a certificate, and those that ask for none', only, async () => {
  const { server, port } = await start(EC, '-CAfile', await ca(), '-verify', '3');
  const dialled = dial(port, EC, { identity: null });
  await dialled.until('connected');
  dialled.tls.send(Buffer.from('nobody\n'));
  await server.says(/nobody/);
});

test('the client ignores that OpenSSL asks for a renegotiation, and the connection lives on', only, async () => {
  const { server, port } = await start(EC);
  let asked = (): void => undefined;
  const request = new Promise<void>((resolve) => (asked = resolve));
  const trace: Trace = {
    record() {},
    message: ({ name }) => (name === 'HelloRequest' ? asked() : undefined),
    secret() {},
  };
  const dialled = dial(port, EC, { trace });
  await dialled.until('connected');
  server.write('R\n');
  await request;
  server.write('.still here');
  assert.equal((await dialled.untilData(11)).toString(), '.still here');
  dialled.tls.send(Buffer.from('me too\n'));
  await server.says(/me too/);
});

test(
  'a server that knows P-384 alone takes devices with RSA keys and refuses P-256, and doctor says why',
  only,
  async () => {
    const chain = chains["Let's Encrypt's, P-384"];
    const options = ['-groups', 'P-384', '-CAfile', await ca(), '-Verify', '3', '-verify_return_error'];
    const { port } = await start(chain, ...options);
    await dial(port, chain, { identity: identities.RSA }).until('connected');
    const { server, port: other } = await start(chain, ...options);
    const refused = dial(other, chain, { identity: identities.EC }).until('connected');
    const error = await refused.then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TlsError && error.origin === 'peer');
    const config = checkBoardConfig({ ...example, endpoint: { host: HOST, port: other } }, 'board.json');
    const causes = tlsCauses(error, config, { hasShownChain: true, isAsked: true });
    assert.match(causes.join('\n'), /^the server does not take device keys of this kind: [^\n]*prime256v1[^\n]*$/);
    assert.match(advice('tls', error), /P-256/);
    await server.says(/wrong curve/);
  },
);

test('the client notices that the server ends, with close_notify, without it, and killed', only, async () => {
  const reverse = await start(EC, '-rev');
  const orderly = dial(reverse.port, EC);
  await orderly.until('connected');
  orderly.tls.send(Buffer.from('stressed\n'));
  assert.equal((await orderly.untilData(9)).toString(), 'desserts\n');
  orderly.tls.send(Buffer.from('CLOSE\n'));
  await orderly.until('closed');
  for (const end of [(server: Program): void => server.write('q\n'), (server: Program): void => server.kill()]) {
    const { server, port } = await start(EC);
    const cut = dial(port, EC);
    await cut.until('connected');
    end(server);
    await assert.rejects(cut.until('closed'), { name: 'TlsError', origin: 'transport', alert: null });
  }
});

test("OpenSSL understands the client's refusals", only, async () => {
  const { server, port } = await start(EC);
  await assert.rejects(dial(port, chains['RSA below P-384']).until('connected'), { alert: 'unknown_ca' });
  await server.says(/unknown ca/);
  await assert.rejects(dial(port, EC, { host: `other.${HOST}` }).until('connected'), { alert: 'bad_certificate' });
  await server.says(/bad certificate/);
});
