/**
 * Conversations with the scripted server, recorded once so that every run changes the same bytes, and the one with
 * OpenSSL of test/tls/recorded.test.ts. `node --import ./scripts/typescript.js test/fuzz/recordings.ts --record` records anew.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeCertificate,
  makeDeviceIdentity,
  makeServerChain,
  subjectAltName,
} from '../../scripts/lib/certificates.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { finish } from '../../src/steps.ts';
import { createTlsClient, type TlsClient, type TlsClientOptions } from '../../src/tls/client.ts';
import type { ClientIdentity } from '../../src/tls/options.ts';
import { prepareHandshake } from '../../src/tls/prepareHandshake.ts';
import { type HandshakeSecrets, PreparedHandshake } from '../../src/tls/handshakeSecrets.ts';
import { createSession } from '../../src/tls/session.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { HOST, privateScalar, seededRandom } from '../support/tls/conversation.ts';
import { ScriptedServer, type ServerOptions } from '../support/tls/server.ts';

const DAY = 86_400_000;
const FILE = new URL('fixtures/recordings.json', import.meta.url);
const OPENSSL_FILE = new URL('../tls/fixtures/handshake.json', import.meta.url);
const SESSION_ID = new Uint8Array(32).fill(0x5e);
const MASTER_SECRET = new Uint8Array(48).fill(0x4d);

/** A server: all in DER and hexadecimal. */
interface StoredChain {
  certificates: string[];
  anchor: string;
  /** PKCS #8, of the leaf. */
  key: string;
}

interface StoredFlight {
  name: string;
  chain: 'rsa' | 'ecdsa';
  resumed: boolean;
  /** The bytes that the server sent, for each time that the client waited. */
  turns: string[];
}

interface Stored {
  /** ms since 1970. */
  time: number;
  /** The device's. */
  certificate: string;
  privateKey: string;
  chains: Record<'rsa' | 'ecdsa', StoredChain>;
  flights: StoredFlight[];
}

interface StoredConversation extends Pick<Stored, 'time' | 'certificate' | 'privateKey'> {
  seed: string;
  host: string;
  anchor: string;
  exchange: string[];
}

export interface RecordedChain {
  certificates: Uint8Array[];
  anchor: Uint8Array;
  key: KeyObject;
}

/** Each has a handshake, data from the server, and close_notify. */
export interface Flight {
  name: string;
  turns: Uint8Array[];
  /** The data of the server's application. */
  data: string;
  createClient(changes?: Partial<TlsClientOptions>): TlsClient;
}

/** The options of a client for a recording; every client made with them sends the same bytes. */
function clientOf(
  { time, certificate, privateKey }: Pick<Stored, 'time' | 'certificate' | 'privateKey'>,
  { seed, host, anchor, resumed }: { seed: string; host: string; anchor: string; resumed: boolean },
): Flight['createClient'] {
  const identity: ClientIdentity = {
    certificates: [fromHex(certificate)],
    key: { type: 'ec', privateKey: BigInt(`0x${privateKey}`) },
  };
  const random = seededRandom(seed);
  const secrets = finish(prepareHandshake(identity, random)).take();
  const anchors = [trustAnchor(fromHex(anchor), 'root')];
  return (changes) => {
    const taken: HandshakeSecrets = { ...secrets, nonce: secrets.nonce && { ...secrets.nonce } };
    const session = createSession(SESSION_ID.slice(), MASTER_SECRET.slice(), 0xc02b, host, time - 1, time + DAY);
    return createTlsClient({
      host,
      anchors,
      identity,
      random,
      time: () => time,
      prepared: new PreparedHandshake(taken),
      ...(resumed ? { session } : {}),
      ...changes,
    });
  };
}

/** With the scripted server, a client for one of its flights. */
function scriptedClient(stored: Stored, { name, chain, resumed }: Omit<StoredFlight, 'turns'>): Flight['createClient'] {
  return clientOf(stored, { seed: name, host: HOST, anchor: stored.chains[chain].anchor, resumed });
}

function load(stored: Stored): { time: number; chains: Record<'rsa' | 'ecdsa', RecordedChain>; flights: Flight[] } {
  const chain = ({ certificates, anchor, key }: StoredChain): RecordedChain => ({
    certificates: certificates.map(fromHex),
    anchor: fromHex(anchor),
    key: createPrivateKey({ key: Buffer.from(key, 'hex'), format: 'der', type: 'pkcs8' }),
  });
  return {
    time: stored.time,
    chains: { rsa: chain(stored.chains.rsa), ecdsa: chain(stored.chains.ecdsa) },
    flights: stored.flights.map((flight) => ({
      name: flight.name,
      turns: flight.turns.map(fromHex),
      data: 'first, second',
      createClient: scriptedClient(stored, flight),
    })),
  };
}

