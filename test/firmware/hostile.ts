/**
 * Servers and brokers that attack a board that publishes: each takes the place of the endpoint for a while. Anybody on the
 * network's path can make the first attacks, which need no key; for the others the attacker must be a server that the board has
 * authenticated.
 */
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';
import {
  basicConstraints,
  keyUsage,
  makeCertificate,
  subjectAltName,
  type Name,
  type ServerChainKind,
} from '../../scripts/lib/certificates.ts';
import { decodePem } from '../../src/index.ts';
import { certificate, message } from '../support/tls/messages.ts';
import { ScriptedServer, type ServerOptions } from '../support/tls/server.ts';

export interface Identity {
  key: string;
  cert: string;
}

export interface Attack {
  name: string;
  /** The changes to the server's handshake. */
  handshake?: (chain: Uint8Array[]) => Partial<ServerOptions>;
  /** Bytes behind each flight of the server's, as they are. */
  behind?: () => Uint8Array;
  /** Bytes instead of any TLS. */
  instead?: () => Uint8Array;
  /** Bytes of a segment; all that there is unless given. */
  segment?: number;
  /** The broker's attack once the board has subscribed; without it the broker behaves. */
  broker?: (send: (bytes: Uint8Array) => void, session: ScriptedServer) => void;
  /**
   * The broker does it three times at once, and again with each PUBACK of the board's. So the board always has more to
   * take, and what waits for it does not grow.
   */
  endless?: boolean;
  /** The answers to a request for the time. The board knows the time, so it is switched off and on again. */
  time?: (question: Uint8Array, answer: Uint8Array) => Uint8Array[];
  /** The endpoint's own chain; an RSA one unless given. */
  chain?: ServerChainKind;
  /** Each connection is reset as soon as it is there. */
  reset?: true;
  /** When the log says this, nothing comes through any more, either way, on the first connection. */
  silence?: RegExp;
  /** Seconds that it goes on, if they differ from the usual ones. */
  seconds?: number;
  /** The lines that the log must have. */
  logs: RegExp;
}

const COMMAND = 'kitchen/kitchen-1/command';

function publish(payload: string | Buffer, options: { topic?: string; qos?: 0 | 1; messageId?: number } = {}): Buffer {
  return generate({ cmd: 'publish', topic: COMMAND, payload, qos: 0, dup: false, retain: false, ...options });
}

function many(count: number, packet: Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => packet));
}

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Small CAs, each issued by the next, under no anchor: a chain of `bytes`. */
function smallCas(leaf: Uint8Array, bytes: number): Uint8Array[] {
  const list = [leaf];
  for (let length = leaf.length, i = 0; ; i++) {
    const ca = makeCertificate({
      issuer: { CN: `CA ${i + 1}` },
      issuerKey: key,
      subject: { CN: i === 0 ? 'nobody' : `CA ${i}` },
      subjectKey: key,
      from: new Date(Date.now() - 3_600_000),
      to: new Date(Date.now() + 3_600_000),
      extensions: [basicConstraints(true), keyUsage('keyCertSign')],
    });
    length += ca.length + 3;
    if (length > bytes || list.length === 32) return list;
    list.push(ca);
  }
}

/**
 * A leaf that is not known yet, below issuers that the anchor is said to have signed: each costs the board a
 * verification with the anchor's key.
 */
function falseChain(chain: Uint8Array[], issuers: number): Uint8Array[] {
  const [authority, anchor] = [chain[0], chain[1]].map((der) => nameOf(new X509Certificate(der).issuer));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const make = (subject: Name, issuer: Name, ...extensions: Uint8Array[]): Uint8Array =>
    makeCertificate({
      ...{ subject, issuer, subjectKey: privateKey, issuerKey: privateKey, extensions, hash: 'sha384' },
      ...{ from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) },
    });
  const leaf = make({ CN: 'leaf' }, authority, subjectAltName('endpoint.test'), keyUsage('digitalSignature'));
  const issuer = (): Uint8Array => make(authority, anchor, basicConstraints(true), keyUsage('keyCertSign'));
  return [leaf, ...Array.from({ length: issuers }, issuer)];
}

