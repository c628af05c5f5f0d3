/**
 * A TLS 1.2 server that does what a test tells it, faults included, on Node's crypto and without any of src/. It works on bytes
 * in memory: `receive()` takes the client's, `output` holds its own. Every message passes `edit`, every record `editRecord`, on
 * its way out.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  type ECDH,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import {
  certificate,
  certificateRequest,
  type CertificateRequestFields,
  type ClientHelloFields,
  ecParameters,
  extension,
  message,
  messagesOf,
  parseCertificate,
  parseCertificateVerify,
  parseClientHello,
  parseClientKeyExchange,
  recordsOf,
  serverHello,
  type ServerHelloFields,
  serverKeyExchange,
  u16,
  vector,
} from './messages.ts';

export const NAMES: Record<number, string> = {
  2: 'ServerHello',
  11: 'Certificate',
  12: 'ServerKeyExchange',
  13: 'CertificateRequest',
  14: 'ServerHelloDone',
  20: 'Finished',
};

export interface OutgoingRecord {
  type: number;
  version: number;
  content: Buffer;
}

export interface ServerOptions {
  chain: readonly Uint8Array[];
  key: KeyObject;
  /** 0xc02b or 0xc02f; by the key if absent. */
  suite?: number;
  scheme?: number;
  /** 23, secp256r1, if absent; or 24, secp384r1. */
  group?: number;
  random?: Uint8Array;
  sessionId?: Uint8Array;
  extendedMasterSecret?: boolean;
  request?: Partial<CertificateRequestFields>;
  /** Sessions to resume by their id in hexadecimal; new ones are added. */
  sessions?: Map<string, Buffer>;
  /** Changes the ServerHello. */
  hello?: Partial<ServerHelloFields> | ((fields: ServerHelloFields) => Partial<ServerHelloFields>);
  /** Sent, and signed, instead of the server's ephemeral point. */
  point?: Uint8Array;
  /** Returns the bytes to send instead of a message: any number of messages, or parts of them. ChangeCipherSpec is 01. */
  edit?: (name: string, bytes: Buffer) => Uint8Array;
  /** Returns the records to send instead of a record, before encryption. */
  editRecord?: (record: OutgoingRecord) => OutgoingRecord[];
  /** Most bytes of a handshake record; the whole of a flight goes into one record if it fits. */
  fragment?: number;
  /** Whether each message begins a record of its own. */
  separate?: boolean;
}

interface Direction {
  key: Buffer;
  salt: Buffer;
  sequence: bigint;
}

export class ScriptedServer {
  /** Bytes for the client. */
  readonly output: Buffer[] = [];
  /** The client's messages: their names, `alert <level> <number>`, `data <text>`. */
  readonly log: string[] = [];
  clientHello: ClientHelloFields | null = null;
  clientCertificates: Buffer[] | null = null;
  clientScheme: number | null = null;
  clientSignatureIsRight: boolean | null = null;
  clientFinishedIsRight: boolean | null = null;
  connected = false;
  /** Of the client's records before and behind its ChangeCipherSpec. */
  readonly clientRecords: { type: number; version: number; length: number }[] = [];
  /** Of the client's encrypted records, in hexadecimal. */
  readonly clientNonces: string[] = [];
  masterSecret: Buffer | null = null;
  private readonly options: ServerOptions;
  private input = Buffer.alloc(0);
  private handshakeInput = Buffer.alloc(0);
  private transcript = Buffer.alloc(0);
  private randoms = Buffer.alloc(0);
  private sessionId = Buffer.alloc(0);
  private ecdh: ECDH | null = null;
  private keys: { client: Direction; server: Direction } | null = null;
  private incoming: Direction | null = null;
  private outgoing: Direction | null = null;
  private resumed = false;
  private version = 0x0303;

  constructor(options: ServerOptions) {
    this.options = options;
  }

  receive(bytes: Uint8Array): void {
    this.input = Buffer.concat([this.input, bytes]);
    while (this.input.length >= 5 && this.input.length >= 5 + this.input.readUInt16BE(3)) {
      const end = 5 + this.input.readUInt16BE(3);
      const [record] = recordsOf(this.input.subarray(0, end));
      this.input = this.input.subarray(end);
      if (this.incoming !== null) this.clientNonces.push(record.fragment.toString('hex', 0, 8));
      this.clientRecords.push({ type: record.type, version: record.version, length: record.fragment.length });
      this.record(
        record.type,
        this.incoming === null ? record.fragment : unseal(this.incoming, record.type, record.fragment),
      );
    }
  }

