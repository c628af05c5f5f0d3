/** An MQTT client made of Node's TLS and the package mqtt-packet: it sees a broker as clients other than ours see it. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import { encodePem } from '../../scripts/lib/certificates.ts';

export interface BrokerAccess {
  port: number;
  /** DER. */
  anchor: Uint8Array;
  /** The name in the broker's certificate. It is dialled at 127.0.0.1. */
  host: string;
  username: string;
  password: string;
}

interface Retained {
  topic: string;
  payload: string;
}

export class PlainClient {
  onMessage: (topic: string, payload: string) => void = () => undefined;
  private readonly socket: TLSSocket;
  /** What waits for an acknowledgement, by the packet's id; CONNECT has 0. */
  private readonly waiting = new Map<number, () => void>();
  private lastId = 0;

  /** @param will a retained message that the broker publishes if the client vanishes */
  static async connect(access: BrokerAccess, clientId: string, will?: Retained): Promise<PlainClient> {
    const { port, host, anchor, username, password } = access;
    const socket = connect({ port, host: '127.0.0.1', servername: host, ca: encodePem('CERTIFICATE', anchor) });
    await once(socket, 'secureConnect');
    const client = new PlainClient(socket);
    await client.ask(0, {
      cmd: 'connect',
      clientId,
      clean: true,
      keepalive: 60,
      username,
      password: Buffer.from(password),
      ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    });
    return client;
  }

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    const reader = parser({ protocolVersion: 4 });
    reader.on('packet', (packet) => this.take(packet));
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    // A broker that is switched off may reset what was closed before.
    socket.on('error', () => undefined);
  }

  /** Subscribes with QoS 0, and waits for the SUBACK. */
  subscribe(topic: string): Promise<void> {
    const messageId = (this.lastId += 1);
    return this.ask(messageId, { cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 0 }] });
  }

  /** Publishes with QoS 1, and waits for the PUBACK. */
  publish({ topic, payload }: Retained, retain = false): Promise<void> {
    const messageId = (this.lastId += 1);
    return this.ask(messageId, { cmd: 'publish', messageId, topic, payload, qos: 1, dup: false, retain });
  }

  /** Says good-bye. */
  end(): void {
    this.socket.end(generate({ cmd: 'disconnect' }));
  }

  /** Ends the connection without a good-bye, as a board whose power is cut. */
  vanish(): void {
    this.socket.destroy();
  }

  private ask(id: number, packet: Packet): Promise<void> {
    return new Promise((done) => {
      this.waiting.set(id, done);
      this.socket.write(generate(packet));
    });
  }

  private take(packet: Packet): void {
    if (packet.cmd === 'publish') {
      this.onMessage(packet.topic, packet.payload.toString());
    } else if (packet.cmd === 'connack' || packet.cmd === 'suback' || packet.cmd === 'puback') {
      const id = packet.cmd === 'connack' ? 0 : (packet.messageId ?? 0);
      this.waiting.get(id)?.();
      this.waiting.delete(id);
    }
  }
}

/** The messages that are retained under a filter, by their topics. @param quiet ms without one, after which all have come */
export async function retainedAt(access: BrokerAccess, filter: string, quiet = 500): Promise<Map<string, string>> {
  const retained = new Map<string, string>();
  const reader = await PlainClient.connect(access, 'reader');
  await new Promise<void>((done, fail) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(done, quiet);
    };
    reader.onMessage = (topic, payload) => {
      retained.set(topic, payload);
      wait();
    };
    reader.subscribe(filter).then(wait, fail);
  });
  reader.end();
  return retained;
}