/** A name as node:crypto writes it, a line an attribute. */
function nameOf(text: string): Name {
  return Object.fromEntries(text.split('\n').map((line) => line.split('='))) as Name;
}

/** In place of one message, or behind it. */
const instead =
  (name: string, bytes: (original: Buffer) => Uint8Array): NonNullable<Attack['handshake']> =>
  () => ({ edit: (edited, original) => (edited === name ? bytes(original) : original) });

/** Records of handshake messages, or of alerts, without an end. */
const records = (type: number, content: Uint8Array, bytes: number): Buffer =>
  many(
    Math.ceil(bytes / (content.length + 5)),
    Buffer.concat([Buffer.from([type, 3, 3, content.length >> 8, content.length & 255]), content]),
  );

const junk = records(22, Buffer.alloc(1400, 0x0b), 30_000);

/** A sender who is always faster than the board. */
export const ENDLESS: Attack = {
  name: 'messages of 1 KB without end, as fast as the board takes them',
  endless: true,
  broker: (send) => {
    for (let i = 0; i < 10; i++) send(publish(Buffer.alloc(1024, 65), { topic: 'a' }));
    // The message id tells how much it was.
    send(publish('', { topic: 'a', qos: 1, messageId: 10 }));
  },
  logs: /INFO mqtt connected/,
};

