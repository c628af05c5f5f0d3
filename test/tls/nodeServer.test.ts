/** Tests the client against Node's OpenSSL over TCP, which contains no code of ours. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import type { TlsOptions, TLSSocket } from 'node:tls';
import { encodePem, makeDeviceIdentity, makeServerChain, type ServerChain } from '../../scripts/lib/certificates.ts';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { createChainCache } from '../../src/tls/chainCache.ts';
import type { TlsClientOptions } from '../../src/tls/client.ts';
import type { ClientIdentity } from '../../src/tls/options.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { clientOptions, device, HOST, identity, serverChain } from '../support/tls/conversation.ts';
import { Dialled, type NodeServer, startServer } from '../support/tls/nodeServer.ts';

const DAY = 86_400_000;
const rsaChain = await makeServerChain({ kind: 'rsa', host: HOST });
const rsaDevice = await makeDeviceIdentity({ thing: 'kitchen-2', kind: 'rsa' });
const rsaIdentity: ClientIdentity = {
  certificates: [rsaDevice.certificate],
  key: { type: 'rsa', ...prepareRsaPrivateKey(rsaDevice.key) },
};

const servers: NodeServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function start(chain: ServerChain, options: TlsOptions = {}): Promise<NodeServer> {
  const server = await startServer(chain, options);
  servers.push(server);
  return server;
}

function dial(server: NodeServer, chain: ServerChain, changes: Partial<TlsClientOptions> = {}, size?: number): Dialled {
  const options = clientOptions({ anchors: [trustAnchor(chain.anchor, 'the root')], ...changes });
  return new Dialled(server.port, options, size);
}

const ca = [device, rsaDevice].map(({ authority }) => encodePem('CERTIFICATE', authority));
const chains = { RSA: rsaChain, ECDSA: serverChain };
const suites = { RSA: 0xc02f, ECDSA: 0xc02b };
const identities = { none: null, 'EC P-256': identity, 'RSA-2048': rsaIdentity };

for (const kind of ['RSA', 'ECDSA'] as const) {
  for (const [name, own] of Object.entries(identities)) {
    test(`Node accepts a connection with ${kind} chain, client certificate: ${name}`, async () => {
      const chain = chains[kind];
      const options = own === null ? {} : { requestCert: true, rejectUnauthorized: true, ca };
      const server = await start(chain, { ciphers: `ECDHE-${kind}-AES128-GCM-SHA256`, ...options });
      const dialled = dial(server, chain, { identity: own });
      const connected = await dialled.until('connected');
      assert.equal(connected.cipherSuite, suites[kind]);
      assert.equal(connected.anchor, 'the root');
      dialled.tls.send(Buffer.from('reading'));
      const [socket] = server.sockets;
      assert.deepEqual(await once(socket, 'data'), [Buffer.from('reading')]);
      assert.equal(socket.servername, HOST);
      if (own !== null) assert.deepEqual(socket.getPeerCertificate().raw, own.certificates[0]);
      socket.write('thanks');
      assert.equal((await dialled.untilData(6)).toString(), 'thanks');
      dialled.tls.close();
      await dialled.until('closed');
      await once(socket, 'close');
      assert.deepEqual(server.errors, []);
    });
  }
}

test('a server that asks for a certificate and takes nobody without one says so', async () => {
  const server = await start(serverChain, { requestCert: true, rejectUnauthorized: true, ca });
  const dialled = dial(server, serverChain, { identity: null });
  await assert.rejects(dialled.until('data'), { name: 'TlsError', origin: 'peer' });
});

test('a server that asks for a certificate without insisting accepts a client without one', async () => {
  const server = await start(serverChain, { requestCert: true, rejectUnauthorized: false });
  await dial(server, serverChain, { identity: null }).until('connected');
});

const refusals: [string, Partial<TlsClientOptions>, string, RegExp][] = [
  ['a wrong name', { host: 'other.example' }, 'bad_certificate', /bad certificate/],
  ['an unknown issuer', { anchors: [trustAnchor(rsaChain.anchor, 'another root')] }, 'unknown_ca', /unknown ca/],
  ['an expired chain', { time: () => Date.now() + 366 * DAY }, 'certificate_expired', /certificate expired/],
];

for (const [what, changes, alert, heard] of refusals) {
  test(`a connection is refused, and OpenSSL understands why: ${what}`, async () => {
    const server = await start(serverChain);
    const failure = once(server.server, 'tlsClientError');
    await assert.rejects(dial(server, serverChain, changes).until('connected'), { name: 'TlsError', alert });
    const [error] = (await failure) as [Error];
    assert.match(error.message, heard);
  });
}

test('the server’s alert is reported when no version or no suite is common', async () => {
  const modern = await start(serverChain, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  await assert.rejects(dial(modern, serverChain).until('connected'), { origin: 'peer', alert: 'protocol_version' });
  const other = await start(serverChain, { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
  await assert.rejects(dial(other, serverChain).until('connected'), { origin: 'peer', alert: 'handshake_failure' });
});

test('100 KB go each way, in pieces of a few bytes as well', async () => {
  const server = await start(rsaChain);
  const text = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255));
  for (const size of [Infinity, 1460, 97]) {
    const dialled = dial(server, rsaChain, {}, size);
    await dialled.until('connected');
    const socket = server.sockets[server.sockets.length - 1];
    const echoed: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => echoed.push(bytes));
    socket.write(text);
    assert.ok((await dialled.untilData(text.length)).equals(text));
    dialled.tls.send(text);
    dialled.tls.close();
    await once(socket, 'close');
    assert.ok(Buffer.concat(echoed).equals(text));
  }
});

test('the client works over TCP segments of one byte', async () => {
  const server = await start(serverChain, { requestCert: true, rejectUnauthorized: true, ca });
  const dialled = dial(server, serverChain, {}, 1);
  await dialled.until('connected');
  server.sockets[0].write('one byte at a time');
  assert.equal((await dialled.untilData(18)).toString(), 'one byte at a time');
});

test('the client reads tiny records, into which a server may cut its data without RFC 6066', async () => {
  const server = await start(serverChain);
  const dialled = dial(server, serverChain);
  await dialled.until('connected');
  const [socket] = server.sockets;
  socket.setMaxSendFragment(512);
  socket.write('z'.repeat(5000));
  assert.equal((await dialled.untilData(5000)).toString(), 'z'.repeat(5000));
  assert.ok(dialled.events.length > 9);
});

test('the client notices that the server ends, with close_notify and without', async () => {
  const server = await start(serverChain);
  const orderly = dial(server, serverChain);
  await orderly.until('connected');
  server.sockets[0].end('bye');
  await orderly.until('closed');
  assert.equal(orderly.data.toString(), 'bye');
  const cut = dial(server, serverChain);
  await cut.until('connected');
  const [, socket] = server.sockets;
  socket.destroy();
  await assert.rejects(cut.until('closed'), { name: 'TlsError', origin: 'transport', alert: null });
});

test('a HelloRequest of OpenSSL’s is ignored, and the connection lives on', async () => {
  const server = await start(serverChain);
  const dialled = dial(server, serverChain);
  await dialled.until('connected');
  const [socket] = server.sockets;
  socket.renegotiate({}, () => undefined);
  socket.write('still here');
  assert.equal((await dialled.untilData(10)).toString(), 'still here');
  dialled.tls.send(Buffer.from('me too'));
  assert.deepEqual(await once(socket, 'data'), [Buffer.from('me too')]);
});

test('ALPN agrees on the protocol asked for, or OpenSSL refuses', async () => {
  const server = await start(serverChain, { ALPNProtocols: ['x-amzn-mqtt-ca', 'h2'] });
  const { alpn } = await dial(server, serverChain, { alpn: 'x-amzn-mqtt-ca' }).until('connected');
  assert.equal(alpn, 'x-amzn-mqtt-ca');
  assert.equal(server.sockets[0].alpnProtocol, 'x-amzn-mqtt-ca');
  await assert.rejects(dial(server, serverChain, { alpn: 'mqtt' }).until('connected'), {
    origin: 'peer',
    alert: 'no_application_protocol',
  });
});

test('a session is resumed by its id without a certificate, and an unknown session is not', async () => {
  const server = await start(rsaChain, {
    requestCert: true,
    rejectUnauthorized: true,
    ca,
    sessionIdContext: 'kitchen',
  });
  const sessions = new Map<string, Buffer>();
  server.server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null);
  });
  const first = await dial(server, rsaChain).until('connected');
  assert.ok(first.session !== null);
  const { session } = first;
  // Here the server is the one that finishes last.
  const accepted = once(server.server, 'secureConnection');
  const again = dial(server, rsaChain, { session });
  assert.equal((await again.until('connected')).anchor, null);
  again.tls.send(Buffer.from('resumed'));
  const [socket] = (await accepted) as [TLSSocket];
  assert.deepEqual(await once(socket, 'data'), [Buffer.from('resumed')]);
  assert.equal(socket.isSessionReused(), true);
  sessions.clear();
  const anew = await dial(server, rsaChain, { session }).until('connected');
  assert.equal(anew.anchor, 'the root');
  assert.notEqual(anew.session, session);
});

test('the cache spares verifying the same chain a second time', async () => {
  const server = await start(rsaChain);
  const chainCache = createChainCache();
  const believed = [trustAnchor(rsaChain.anchor, 'the root')];
  await dial(server, rsaChain, { chainCache, anchors: believed }).until('connected');
  believed.length = 0;
  assert.equal((await dial(server, rsaChain, { chainCache, anchors: believed }).until('connected')).anchor, 'the root');
});
