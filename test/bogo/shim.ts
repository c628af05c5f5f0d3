/**
 * The program that BoringSSL's test runner starts for each test: our client over TCP, doing what the flags say
 * (ssl/test/PORTING.md). Exit status 0 for success, 1 for a failure that a line on stderr tells, 89 for what is not
 * implemented.
 */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { finish } from '../../src/steps.ts';
import { type ConnectedEvent, createTlsClient, type TlsClient, type TlsEvent } from '../../src/tls/client.ts';
import { EXTENDED_MASTER_SECRET } from '../../src/tls/extensions.ts';
import type { AlertDescription } from '../../src/tls/alertDescription.ts';
import { TlsError } from '../../src/tls/errors.ts';
import type { ClientIdentity } from '../../src/tls/options.ts';
import { prepareHandshake } from '../../src/tls/prepareHandshake.ts';
import type { Session } from '../../src/tls/session.ts';
import { decodePem } from '../../src/x509/pem.ts';
import { verdict } from './believingPath.ts';
import { parseFlags, type Settings, Unimplemented } from './flags.ts';
import { Observer } from './observer.ts';

/** Most bytes handed to the client at once. */
const CHUNK = 16384;
/** ms that the runner gets to end its side. */
const DRAIN = 5000;

const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

/**
 * One connection, from dialling to its end.
 * @returns the session for the next one
 * @throws TlsError for what the client refused, Error for what is not as the flags expect
 */
async function runConnection(
  settings: Settings,
  isResumption: boolean,
  session: Session | null,
): Promise<Session | null> {
  const identity = identityOf(settings);
  const alpn = protocolOf(settings);
  const observer = new Observer();
  verdict.alert = verdictOf(settings);
  const client = createTlsClient({
    // Without a name to send it dials by an address, which is not sent.
    host: settings.text('-host-name') ?? '127.0.0.1',
    anchors: [],
    identity,
    random,
    time: () => Date.now(),
    prepared: finish(prepareHandshake(identity, random)),
    trace: observer,
    ...(alpn === undefined ? {} : { alpn }),
    ...(session === null ? {} : { session }),
  });
  const socket = await dial(settings);
  try {
    const connected = await converse(client, socket, settings, (event) => {
      checkConnected(settings, event, observer, isResumption, session);
      beginExchange(settings, client, event, observer);
    });
    return connected.session;
  } finally {
    await hangUp(socket);
  }
}

/** Carries bytes to and fro, and sends what comes back with every bit changed, until the connection has ended well. */
function converse(
  client: TlsClient,
  socket: Socket,
  settings: Settings,
  onConnected: (event: ConnectedEvent) => void,
): Promise<ConnectedEvent> {
  return new Promise((resolve, reject) => {
    let connected: ConnectedEvent | null = null;
    const deliver = (): void => {
      for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
        if (event.type === 'transmit') {
          socket.write(event.bytes);
        } else if (event.type === 'connected') {
          connected = event;
          onConnected(event);
        } else if (event.type === 'data') {
          client.send(event.bytes.map((byte) => byte ^ 0xff));
        } else if (connected === null || isBad(event, settings)) {
          reject(event.type === 'failed' ? event.error : new Error('closed before it was connected'));
        } else {
          resolve(connected);
        }
      }
    };
    const work = (): void => {
      try {
        do deliver();
        while (client.work());
        deliver();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const ended = (): void => {
      client.transportClosed();
      work();
    };
    socket.on('data', (bytes: Buffer) => {
      // With -async, BoringSSL's shim lets every byte through by itself.
      const size = settings.has('-async') ? 1 : CHUNK;
      for (let at = 0; at < bytes.length; at += size) {
        client.receive(bytes.subarray(at, at + size));
        work();
      }
    });
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', ended);
    work();
  });
}

/** Like BoringSSL's shim, this one cares for truncation only if it is told to. */
function isBad(event: TlsEvent, settings: Settings): boolean {
  return event.type === 'failed' && (event.error.origin !== 'transport' || settings.has('-check-close-notify'));
}

async function dial(settings: Settings): Promise<Socket> {
  const socket = connect(settings.number('-port') as number, settings.has('-ipv6') ? '::1' : '127.0.0.1');
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const id = Buffer.alloc(8);
  id.writeBigUInt64LE(BigInt(settings.text('-shim-id') as string));
  socket.write(id);
  return socket;
}

/** Ends our side and drops what still comes: a reset would take our alert away from the runner. */
function hangUp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    const timer = setTimeout(() => socket.destroy(), DRAIN);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
    socket.end();
  });
}

function identityOf(settings: Settings): ClientIdentity | null {
  const certificates = settings.file('-cert-file');
  const pem = settings.file('-key-file');
  if (certificates === undefined || pem === undefined) return null;
  const key = createPrivateKey(pem);
  const { d, crv } = key.export({ format: 'jwk' });
  const chain = decodePem(certificates, 'CERTIFICATE').map(({ der }) => der);
  if (key.asymmetricKeyType === 'rsa')
    return { certificates: chain, key: { type: 'rsa', ...prepareRsaPrivateKey(key) } };
  if (crv !== 'P-256') throw new Unimplemented('no such signature scheme');
  const privateKey = BigInt(`0x${Buffer.from(d as string, 'base64url').toString('hex')}`);
  return { certificates: chain, key: { type: 'ec', privateKey } };
}