  /** Sends content of any type, as `type` in one record for each `fragment` bytes. */
  send(type: number, content: Uint8Array, version = this.version): void {
    const size = type === 22 ? (this.options.fragment ?? 16384) : 16384;
    let at = 0;
    do {
      const record = { type, version, content: Buffer.from(content.subarray(at, at + size)) };
      for (const edited of this.options.editRecord?.(record) ?? [record]) this.sendRecord(edited);
      at += size;
    } while (at < content.length);
  }

  sendRecord({ type, version, content }: OutgoingRecord): void {
    const fragment = this.outgoing === null ? content : seal(this.outgoing, type, content);
    this.output.push(Buffer.concat([[type], u16(version), vector(2, fragment)].map((part) => Buffer.from(part))));
  }

  sendData(text: string): void {
    this.send(23, Buffer.from(text));
  }

  sendAlert(level: number, description: number): void {
    this.send(21, Buffer.from([level, description]));
  }

  /** Sends handshake messages in one record or, with `separate`, each in its own; `edit` has its say. */
  private flight(messages: Buffer[]): void {
    const edited = messages.map((bytes) => this.edited(NAMES[bytes[0]], bytes));
    this.transcript = Buffer.concat([this.transcript, ...edited]);
    if (this.options.separate === true) for (const bytes of edited) this.send(22, bytes);
    else this.send(22, Buffer.concat(edited));
  }

  private edited(name: string, bytes: Buffer): Buffer {
    return Buffer.from(this.options.edit?.(name, bytes) ?? bytes);
  }

  private record(type: number, content: Buffer): void {
    if (type === 22) {
      this.handshakeInput = Buffer.concat([this.handshakeInput, content]);
      while (
        this.handshakeInput.length >= 4 &&
        this.handshakeInput.length >= 4 + this.handshakeInput.readUIntBE(1, 3)
      ) {
        const end = 4 + this.handshakeInput.readUIntBE(1, 3);
        const [{ type: kind, body, bytes }] = messagesOf(this.handshakeInput.subarray(0, end));
        this.handshakeInput = this.handshakeInput.subarray(end);
        this.message(kind, body, bytes);
      }
    } else if (type === 20) {
      this.log.push('ChangeCipherSpec');
      if (!content.equals(Buffer.from([1])) || this.keys === null) throw new Error('bad ChangeCipherSpec');
      this.incoming = this.keys.client;
    } else if (type === 21) {
      this.log.push(`alert ${content[0]} ${content[1]}`);
    } else {
      this.log.push(`data ${content.toString('latin1')}`);
    }
  }

  private message(type: number, body: Buffer, bytes: Buffer): void {
    const before = this.transcript;
    this.transcript = Buffer.concat([this.transcript, bytes]);
    if (type === 1) {
      this.log.push('ClientHello');
      this.answer(parseClientHello(body));
    } else if (type === 11) {
      this.log.push('Certificate');
      this.clientCertificates = parseCertificate(body);
    } else if (type === 16) {
      this.log.push('ClientKeyExchange');
      const shared = (this.ecdh as ECDH).computeSecret(parseClientKeyExchange(body));
      const extended = this.options.extendedMasterSecret !== false;
      this.deriveKeys(
        extended
          ? prf(shared, 'extended master secret', sha256(this.transcript), 48)
          : prf(shared, 'master secret', this.randoms, 48),
      );
    } else if (type === 15) {
      this.log.push('CertificateVerify');
      const { scheme, signature } = parseCertificateVerify(body);
      this.clientScheme = scheme;
      const key = new X509Certificate((this.clientCertificates as Buffer[])[0]).publicKey;
      this.clientSignatureIsRight = verify('sha256', before, key, signature);
    } else if (type === 20) {
      this.log.push('Finished');
      const expected = prf(this.masterSecret as Buffer, 'client finished', sha256(before), 12);
      this.clientFinishedIsRight = expected.equals(body);
      if (!this.resumed) this.finish();
      this.connected = true;
      if (this.sessionId.length > 0) {
        this.options.sessions?.set(this.sessionId.toString('hex'), this.masterSecret as Buffer);
      }
    } else {
      throw new Error(`message ${type} of the client`);
    }
  }

