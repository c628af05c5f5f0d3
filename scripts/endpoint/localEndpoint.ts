/**
 * The local endpoint behaves towards a board as AWS IoT Core does, including its silences (TLS 1.2 by Node's OpenSSL,
 * MQTT by aedes), and reports the reasons that AWS does not give. It reports a reading when it sends the PUBACK.
 */
import { EventEmitter, once } from 'node:events';
import { createServer as createTcpServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';
import { constants, X509Certificate } from 'node:crypto';
import {
  createSecureContext,
  createServer as createTlsServer,
  type CipherNameAndProtocol,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';
import { Aedes, type Client } from 'aedes';
import { writeToStream } from 'mqtt-packet';
import { systemProblem, UserError } from '../lib/cli.ts';
import { WATCHER, watcherName } from '../watch/identity.ts';
import { ClientHelloPeek } from './clientHello.ts';
import { JobsService } from './jobs.ts';
import {
  connectProblem,
  keepAlive,
  orderProblem,
  publishProblem,
  topicProblem,
  watcherProblem,
  watchProblem,
} from './policy.ts';
import { parseReading, type Reading } from './reading.ts';
import { ShadowService } from './shadow.ts';
import { takeKey, type Tapped, tapped, TappedSocket } from './tap.ts';

// Otherwise the first packet to send makes a buffer for each number of 16 bits, 10 MB in all.
writeToStream.cacheNumbers = false;

export interface EndpointOptions {
  /** The name that clients must ask for by SNI. */
  host: string;
  /** PEM: private key, chain beginning with the leaf, authority of device certificates. */
  key: string;
  chain: string;
  deviceAuthority: string;
  /** The client id that belongs to a device's certificate (DER). Default: the certificate's common name. */
  clientIdOf?: (certificate: Uint8Array) => string;
  /** 0 chooses a free port. */
  port: number;
  /** The address to listen on. Default: reachable from this machine only. */
  address?: string;
  /**
   * Groups for the key exchange as OpenSSL lists them, preferred first. They restrict client certificates too.
   * Default: OpenSSL's.
   */
  groups?: string;
  /** Receives a tap on each connection when it begins. */
  onTap?: (tap: Tapped) => void;
}

export interface EndpointEvents {
  connected: [{ clientId: string; suite: string }];
  /** `why` is in words. */
  disconnected: [{ clientId: string; why: string }];
  /**
   * The endpoint has refused something; AWS would refuse it without giving a reason. `who` is the client's id, or its address
   * before the id is known.
   */
  refused: [{ who: string; why: string }];
  /** `again`: the message is marked as sent before. */
  reading: [{ reading: Reading; topic: string; again: boolean }];
  /** Any other message that a client published. */
  message: [{ clientId: string; topic: string; payload: Buffer }];
}

/** ms in which a client must send its ClientHello. */
const HELLO_TIMEOUT = 10_000;

/** AWS's policy for TLS 1.2 offers more suites, but a small client wants the first two. */
const SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

export class Endpoint extends EventEmitter<EndpointEvents> {
  /** Jobs and streams, which a test or a command fills. */
  readonly jobs = new JobsService((topic, payload) => this.publish(topic, payload));
  /** Topics that the policy forbids besides those that it always forbids; tests set this. */
  forbid: (topic: string) => boolean = () => false;
  private readonly host: string;
  private readonly broker: Aedes;
  private readonly tcp: Server;
  private readonly shadows = new ShadowService();
  private readonly sockets = new Set<Socket>();
  /** Connections on which nothing has arrived since the handshake, with their addresses. */
  private readonly speechless = new WeakMap<object, string>();
  /** Clients that watch boards. */
  private readonly watchers = new WeakSet<Client>();
  /** Clients that have received their CONNACK, by id, with the reason that is reported when the connection ends. */
  private readonly connected = new Map<string, { client: Client; why: string }>();

  /** @throws UserError if it cannot listen on the port */
  static async start(options: EndpointOptions): Promise<Endpoint> {
    const endpoint = new Endpoint(options, await Aedes.createBroker());
    endpoint.tcp.listen(options.port, options.address ?? '127.0.0.1');
    try {
      await once(endpoint.tcp, 'listening');
    } catch (error) {
      await endpoint.close();
      throw new UserError(`cannot listen on port ${options.port}: ${systemProblem(error)}; --port chooses another`);
    }
    return endpoint;
  }

  private constructor(options: EndpointOptions, broker: Aedes) {
    super();
    this.host = options.host;
    this.broker = broker;
    const tlsOptions: TlsOptions = {
      key: options.key,
      cert: options.chain,
      ca: options.deviceAuthority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: SUITES.join(':'),
      ...(options.groups === undefined ? {} : { ecdhCurve: options.groups }),
      // AWS gives no tickets either.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
    // Throws now for files that cannot be used, not at the first connection.
    createSecureContext(tlsOptions);
    this.tcp = createTcpServer({ noDelay: true }, (socket) => {
      const { remoteAddress = 'someone', remotePort = '' } = socket;
      const who = `${remoteAddress}:${remotePort}`;
      this.welcome(socket, who, () => {
        // A TLS server for each connection, because an ended connection no longer has the address that reports need.
        const tls = createTlsServer(tlsOptions);
        tls.on('secureConnection', (secured) => this.admit(secured, who));
        tls.on('tlsClientError', (error, secured) => this.refuse(who, handshakeProblem(error, secured)));
        if (options.onTap === undefined) {
          tls.emit('connection', socket);
          return;
        }
        const tap = tapped();
        tls.on('keylog', (line) => takeKey(tap, line));
        options.onTap(tap);
        tls.emit('connection', new TappedSocket(socket, tap));
      });
    });
    this.rule(options.clientIdOf);
    this.watch();
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  /** Sends a message to the subscribers of its topic, as a person can from the AWS console. */
  publish(topic: string, payload: string | Buffer): void {
    const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const;
    this.broker.publish(packet, () => undefined);
  }

  /** Ends every connection and frees the port. */
  async close(): Promise<void> {
    await new Promise<void>((done) => this.broker.close(done));
    for (const socket of this.sockets) socket.destroy();
    if (this.tcp.listening) await new Promise((done) => this.tcp.close(done));
  }

  /** Holds a connection back until its ClientHello is complete, and never answers if the name is wrong. */
  private welcome(socket: Socket, who: string, proceed: () => void): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // A connection that fails here is not reported. TLS reports later failures.
    socket.on('error', () => undefined);
    const chunks: Buffer[] = [];
    const hello = new ClientHelloPeek();
    const late = setTimeout(() => {
      this.refuse(who, `no ClientHello within ${HELLO_TIMEOUT / 1000} s`);
      socket.destroy();
    }, HELLO_TIMEOUT);
    socket.once('close', () => clearTimeout(late));
    const look = (chunk: Buffer): void => {
      chunks.push(chunk);
      const peek = hello.push(chunk);
      if (peek.state === 'incomplete') return;
      clearTimeout(late);
      socket.off('data', look);
      if (peek.state === 'not-tls') {
        this.refuse(who, `no TLS: ${peek.problem}`);
        socket.destroy();
      } else if (!this.isAskedFor(peek.serverName)) {
        const asked = peek.serverName === null ? 'no SNI' : `SNI asks for '${peek.serverName}'`;
        this.refuse(who, `${asked}, expected '${this.host}'; not answered`);
        socket.resume();
      } else {
        socket.pause();
        socket.unshift(Buffer.concat(chunks));
        proceed();
      }
    };
    socket.on('data', look);
  }

  /** Whether a client asks for this endpoint. A client that dials an address asks for no name (RFC 6066, section 3). */
  private isAskedFor(serverName: string | null): boolean {
    return isIPv4(this.host) ? serverName === null : serverName?.toLowerCase() === this.host.toLowerCase();
  }

  /** Passes a connection to the broker when its handshake is complete. */
  private admit(socket: TLSSocket, who: string): void {
    this.speechless.set(socket, who);
    socket.once('close', () => {
      // OpenSSL's clients check the server's certificate only now, and the doctor may stop here.
      if (this.speechless.has(socket))
        this.refuse(
          who,
          'closed after the handshake, before CONNECT: was it npm run doctor, or does it not trust the root?',
        );
    });
    this.broker.handle(socket);
  }

  /** Decides what a client may do. One that does more is disconnected without a reason, as AWS does. */
  private rule(clientIdOf: EndpointOptions['clientIdOf']): void {
    this.broker.preConnect = (client, packet, decide) => {
      const address = this.speechless.get(client.conn) ?? '';
      this.speechless.delete(client.conn);
      const { clientId, will } = packet;
      packet.keepalive = keepAlive(packet.keepalive ?? 0);
      const { raw, subject } = (client.conn as TLSSocket).getPeerCertificate();
      const name = clientIdOf === undefined ? String(subject?.CN ?? '') : clientIdOf(raw);
      if (name === WATCHER) this.watchers.add(client);
      const idProblem = this.watchers.has(client)
        ? watcherProblem(clientId, watcherNameOf(raw))
        : connectProblem(clientId, name);
      const problem = idProblem ?? (will && publishProblem(will, clientId)) ?? null;
      if (problem !== null) this.refuse(clientId || address, `CONNECT: ${problem}`);
      decide(problem === null ? null : new Error(problem), problem === null);
    };
    this.broker.authenticate = (client, _username, _password, decide) => {
      const older = this.connected.get(client.id);
      if (older !== undefined) older.why = 'another client with the same id connected';
      decide(null, true);
    };
    this.broker.authorizePublish = (client, packet, decide) => {
      if (client === null) return decide(null);
      // It is never answered: the connection continues, and the message is lost.
      if (packet.qos === 2) return this.refuse(client.id, `PUBLISH to '${packet.topic}': AWS does not know QoS 2`);
      const problem = this.watchers.has(client) ? orderProblem(packet) : publishProblem(packet, client.id);
      if (problem !== null) this.refuse(client.id, `PUBLISH to '${packet.topic}': ${problem}`);
      decide(problem === null ? null : new Error(problem));
    };
    this.broker.authorizeSubscribe = (client, subscription, decide) => {
      const { topic } = subscription;
      const forbidden = this.forbid(topic) ? 'the policy does not allow it' : null;
      const problem = forbidden ?? (this.watchers.has(client) ? watchProblem(topic) : topicProblem(topic, client.id));
      if (problem !== null) this.refuse(client.id, `SUBSCRIBE to '${topic}': ${problem}`);
      decide(problem === null ? null : new Error(problem), subscription);
    };
  }

  private watch(): void {
    this.broker.on('clientReady', (client) => {
      const cipher = (client.conn as TLSSocket).getCipher() as CipherNameAndProtocol | null;
      // The connection was reset at this very moment, and the client did not receive its CONNACK.
      if (cipher === null) return;
      this.connected.set(client.id, { client, why: 'the connection ended' });
      this.emit('connected', { clientId: client.id, suite: cipher.standardName });
    });
    this.broker.on('clientError', (client, error) => {
      const entry = this.connected.get(client.id);
      if (entry?.client === client) entry.why = error.message;
    });
    this.broker.on('clientDisconnect', (client) => {
      const entry = this.connected.get(client.id);
      if (entry?.client !== client) return;
      this.connected.delete(client.id);
      this.emit('disconnected', { clientId: client.id, why: entry.why });
    });
    this.broker.on('publish', (packet, client) => {
      const payload = Buffer.from(packet.payload);
      for (const answer of this.shadows.take(packet.topic, payload, Date.now())) {
        this.publish(answer.topic, answer.payload);
      }
      if (client === null) return;
      const answer = (topic: string, text: string): void => {
        client.publish({ cmd: 'publish', topic, payload: text, qos: 0, retain: false, dup: false }, () => undefined);
      };
      if (this.jobs.take(packet.topic, payload, answer)) return;
      const reading = parseReading(payload);
      if (reading !== null) this.emit('reading', { reading, topic: packet.topic, again: packet.dup });
      else this.emit('message', { clientId: client.id, topic: packet.topic, payload });
    });
  }

  private refuse(who: string, why: string): void {
    this.emit('refused', { who, why });
  }
}

/** @param certificate DER */
function watcherNameOf(certificate: Uint8Array): string {
  return watcherName(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }));
}

/** The reason of a failed handshake, in words: OpenSSL's without its file names and codes. */
function handshakeProblem(error: Error, { authorizationError }: TLSSocket): string {
  if (authorizationError)
    return `its certificate is not one of this endpoint's devices (${String(authorizationError)})`;
  const { reason, code } = error as NodeJS.ErrnoException & { reason?: string };
  return `handshake: ${reason ?? (code === 'ECONNRESET' ? 'the connection ended' : error.message)}`;
}