/** With a callback of its own, BoringSSL's shim chooses the alert. */
function verdictOf(settings: Settings): AlertDescription | null {
  if (!settings.has('-verify-fail')) return null;
  return settings.has('-use-custom-verify-callback') ? 'certificate_unknown' : 'handshake_failure';
}

/** The one protocol in a ProtocolNameList. */
function protocolOf(settings: Settings): string | undefined {
  const list = settings.text('-advertise-alpn');
  if (list === undefined) return undefined;
  if (list.charCodeAt(0) !== list.length - 1) throw new Unimplemented('one ALPN protocol');
  return list.slice(1);
}

/** @throws Error that says what is not as the flags expect */
function checkConnected(
  settings: Settings,
  { cipherSuite, alpn, session, anchor }: ConnectedEvent,
  observer: Observer,
  isResumption: boolean,
  offered: Session | null,
): void {
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    if (actual !== expected) throw new Error(`expected ${what} to be ${String(expected)}, not ${String(actual)}`);
  };
  const wasResumed = anchor === null;
  expect('resumption', wasResumed, isResumption && !settings.has('-expect-session-miss'));
  if (settings.has('-expect-no-session') || settings.has('-expect-no-session-id')) expect('session', session, null);
  if (settings.has('-expect-session-id')) expect('a session', session !== null, true);
  if (wasResumed) expect('the session kept', session, offered);
  expect('ALPN', alpn ?? '', settings.text('-expect-alpn') ?? '');
  for (const flag of ['-expect-cipher', '-expect-cipher-aes', '-expect-cipher-no-aes']) {
    if (settings.has(flag)) expect(flag, cipherSuite, settings.number(flag));
  }
  if (settings.has('-expect-extended-master-secret')) {
    expect('extended_master_secret', observer.hasServerExtension(EXTENDED_MASTER_SECRET), true);
  }
  const scheme = settings.number('-expect-peer-signature-algorithm');
  if (scheme !== undefined && !wasResumed) {
    expect('the scheme', observer.fields('ServerKeyExchange', 'algorithm')[0]?.readUInt16BE(), scheme);
  }
  const types = settings.text('-expect-certificate-types');
  if (types !== undefined) {
    const asked = Buffer.concat(observer.fields('CertificateRequest', 'certificate_type'));
    expect('certificate types', asked.toString('base64'), types);
  }
  const authorities = settings.text('-expect-client-ca-list');
  if (authorities !== undefined) {
    const named = observer.fields('CertificateRequest', 'DistinguishedName').map((name) => name.toString('hex'));
    expect('authorities', named.join(',') || '<EMPTY>', authorities);
  }
  const chain = settings.file('-expect-peer-cert-file');
  if (chain !== undefined) {
    const shown = observer.fields('Certificate', 'ASN.1Cert').map((der) => der.toString('hex'));
    const expected = decodePem(chain, 'CERTIFICATE').map(({ der }) => Buffer.from(der).toString('hex'));
    expect('certificates', shown.join(), expected.join());
  }
}

/** Sends the data that the shim begins with; afterwards it only answers. */
function beginExchange(settings: Settings, client: TlsClient, { anchor }: ConnectedEvent, observer: Observer): void {
  const length = settings.number('-export-keying-material');
  if (length !== undefined) {
    const context = settings.has('-use-export-context') ? (settings.text('-export-context') ?? '') : undefined;
    client.send(observer.export(length, settings.text('-export-label') ?? '', context));
  }
  if (settings.has('-tls-unique')) {
    // RFC 5929, section 3.1: verify_data of the first Finished, which in a resumption is the server's.
    client.send(observer.bytes(anchor === null ? 'in' : 'out', 'Finished').slice(4));
  }
  if (settings.has('-shim-writes-first')) client.send(Buffer.from('hello'));
  if (settings.has('-shim-shuts-down')) client.close();
}

/** One line for the runner, in which ErrorMap of config.json finds what BoringSSL calls it. */
function describe(error: unknown): string {
  if (!(error instanceof TlsError)) return String(error);
  return `${error.message} [${error.origin} ${error.alert ?? 'no alert'}]`;
}

try {
  const { initial, resume } = parseFlags(process.argv.slice(2));
  let session = await runConnection(initial, false, null);
  const count = initial.number('-resume-count') ?? 0;
  for (let i = 0; i < count; i++) session = await runConnection(resume, true, session);
} catch (error) {
  if (error instanceof Unimplemented) {
    if (process.env.BOGO_SKIPPED !== undefined) appendFileSync(process.env.BOGO_SKIPPED, `${error.message}\n`);
    process.exitCode = 89;
  } else {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
}
