/** Runs our own TLS client over a TCP socket of Node's, for the doctor, the explainer and the tests. */
import type { Socket } from 'node:net';
import { createTlsClient, type TlsClientOptions, type TlsEvent } from '../../src/index.ts';

export interface TlsSocket {
  /** Sends data. Only allowed after `connected`. */
  send(data: Uint8Array): void;
  /** Sends close_notify. The event `closed` follows. */
  close(): void;
}

/** Most bytes handed to the client at once, because it keeps one record of 16 KB and little more. */
const CHUNK = 4096;

/**
 * Does a handshake over a connected `socket`, and carries data after it. The socket is ended after the last event,
 * `closed` or `failed`.
 */
export function openTls(
  socket: Socket,
  options: TlsClientOptions,
  onEvent: (event: Exclude<TlsEvent, { type: 'transmit' }>) => void,
): TlsSocket {
  const client = createTlsClient(options);
  const deliver = (): void => {
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      if (event.type === 'transmit') {
        socket.write(event.bytes);
      } else {
        if (event.type === 'closed' || event.type === 'failed') socket.end();
        onEvent(event);
      }
    }
  };
  const work = (): void => {
    // The output of each slice is sent at once, so that the server can work on it while this client computes.
    while (client.work()) deliver();
    deliver();
  };
  const transportClosed = (): void => {
    client.transportClosed();
    work();
  };
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      client.receive(bytes.subarray(at, at + CHUNK));
      work();
    }
  });
  // `close` follows `error`. Data in flight are lost, which for TLS is an end without close_notify.
  socket.on('error', transportClosed);
  socket.on('end', transportClosed);
  socket.on('close', transportClosed);
  work();
  return {
    send(data) {
      client.send(data);
      work();
    },
    close() {
      client.close();
      work();
    },
  };
}
