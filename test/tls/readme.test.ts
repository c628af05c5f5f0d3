import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import type { TlsClient } from '../../src/index.ts';
import { startServer } from '../support/tls/nodeServer.ts';

type ShakeHands = (wire: unknown, host: string, rootPem: string) => Promise<TlsClient>;

test('the example of src/README.md shakes hands over a socket, and over one that hands out a byte at a time', async () => {
  const [, example] = /```ts\n([^]*?)```/.exec(readFileSync('src/README.md', 'utf8')) as RegExpExecArray;
  assert.ok(example.split('\n').length < 35);
  // Inside the project, for its package to be found by its own name.
  const folder = mkdtempSync(join('test', '.readme-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'example.ts'), example);
  const { shakeHands } = (await import(pathToFileURL(resolve(folder, 'example.ts')).href)) as {
    shakeHands: ShakeHands;
  };

  const chain = await makeServerChain({ kind: 'ecdsa', host: 'example.test' });
  const server = await startServer(chain);
  const root = encodePem('CERTIFICATE', chain.anchor);
  for (const size of [Infinity, 1]) {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    const received = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let rest: Buffer = Buffer.alloc(0);
    const wire = {
      write: (bytes: Uint8Array) => void socket.write(bytes),
      async read(): Promise<Uint8Array | null> {
        if (rest.length === 0) {
          const next = await received.next();
          if (next.done === true) return null;
          rest = next.value;
        }
        const bytes = rest.subarray(0, size);
        rest = rest.subarray(bytes.length);
        return bytes;
      },
    };
    const client = await shakeHands(wire, 'example.test', root);
    client.send(Buffer.from('hello'));
    while (client.work()) continue;
    const event = client.nextEvent();
    assert.equal(event?.type, 'transmit');
    socket.write(event.bytes);
    const [text] = await new Promise<Buffer[]>((done) => server.sockets.at(-1)?.once('data', (bytes) => done([bytes])));
    assert.equal(String(text), 'hello');
    socket.destroy();
  }
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  const received = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const wire = {
    write: (bytes: Uint8Array) => void socket.write(bytes),
    read: async () => (await received.next()).value as Uint8Array,
  };
  await assert.rejects(shakeHands(wire, 'other.test', root), { name: 'TlsError', alert: 'bad_certificate' });
  socket.destroy();
  await server.close();
});
