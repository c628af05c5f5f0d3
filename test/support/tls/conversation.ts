/** The client and a scripted server, joined in memory. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  basicConstraints,
  type DeviceIdentity,
  extendedKeyUsage,
  keyUsage,
  makeCertificate,
  makeDeviceIdentity,
  makeServerChain,
  type ServerChain,
  subjectAltName,
} from '../../../scripts/lib/certificates.ts';
import type { Random } from '../../../src/crypto/random.ts';
import { finish } from '../../../src/steps.ts';
import { createTlsClient, type TlsClient, type TlsClientOptions, type TlsEvent } from '../../../src/tls/client.ts';
import type { TlsError } from '../../../src/tls/errors.ts';
import type { ClientIdentity } from '../../../src/tls/options.ts';
import { prepareHandshake } from '../../../src/tls/prepareHandshake.ts';
import { trustAnchor, type TrustAnchor } from '../../../src/x509/anchor.ts';
import { ScriptedServer, type ServerOptions } from './server.ts';

export const HOST = 'broker.example';

/** Bytes that look random and are the same each time. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return (length) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < length; have += 32) {
      parts.push(createHash('sha256').update(`${seed} ${count++}`).digest());
    }
    return Uint8Array.from(Buffer.concat(parts).subarray(0, length));
  };
}

export const serverChain: ServerChain = await makeServerChain({ kind: 'ecdsa', host: HOST });
export const device: DeviceIdentity = await makeDeviceIdentity({ thing: 'kitchen-1' });

/** The private scalar of an EC key. */
export function privateScalar(key: KeyObject): bigint {
  return BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d as string, 'base64url').toString('hex')}`);
}

export const identity: ClientIdentity = {
  certificates: [device.certificate],
  key: { type: 'ec', privateKey: privateScalar(device.key) },
};

export const anchors = [trustAnchor(serverChain.anchor, 'Root 1')];

/** A leaf with this key, and the anchor that signed it. */
export function leafOf(key: KeyObject): { chain: Uint8Array[]; key: KeyObject; anchors: TrustAnchor[] } {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const names = { issuer: { CN: 'Small Root' }, issuerKey: authority };
  const dates = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) };
  const leaf = makeCertificate({
    ...names,
    ...dates,
    subject: { CN: 'leaf' },
    subjectKey: key,
    extensions: [subjectAltName(HOST), keyUsage('digitalSignature'), extendedKeyUsage('serverAuth')],
  });
  const root = makeCertificate({
    ...names,
    ...dates,
    subject: names.issuer,
    subjectKey: authority,
    extensions: [basicConstraints(true), keyUsage('keyCertSign')],
  });
  return { chain: [leaf], key, anchors: [trustAnchor(root, 'Small Root')] };
}

let connections = 0;

/** Options of a client that is content with `serverChain`. */
export function clientOptions(changes: Partial<TlsClientOptions> = {}): TlsClientOptions {
  const random = seededRandom(`client ${connections++}`);
  const chosen = changes.identity === undefined ? identity : changes.identity;
  return {
    host: HOST,
    anchors,
    identity: chosen,
    random,
    time: () => Date.now(),
    prepared: finish(prepareHandshake(chosen, random)),
    ...changes,
  };
}

export class Conversation {
  readonly client: TlsClient;
  readonly server: ScriptedServer;
  /** All events but `transmit`. */
  readonly events: TlsEvent[] = [];
  /** Lengths of what the client transmitted. */
  readonly transmitted: number[] = [];
  /** Most bytes that the client gets at once, and then works on. */
  private readonly chunk: number;

  constructor(server: Partial<ServerOptions> = {}, client: Partial<TlsClientOptions> = {}, chunk = 16384) {
    this.server = new ScriptedServer({ chain: serverChain.certificates, key: serverChain.key, ...server });
    this.client = createTlsClient(clientOptions(client));
    this.chunk = chunk;
    this.run();
  }

  /** Carries bytes in both directions until both sides are silent. */
  run(): this {
    const { client, server } = this;
    for (let progress = true; progress;) {
      progress = false;
      while (client.work()) continue;
      for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
        progress = true;
        if (event.type === 'transmit') {
          this.transmitted.push(event.bytes.length);
          server.receive(event.bytes);
        } else {
          this.events.push(event);
        }
      }
      const bytes = Buffer.concat(server.output.splice(0));
      for (let at = 0; at < bytes.length; at += this.chunk) {
        progress = true;
        client.receive(bytes.subarray(at, at + this.chunk));
        while (client.work()) continue;
      }
    }
    return this;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** What the server's application sent. */
  get data(): string {
    return this.events
      .map((event) => (event.type === 'data' ? Buffer.from(event.bytes).toString('latin1') : ''))
      .join('');
  }

  get error(): TlsError {
    const last = this.events[this.events.length - 1];
    assert.equal(last?.type, 'failed', `expected a failure, got ${JSON.stringify(this.types)}`);
    return (last as { error: TlsError }).error;
  }

  /** Asserts that the handshake was completed and data pass both ways. */
  assertConnected(): this {
    const { client, server } = this;
    assert.deepEqual(this.types, ['connected'], this.types.includes('failed') ? this.error.message : '');
    assert.equal(server.connected, true);
    assert.equal(server.clientFinishedIsRight, true);
    client.send(Buffer.from('ping'));
    server.sendData('pong');
    this.run();
    assert.equal(server.log[server.log.length - 1], 'data ping');
    assert.equal(this.data, 'pong');
    return this;
  }

  /** Asserts that the client refused, with this alert as the last that the server heard, and a text like this. */
  assertRefused(alert: string, number: number, text: RegExp): this {
    const { error, server } = this;
    assert.equal(error.alert, alert, error.message);
    assert.equal(error.origin, 'local');
    assert.match(error.message, text);
    assert.equal(server.log[server.log.length - 1], `alert 2 ${number}`);
    assert.equal(server.log.filter((entry) => entry.startsWith('alert')).length, 1);
    return this;
  }
}
