/** What is retained under `homeassistant/` on a broker, by Node's TLS and the package mqtt-packet. */
import { connect } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { generate, parser } from 'mqtt-packet';
import { encodePem } from '../../scripts/lib/certificates.ts';

export async function readBroker(options: {
  port: number;
  /** DER. */
  anchor: Uint8Array;
  host: string;
  username: string;
  password: string;
}): Promise<Map<string, string>> {
  const { port, anchor, host, username, password } = options;
  const socket = connect({ port, host: '127.0.0.1', servername: host, ca: encodePem('CERTIFICATE', anchor) });
  const retained = new Map<string, string>();
  const reader = parser({ protocolVersion: 4 });
  const subscribed = new Promise<void>((done) => {
    reader.on('packet', (packet) => {
      if (packet.cmd === 'connack') {
        const subscriptions = [{ topic: 'homeassistant/#', qos: 0 as const }];
        socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
      }
      if (packet.cmd === 'suback') done();
      if (packet.cmd === 'publish') retained.set(packet.topic, packet.payload.toString());
    });
  });
  socket.on('data', (bytes: Buffer) => reader.parse(bytes));
  socket.write(
    generate({
      cmd: 'connect',
      clientId: 'reader',
      clean: true,
      keepalive: 60,
      username,
      password: Buffer.from(password),
    }),
  );
  await subscribed;
  await delay(500);
  // The broker is switched off soon, and may still reset what it has closed.
  socket.on('error', () => undefined);
  socket.end(generate({ cmd: 'disconnect' }));
  return retained;
}
