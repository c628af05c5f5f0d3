/** The client's messages as a server reads them, strictly (RFC 5246, section 7.4), with the names of their fields. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Reader } from '../../src/bytes/reader.ts';
import {
  ALPN,
  EC_POINT_FORMATS,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_GROUPS,
} from '../../src/tls/extensions.ts';

export interface ReceivedHello {
  version: number;
  /** 32 bytes. */
  random: Uint8Array;
  suites: number[];
  compressions: number[];
  /** Numbers of the extensions, in order. */
  extensions: number[];
  serverName: string | null;
  groups: number[];
  schemes: number[];
  pointFormats: number[];
}

/** Section 7.4.1.2. @throws DecodeError */
export function parseClientHello(reader: Reader): ReceivedHello {
  const version = reader.u16();
  reader.note('client_version');
  const random = reader.bytes(32);
  reader.note('random');
  const session = reader.vector8('session_id');
  if (session.rest().length > 0) session.note('session_id');
  const hello: ReceivedHello = {
    version,
    random,
    suites: listOf(reader.vector16('cipher_suites'), 'cipher_suite', (list) => list.u16()),
    compressions: listOf(reader.vector8('compression_methods'), 'compression_method', (list) => list.u8()),
    extensions: [],
    serverName: null,
    groups: [],
    schemes: [],
    pointFormats: [],
  };
  if (reader.remaining > 0) {
    const extensions = reader.vector16('extensions');
    while (extensions.remaining > 0) parseExtension(extensions, hello);
  }
  reader.end();
  return hello;
}

function parseExtension(reader: Reader, hello: ReceivedHello): void {
  const type = reader.u16();
  reader.note('extension_type');
  hello.extensions.push(type);
  const data = reader.vector16('extension_data');
  if (type === SERVER_NAME) {
    const names = data.vector16('server_name_list');
    names.u8();
    names.note('name_type');
    const name = names.vector16('host_name');
    hello.serverName = toBinaryString(name.rest());
    name.note('host_name');
    names.end();
  } else if (type === SUPPORTED_GROUPS) {
    hello.groups = listOf(data.vector16('named_group_list'), 'named_group', (list) => list.u16());
  } else if (type === EC_POINT_FORMATS) {
    hello.pointFormats = listOf(data.vector8('ec_point_format_list'), 'ec_point_format', (list) => list.u8());
  } else if (type === SIGNATURE_ALGORITHMS) {
    const list = data.vector16('supported_signature_algorithms');
    hello.schemes = listOf(list, 'signature_and_hash', (schemes) => schemes.u16());
  } else if (type === ALPN) {
    const list = data.vector16('protocol_name_list');
    const name = list.vector8('protocol_name');
    name.rest();
    name.note('protocol_name');
  } else if (data.remaining > 0) {
    data.rest();
    data.note('contents');
  }
  data.end();
}

function listOf(list: Reader, name: string, read: (list: Reader) => number): number[] {
  const values: number[] = [];
  while (list.remaining > 0) {
    values.push(read(list));
    list.note(name);
  }
  return values;
}

/** RFC 8422, section 5.7. @returns the client's point, whatever its form. @throws DecodeError */
export function parseClientKeyExchange(reader: Reader): Uint8Array {
  const ecPoint = reader.vector8('ECPoint');
  const point = ecPoint.rest();
  ecPoint.note('ecdh_Yc');
  reader.end();
  return point;
}

/** Section 7.4.8. @throws DecodeError */
export function parseCertificateVerify(reader: Reader): { scheme: number; signature: Uint8Array } {
  const scheme = reader.u16();
  reader.note('algorithm');
  const signed = reader.vector16('signature');
  const signature = signed.rest();
  signed.note('signature');
  reader.end();
  return { scheme, signature };
}
