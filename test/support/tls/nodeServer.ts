/** Node's OpenSSL server on a port of 127.0.0.1, and our client dialling it. */
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { encodeKeyPem, encodePem, type ServerChain } from '../../../scripts/lib/certificates.ts';
import { openTls, type TlsSocket } from '../../../scripts/lib/tlsSocket.ts';
import type { TlsClientOptions, TlsEvent } from '../../../src/tls/client.ts';

export interface NodeServer {
  server: Server;
  port: number;
  /** The server's end of each connection, in order. */
  sockets: TLSSocket[];
  /** The errors that it reported, in order. */
  errors: Error[];
  close(): Promise<void>;
}

export async function startServer(chain: ServerChain, options: TlsOptions = {}): Promise<NodeServer> {
  const sockets: TLSSocket[] = [];
  const errors: Error[] = [];
  const server = createServer({
    cert: chain.certificates.map((der) => encodePem('CERTIFICATE', der)).join(''),
    key: encodeKeyPem(chain.key),
    maxVersion: 'TLSv1.2',
    ...options,
  });
  server.on('secureConnection', (socket) => {
    sockets.push(socket);
    socket.on('error', (error: Error) => errors.push(error));
  });
  server.on('tlsClientError', (error) => errors.push(error));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { server, port: (server.address() as AddressInfo).port, sockets, errors, close };
}

type Told = Exclude<TlsEvent, { type: 'transmit' }>;

/** Our client, and what it told so far. */
export class Dialled {
  readonly events: Told[] = [];
  readonly tls: TlsSocket;
  private wake: () => void = () => undefined;

  /** @param size most bytes that the client gets at once */
  constructor(port: number, options: TlsClientOptions, size = Infinity) {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    if (size < Infinity) {
      const emit = socket.emit.bind(socket) as (name: string, ...args: unknown[]) => boolean;
      socket.emit = ((name: string, ...args: unknown[]) => {
        if (name !== 'data') return emit(name, ...args);
        const bytes = args[0] as Buffer;
        for (let at = 0; at < bytes.length; at += size) emit('data', bytes.subarray(at, at + size));
        return true;
      }) as typeof socket.emit;
    }
    this.tls = openTls(socket, options, (event) => {
      this.events.push(event);
      this.wake();
    });
  }

  get data(): Buffer {
    return Buffer.concat(this.events.map((event) => (event.type === 'data' ? event.bytes : new Uint8Array(0))));
  }

  /** The first event of a type; waits for it. @throws the error if the connection fails instead */
  async until<T extends Told['type']>(type: T): Promise<Extract<Told, { type: T }>> {
    for (;;) {
      const found = this.events.find((event) => event.type === type);
      if (found !== undefined) return found as Extract<Told, { type: T }>;
      const last = this.events[this.events.length - 1] as Told | undefined;
      if (last?.type === 'failed') throw last.error;
      if (last?.type === 'closed') throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Waits until `length` bytes of data have come. */
  async untilData(length: number): Promise<Buffer> {
    while (this.data.length < length) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.data;
  }
}
