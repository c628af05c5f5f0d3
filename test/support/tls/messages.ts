/**
 * The server's messages written and the client's read, with nothing of src/ in it: what the client is compared with.
 * RFC 5246, section 7.4; RFC 8422, section 5.
 */

/** A vector with a length prefix of `size` bytes. */
export function vector(size: number, ...parts: (Uint8Array | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const prefix = Buffer.alloc(size);
  prefix.writeUIntBE(body.length, 0, size);
  return Buffer.concat([prefix, body]);
}

export function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16BE(value, 2 * i));
  return bytes;
}

export function message(type: number, ...body: (Uint8Array | number[])[]): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, ...body)]);
}

export function extension(type: number, ...data: (Uint8Array | number[])[]): Buffer {
  return Buffer.concat([u16(type), vector(2, ...data)]);
}

export interface ServerHelloFields {
  version: number;
  random: Uint8Array;
  sessionId: Uint8Array;
  suite: number;
  compression: number;
  /** Whole extensions; null leaves even the length out. */
  extensions: Uint8Array[] | null;
}

export function serverHello(fields: ServerHelloFields): Buffer {
  const { version, random, sessionId, suite, compression, extensions } = fields;
  const tail = extensions === null ? [] : vector(2, ...extensions);
  return message(2, u16(version), random, vector(1, sessionId), u16(suite), [compression], tail);
}

export function certificate(list: readonly Uint8Array[]): Buffer {
  return message(11, vector(3, ...list.map((der) => vector(3, der))));
}

export function ecParameters(point: Uint8Array, curve = 23, curveType = 3): Buffer {
  return Buffer.concat([[curveType], u16(curve), vector(1, point)].map((part) => Buffer.from(part)));
}

export function serverKeyExchange(parameters: Uint8Array, scheme: number, signature: Uint8Array): Buffer {
  return message(12, parameters, u16(scheme), vector(2, signature));
}

export interface CertificateRequestFields {
  types: number[];
  schemes: number[];
  authorities: Uint8Array[];
}

export function certificateRequest({ types, schemes, authorities }: CertificateRequestFields): Buffer {
  return message(
    13,
    vector(1, types),
    vector(2, u16(...schemes)),
    vector(2, ...authorities.map((name) => vector(2, name))),
  );
}

/** Reads vectors; throws for what does not fit. */
export class Cursor {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes wanted, ${this.left} left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  vector(size: number): Buffer {
    return this.take(this.uint(size));
  }

  end(): void {
    if (this.left > 0) throw new RangeError(`${this.left} bytes too many`);
  }
}

export function uints(bytes: Uint8Array, size: number): number[] {
  const cursor = new Cursor(bytes);
  const values = [];
  while (cursor.left > 0) values.push(cursor.uint(size));
  return values;
}

/** Splits bytes into handshake messages. */
export function messagesOf(bytes: Uint8Array): { type: number; body: Buffer; bytes: Buffer }[] {
  const cursor = new Cursor(bytes);
  const messages = [];
  while (cursor.left > 0) {
    const type = cursor.uint(1);
    const body = cursor.vector(3);
    messages.push({ type, body, bytes: message(type, body) });
  }
  return messages;
}

/** Splits bytes into records, plain or not. */
export function recordsOf(bytes: Uint8Array): { type: number; version: number; fragment: Buffer }[] {
  const cursor = new Cursor(bytes);
  const records = [];
  while (cursor.left > 0) records.push({ type: cursor.uint(1), version: cursor.uint(2), fragment: cursor.vector(2) });
  return records;
}

export interface ClientHelloFields {
  version: number;
  random: Buffer;
  sessionId: Buffer;
  suites: number[];
  compressions: number[];
  /** Data by type, in the order sent. */
  extensions: Map<number, Buffer>;
}

export function parseClientHello(body: Uint8Array): ClientHelloFields {
  const cursor = new Cursor(body);
  const version = cursor.uint(2);
  const random = cursor.take(32);
  const sessionId = cursor.vector(1);
  if (sessionId.length > 32) throw new RangeError('session_id longer than 32 bytes');
  const suites = uints(cursor.vector(2), 2);
  const compressions = uints(cursor.vector(1), 1);
  if (suites.length === 0 || compressions.length === 0) throw new RangeError('empty suites or compression methods');
  const extensions = new Map<number, Buffer>();
  if (cursor.left > 0) {
    const list = new Cursor(cursor.vector(2));
    while (list.left > 0) {
      const type = list.uint(2);
      if (extensions.has(type)) throw new RangeError(`extension ${type} twice`);
      extensions.set(type, list.vector(2));
    }
  }
  cursor.end();
  return { version, random, sessionId, suites, compressions, extensions };
}

export function parseCertificate(body: Uint8Array): Buffer[] {
  const cursor = new Cursor(body);
  const list = new Cursor(cursor.vector(3));
  cursor.end();
  const certificates = [];
  while (list.left > 0) certificates.push(list.vector(3));
  return certificates;
}

export function parseClientKeyExchange(body: Uint8Array): Buffer {
  const cursor = new Cursor(body);
  const point = cursor.vector(1);
  cursor.end();
  return point;
}

export function parseCertificateVerify(body: Uint8Array): { scheme: number; signature: Buffer } {
  const cursor = new Cursor(body);
  const scheme = cursor.uint(2);
  const signature = cursor.vector(2);
  cursor.end();
  return { scheme, signature };
}