export const ATTACKS: Attack[] = [
  {
    name: '20 KB of CAs under no anchor, and 30 KB behind them',
    handshake: ([leaf]) => ({
      edit: (name, bytes) => (name === 'Certificate' ? certificate(smallCas(leaf, 20_000)) : bytes),
    }),
    behind: () => junk,
    logs: /WARN tls /,
  },
  {
    name: '16 KB of CAs, and 16 KB behind them',
    handshake: ([leaf]) => ({
      edit: (name, bytes) => (name === 'Certificate' ? certificate(smallCas(leaf, 16_000)) : bytes),
    }),
    behind: () => junk.subarray(0, 16_000),
    logs: /WARN tls /,
  },
  {
    name: 'as much to verify as a chain may ask for, on P-384',
    chain: 'p384',
    seconds: 50,
    handshake: (chain) => ({
      edit: (name, bytes) => (name === 'Certificate' ? certificate(falseChain(chain, 5)) : bytes),
    }),
    logs: /WARN tls .*ms to verify/,
  },
  {
    name: 'a certificate of 16 MB is announced',
    handshake: instead('Certificate', () => Buffer.from([11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc])),
    behind: () => junk,
    logs: /WARN tls Certificate: /,
  },
  {
    name: 'names of authorities without end in CertificateRequest',
    handshake: () => ({ request: { authorities: Array.from({ length: 600 }, () => Buffer.alloc(100, 0x30)) } }),
    logs: /WARN tls CertificateRequest: expected \d+ bytes at most/,
  },
  {
    name: '15 KB of names of authorities in CertificateRequest, in segments of a byte',
    handshake: () => ({ request: { authorities: Array.from({ length: 140 }, () => Buffer.alloc(105, 0x30)) } }),
    segment: 1,
    logs: /INFO mqtt connected/,
  },
  {
    name: 'a message in place of the server’s key, of 16 KB',
    handshake: instead('ServerKeyExchange', () => message(12, Buffer.alloc(16_000))),
    logs: /WARN tls ServerKeyExchange: expected 1024 bytes at most/,
  },
  {
    name: 'empty records without end',
    instead: () => records(22, Buffer.alloc(0), 60_000),
    logs: /WARN tls .*empty records/,
  },
  {
    name: 'warnings without end',
    instead: () => records(21, Buffer.from([1, 90]), 60_000),
    logs: /WARN tls .*in a row at most/,
  },
  {
    name: 'no TLS, and no end',
    instead: () => Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(60_000)}`),
    logs: /WARN tls /,
  },
  {
    name: 'an encrypted record of 16 KB in place of Finished',
    handshake: instead('Finished', () => Buffer.concat([Buffer.from([20, 0, 0x3f, 0]), Buffer.alloc(16_000)])),
    logs: /WARN tls record: expected Finished/,
  },
  {
    name: '800 messages of 5 bytes in one record',
    broker: (send) => send(many(800, publish('', { topic: 'a' }))),
    logs: /INFO mqtt connected/,
  },
  {
    name: '240 commands in one record',
    broker: (send) => send(many(240, publish('{"command":"x"}', { topic: 'kitchen/kitchen-1/command' }))),
    logs: /command answered/,
  },
  {
    name: '240 commands in one record, and silence before their answers are acknowledged',
    broker: (send) => send(many(240, publish('{"command":"x"}'))),
    silence: /command answered/,
    seconds: 40,
    logs: /WARN mqtt no (PUBACK|PINGRESP) for 20000 ms/,
  },
  {
    name: 'a reset right behind each connection',
    reset: true,
    seconds: 100,
    logs: /WARN (tcp|tls) /,
  },
  {
    name: 'fifty commands to measure',
    broker: (send) => send(many(50, publish('{"command":"read"}'))),
    logs: /command answered/,
  },
  {
    name: '2,000 messages of QoS 1 in records of 16 KB',
    broker: (send) => send(many(2000, publish('', { topic: 'a', qos: 1, messageId: 7 }))),
    logs: /WARN mqtt |command answered/,
  },
  {
    name: '12,000 messages of QoS 1 in records of 16 KB, behind a cut one of 4 KB',
    broker: (send) => {
      const cut = publish(Buffer.alloc(4000, 65));
      send(cut.subarray(0, 3900));
      send(Buffer.concat([cut.subarray(3900), many(12_000, publish('', { topic: 'a', qos: 1, messageId: 7 }))]));
    },
    logs: /WARN mqtt |command answered/,
  },
  {
    name: 'a message of 5,000 bytes',
    broker: (send) => send(publish(Buffer.alloc(5000, 65))),
    logs: /WARN mqtt message of 50\d\d B on kitchen\/kitchen-1\/command skipped: too large/,
  },
  {
    name: 'a message of 100 KB, with QoS 1',
    // The board deciphers 7 KB a second.
    seconds: 60,
    broker: (send) => send(publish(Buffer.alloc(100_000, 65), { qos: 1, messageId: 9 })),
    logs: /WARN mqtt message of 100\d\d\d B/,
  },
  {
    name: '8,000 answers to nothing in a record',
    broker: (send) => send(many(8000, Buffer.from([0xd0, 0]))),
    logs: /INFO mqtt connected/,
  },
  {
    name: 'records of a byte',
    broker: (send) => {
      for (const byte of many(40, publish('{"command":"x"}'))) send(Uint8Array.of(byte));
    },
    logs: /command answered|WARN mqtt/,
  },
  ENDLESS,
  {
    name: 'a packet longer than any, and no message',
    broker: (send) => send(Buffer.from([0x90, 0xff, 0xff, 0xff, 0x7f])),
    logs: /WARN mqtt packet of \d+ B, at most 4096 wanted/,
  },
  {
    name: 'time: an answer with a wrong origin before each true one',
    time: (_, answer) => [forged(answer), answer],
    logs: /INFO mqtt connected/,
  },
  {
    name: 'time: two hundred wrong ones before and behind each true one',
    time: (_, answer) => {
      const flood = Array.from({ length: 200 }, () => forged(answer));
      return [...flood, answer, ...flood];
    },
    logs: /INFO mqtt connected/,
  },
  {
    name: 'time: a hundred datagrams of 1,472 bytes and as many empty ones before each true answer',
    time: (_, answer) => [
      ...Array.from({ length: 200 }, (_, i) => new Uint8Array(i % 2 === 0 ? 1472 : 0).fill(0x24)),
      answer,
    ],
    logs: /INFO mqtt connected/,
  },
  {
    name: 'time: all servers ask to be left alone',
    time: (_, answer) => [changed(answer, 1, 0), answer],
    logs: /WARN time .*kiss of death/,
  },
  {
    name: 'time: each answer tells another year',
    time: (_, answer) => [changed(answer, 40, answer[40] + Math.ceil(Math.random() * 8))],
    logs: /WARN time no time server agrees/,
  },
];

/** An answer of a time server with other bytes at an offset. */
function changed(answer: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = answer.slice();
  copy.set(bytes, at);
  return copy;
}

/** Another origin timestamp, because the sender did not see the question. */
const forged = (answer: Uint8Array): Uint8Array => changed(answer, 24, 1, 2, 3, 4, 5, 6, 7, 8);

/** Takes the board's connections, and carries them to the endpoint, unless it attacks. */
export class Front {
  attack: Attack | null = null;
  /** Connections that were attacked, and numbers of the readings that came over them. */
  attacked = 0;
  readonly received = new Set<number>();
  /** KB of messages that the board has taken from an endless attack. */
  taken = 0;
  private readonly server: Server;
  private identity: Identity = { key: '', cert: '' };
  private endpoint = 0;
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
      if (this.attack === null) this.carry(socket);
      else this.serve(socket, this.attack);
    });
  }

  /** For `KitchenOptions.broker`. */
  readonly listen = async (identity: Identity, endpoint: number): Promise<number> => {
    [this.identity, this.endpoint] = [identity, endpoint];
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  };

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private carry(socket: Socket): void {
    const onward = connect({ port: this.endpoint, host: '127.0.0.1', noDelay: true });
    this.sockets.add(onward);
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  }

  private serve(socket: Socket, attack: Attack): void {
    this.attacked += 1;
    const write = (bytes: Uint8Array): void => {
      const size = attack.segment ?? Infinity;
      for (let at = 0; at < bytes.length && !socket.destroyed; at += size) socket.write(bytes.subarray(at, at + size));
    };
    if (attack.reset === true) {
      socket.resetAndDestroy();
      return;
    }
    if (attack.instead !== undefined) {
      write(attack.instead());
      socket.resume();
      return;
    }
    const chain = decodePem(this.identity.cert, 'CERTIFICATE').map(({ der }) => der);
    const session = new ScriptedServer({
      chain,
      key: createPrivateKey(this.identity.key),
      ...attack.handshake?.(chain),
    });
    const packets = parser({ protocolVersion: 4 });
    let taken = 0;
    const flush = (): void => {
      const bytes = Buffer.concat(session.output.splice(0));
      if (bytes.length > 0) write(bytes);
    };
    const send = (bytes: Uint8Array): void => session.send(23, bytes);
    packets.on('error', () => socket.destroy());
    packets.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') send(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      else if (packet.cmd === 'publish' && packet.qos === 1) {
        const { seq } = JSON.parse(packet.payload.toString()) as { seq?: number };
        if (seq !== undefined) this.received.add(seq);
        send(generate({ cmd: 'puback', messageId: packet.messageId ?? 0 }));
      } else if (packet.cmd === 'pingreq') send(generate({ cmd: 'pingresp' }));
      else if (packet.cmd === 'subscribe') {
        send(generate({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }));
        for (let i = 0; i < (attack.endless === true ? 3 : 1); i++) attack.broker?.(send, session);
      } else if (packet.cmd === 'puback' && attack.endless === true) {
        this.taken += packet.messageId ?? 0;
        attack.broker?.(send, session);
      }
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        session.receive(bytes);
        for (; taken < session.log.length; taken++) {
          const entry = session.log[taken];
          if (entry.startsWith('data ')) packets.parse(Buffer.from(entry.slice(5), 'latin1'));
        }
        flush();
        if (attack.behind !== undefined) write(attack.behind());
      } catch {
        socket.destroy();
      }
    });
  }
}