  private answer(hello: ClientHelloFields): void {
    this.clientHello = hello;
    const { options } = this;
    const type = options.key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
    const known = options.sessions?.get(hello.sessionId.toString('hex'));
    const sessionId = known === undefined ? (options.sessionId ?? Buffer.alloc(32, 0x5e)) : hello.sessionId;
    const fields: ServerHelloFields = {
      version: 0x0303,
      random: options.random ?? Buffer.alloc(32, 0x53),
      sessionId,
      suite: options.suite ?? (type === 'ec' ? 0xc02b : 0xc02f),
      compression: 0,
      extensions: [
        extension(0xff01, [0]),
        ...(options.extendedMasterSecret === false ? [] : [extension(23)]),
        ...(hello.extensions.has(0) ? [extension(0)] : []),
        extension(11, [1, 0]),
      ],
    };
    Object.assign(fields, typeof options.hello === 'function' ? options.hello(fields) : options.hello);
    this.sessionId = Buffer.from(fields.sessionId);
    this.randoms = Buffer.concat([hello.random, fields.random]);
    if (known !== undefined) {
      this.resumed = true;
      this.flight([serverHello(fields)]);
      this.deriveKeys(known);
      this.finish();
      return;
    }
    const { group = 23 } = options;
    this.ecdh = createECDH(group === 24 ? 'secp384r1' : 'prime256v1');
    this.ecdh.setPrivateKey(Buffer.alloc(group === 24 ? 48 : 32, 0x11));
    const parameters = ecParameters(options.point ?? this.ecdh.getPublicKey(), group);
    const scheme = options.scheme ?? (type === 'ec' ? 0x0403 : 0x0401);
    const hash = { 5: 'sha384', 6: 'sha512' }[scheme >> 8] ?? 'sha256';
    const signature = sign(hash, Buffer.concat([this.randoms, parameters]), options.key);
    const { request } = options;
    this.flight([
      serverHello(fields),
      certificate(options.chain),
      serverKeyExchange(parameters, scheme, signature),
      ...(request === undefined
        ? []
        : [certificateRequest({ types: [1, 64], schemes: [0x0403, 0x0401], authorities: [], ...request })]),
      message(14),
    ]);
  }

  private deriveKeys(master: Buffer): void {
    this.masterSecret = master;
    const seed = Buffer.concat([this.randoms.subarray(32), this.randoms.subarray(0, 32)]);
    const block = prf(master, 'key expansion', seed, 40);
    const direction = (at: number): Direction => ({
      key: block.subarray(16 * at, 16 * at + 16),
      salt: block.subarray(32 + 4 * at, 36 + 4 * at),
      sequence: 0n,
    });
    this.keys = { client: direction(0), server: direction(1) };
  }

  private finish(): void {
    const { server } = this.keys as { server: Direction };
    const change = this.edited('ChangeCipherSpec', Buffer.from([1]));
    if (change.length > 0) this.send(20, change);
    this.outgoing = server;
    const data = prf(this.masterSecret as Buffer, 'server finished', sha256(this.transcript), 12);
    this.flight([message(20, data)]);
  }
}

/** P_SHA256 (RFC 5246, section 5). */
export function prf(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  const hmac = (data: Uint8Array): Buffer => createHmac('sha256', secret).update(data).digest();
  let a: Buffer = labelled;
  let output = Buffer.alloc(0);
  while (output.length < length) {
    a = hmac(a);
    output = Buffer.concat([output, hmac(Buffer.concat([a, labelled]))]);
  }
  return output.subarray(0, length);
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function nonceAndData(direction: Direction, explicit: Uint8Array, type: number, length: number): [Buffer, Buffer] {
  const sequence = Buffer.alloc(8);
  sequence.writeBigUInt64BE(direction.sequence++);
  return [Buffer.concat([direction.salt, explicit]), Buffer.concat([sequence, Buffer.from([type, 3, 3]), u16(length)])];
}

function seal(direction: Direction, type: number, content: Buffer): Buffer {
  const explicit = Buffer.alloc(8);
  // Not the sequence number, which is one choice among many (RFC 5288, section 3).
  explicit.writeBigUInt64BE(direction.sequence ^ 0x0123456789abcdefn);
  const [nonce, data] = nonceAndData(direction, explicit, type, content.length);
  const cipher = createCipheriv('aes-128-gcm', direction.key, nonce).setAAD(data);
  return Buffer.concat([explicit, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function unseal(direction: Direction, type: number, fragment: Buffer): Buffer {
  const [nonce, data] = nonceAndData(direction, fragment.subarray(0, 8), type, fragment.length - 24);
  const decipher = createDecipheriv('aes-128-gcm', direction.key, nonce).setAAD(data);
  decipher.setAuthTag(fragment.subarray(-16));
  return Buffer.concat([decipher.update(fragment.subarray(8, -16)), decipher.final()]);
}