function loadOpenSsl(stored: StoredConversation): Flight {
  return {
    name: 'OpenSSL',
    turns: stored.exchange.filter((entry) => entry.startsWith('<')).map((entry) => fromHex(entry.slice(2))),
    data: 'thanks',
    createClient: clientOf(stored, { ...stored, resumed: false }),
  };
}

/** Makes a conversation and gives the server's part. */
function converse(client: TlsClient, server: ScriptedServer): string[] {
  const turns: string[] = [];
  for (let silent = 0; silent < 2;) {
    while (client.work()) continue;
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      if (event.type === 'transmit') server.receive(event.bytes);
      if (event.type === 'failed') throw event.error;
      if (event.type === 'connected') {
        server.sendData('first, ');
        server.send(22, Uint8Array.of(0, 0, 0, 0));
        server.sendData('second');
        server.sendAlert(1, 0);
      }
    }
    const turn = Buffer.concat(server.output.splice(0));
    if (turn.length > 0) turns.push(toHex(turn));
    client.receive(turn);
    silent = turn.length > 0 ? 0 : silent + 1;
  }
  return turns;
}

/** P-256 below P-384, as AWS's ECDSA chains may be: both curves, both hashes. */
function makeMixedChain(time: number): RecordedChain {
  const generate = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const [key, issuerKey, rootKey] = ['P-256', 'P-384', 'P-384'].map(generate);
  const root = { CN: 'Recorded Root' };
  const issuer = { CN: 'Recorded Intermediate' };
  const dates = { from: new Date(time - DAY), to: new Date(time + 3650 * DAY) };
  const authority = [basicConstraints(true), keyUsage('keyCertSign')];
  const certificates = [
    makeCertificate({
      ...{ subject: { CN: 'leaf' }, subjectKey: key, issuer, issuerKey, ...dates, hash: 'sha256' },
      extensions: [subjectAltName(HOST), keyUsage('digitalSignature'), extendedKeyUsage('serverAuth')],
    }),
    makeCertificate({
      ...{ subject: issuer, subjectKey: issuerKey, issuer: root, issuerKey: rootKey, ...dates, hash: 'sha384' },
      extensions: authority,
    }),
  ];
  const anchor = makeCertificate({
    ...{ subject: root, subjectKey: rootKey, issuer: root, issuerKey: rootKey, ...dates, hash: 'sha384' },
    extensions: authority,
  });
  return { certificates, anchor, key };
}

function store({ certificates, anchor, key }: RecordedChain): StoredChain {
  return {
    certificates: certificates.map(toHex),
    anchor: toHex(anchor),
    key: toHex(key.export({ format: 'der', type: 'pkcs8' })),
  };
}

async function record(): Promise<void> {
  const time = Math.floor(Date.now() / 1000) * 1000;
  const device = await makeDeviceIdentity({ thing: 'fuzzed' });
  const made = { rsa: await makeServerChain({ kind: 'rsa', host: HOST }), ecdsa: makeMixedChain(time) };
  const stored: Stored = {
    time,
    certificate: toHex(device.certificate),
    privateKey: privateScalar(device.key).toString(16).padStart(64, '0'),
    chains: { rsa: store(made.rsa), ecdsa: store(made.ecdsa) },
    flights: [],
  };
  const kinds: (Omit<StoredFlight, 'turns'> & { server: Partial<ServerOptions> })[] = [
    { name: 'RSA, four certificates', chain: 'rsa', resumed: false, server: {} },
    { name: 'ECDSA, a certificate asked for', chain: 'ecdsa', resumed: false, server: { request: {} } },
    {
      name: 'ECDSA, a record each message, no session',
      chain: 'ecdsa',
      resumed: false,
      server: { separate: true, sessionId: new Uint8Array(0), request: { authorities: [Buffer.of(0x30, 0)] } },
    },
    {
      name: 'resumed',
      chain: 'ecdsa',
      resumed: true,
      server: { sessions: new Map([[toHex(SESSION_ID), Buffer.from(MASTER_SECRET)]]) },
    },
  ];
  for (const { server: options, ...flight } of kinds) {
    const { certificates, key } = made[flight.chain];
    const server = new ScriptedServer({ chain: certificates, key, ...options });
    stored.flights.push({ ...flight, turns: converse(scriptedClient(stored, flight)(), server) });
  }
  writeFileSync(FILE, `${JSON.stringify(stored, null, 2)}\n`);
}

if (process.argv.includes('--record')) await record();

export const { time, chains, flights } = load(JSON.parse(readFileSync(FILE, 'utf8')) as Stored);
flights.push(loadOpenSsl(JSON.parse(readFileSync(OPENSSL_FILE, 'utf8')) as StoredConversation));
