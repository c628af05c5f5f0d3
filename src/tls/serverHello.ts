/** ServerHello (RFC 5246, section 7.4.1.3) and everything that its fields must satisfy against the ClientHello. */
import { toBinaryString, toHex } from '../bytes/encoding.ts';
import type { Reader } from '../bytes/reader.ts';
import { type CipherSuite, cipherSuiteOf } from './cipherSuite.ts';
import { refuse, refuseCoding, refuseValue } from './errors.ts';
import {
  ALPN,
  EC_POINT_FORMATS,
  EXTENDED_MASTER_SECRET,
  RENEGOTIATION_INFO,
  SERVER_NAME,
  SUPPORTED_GROUPS,
} from './extensions.ts';

export interface ServerHello {
  /** 32 bytes; shares memory with the message. */
  random: Uint8Array;
  /** 0 to 32 bytes; shares memory with the message. */
  sessionId: Uint8Array;
  cipherSuite: CipherSuite;
  extendedMasterSecret: boolean;
  /** RFC 5746, section 3.4: the server promises that this handshake is not a renegotiation of somebody else's. */
  secureRenegotiation: boolean;
  /** The protocol chosen (RFC 7301); null if the server said nothing about it. */
  alpn: string | null;
}

/** The optional parts that the ClientHello offered. */
export interface Offer {
  serverName: boolean;
  alpn: string | null;
}

/** @throws DecodeError or TlsError for what RFC 5246 and the extensions' RFCs do not allow as an answer to `offer` */
export function parseServerHello(reader: Reader, offer: Offer): ServerHello {
  const version = reader.u16();
  TRACE: reader.note('server_version');
  // Appendix E.1: a version that the client does not accept is answered with protocol_version. The downgrade
  // sentinels of RFC 8446, section 4.1.3 in the random are for clients that offered TLS 1.3: this one did not.
  if (version !== 0x0303) refuse('protocol_version', 'version 0303', hex(version));
  const random = reader.bytes(32);
  TRACE: reader.note('random');
  const session = reader.vector8('session_id');
  if (session.remaining > 32) refuseCoding('session_id <0..32>', session.remaining);
  const sessionId = session.rest();
  TRACE: if (sessionId.length > 0) session.note('session_id');
  const suite = reader.u16();
  TRACE: reader.note('cipher_suite');
  // Section 7.4.1.3: the single suite selected by the server from the list in ClientHello.
  const cipherSuite = cipherSuiteOf(suite);
  if (cipherSuite === undefined) refuseValue('a suite offered', hex(suite));
  const compression = reader.u8();
  TRACE: reader.note('compression_method');
  if (compression !== 0) refuseValue('compression null', compression);
  const hello: ServerHello = {
    random,
    sessionId,
    cipherSuite,
    extendedMasterSecret: false,
    secureRenegotiation: false,
    alpn: null,
  };
  // Section 7.4.1.3: without extensions the message ends here.
  if (reader.remaining > 0) parseExtensions(reader.vector16('extensions'), offer, hello);
  reader.end();
  return hello;
}

function parseExtensions(reader: Reader, offer: Offer, hello: ServerHello): void {
  const seen: number[] = [];
  while (reader.remaining > 0) {
    const type = reader.u16();
    TRACE: reader.note('extension_type');
    // RFC 5246, section 7.4.1.4: "There MUST NOT be more than one extension of the same type."
    if (seen.includes(type)) refuseCoding('each extension once', `${type} again`);
    seen.push(type);
    parseExtension(type, reader.vector16('extension_data'), offer, hello);
  }
}

function parseExtension(type: number, data: Reader, offer: Offer, hello: ServerHello): void {
  if (type === EXTENDED_MASTER_SECRET) {
    // RFC 7627, section 5.1: its data are empty; the end below sees to that.
    hello.extendedMasterSecret = true;
  } else if (type === RENEGOTIATION_INFO) {
    // RFC 5746, section 3.4: in an initial handshake renegotiated_connection has length 0, or handshake_failure. The
    // SCSV among the suites was the offer.
    const value = toHex(data.rest().subarray(0, 4));
    TRACE: data.note('renegotiated_connection');
    if (value !== '00') refuse('handshake_failure', 'renegotiation_info 00', value);
    hello.secureRenegotiation = true;
  } else if (type === EC_POINT_FORMATS) {
    // RFC 8422, section 5.2: a list that lacks uncompressed (0) is answered with illegal_parameter.
    const formats = data.vector8('ec_point_format_list');
    const list = formats.rest();
    TRACE: formats.note('ec_point_formats');
    if (list.length === 0) refuseCoding('ec_point_format_list <1..255>', 0);
    if (!list.includes(0)) refuseValue('point format 0', toHex(list.subarray(0, 4)));
  } else if (type === SUPPORTED_GROUPS) {
    // A server has no business sending it in TLS 1.2, yet some load balancers do (BoringSSL bears with it for BIG-IP); it was
    // offered, so RFC 5246, section 7.4.1.4 does not forbid it. The client ignores it.
    data.rest();
    TRACE: data.note('named_group_list');
  } else if (type === ALPN && offer.alpn !== null) {
    // RFC 7301, section 3.1: exactly one name; it must be the one offered.
    const list = data.vector16('protocol_name_list');
    const name = list.vector8('protocol_name');
    hello.alpn = toBinaryString(name.rest());
    TRACE: name.note('protocol_name');
    list.end();
    // The name is shown on a terminal, so it must be printable text.
    if (hello.alpn !== offer.alpn) refuseValue(offer.alpn, hello.alpn.replace(/[^ -~]/g, '?'));
  } else if (type !== SERVER_NAME || !offer.serverName) {
    // RFC 5246, section 7.4.1.4: not in the ClientHello: "the client MUST abort with unsupported_extension".
    refuse('unsupported_extension', 'an extension offered', type);
  }
  // server_name comes back with empty data (RFC 6066, section 3).
  data.end();
}

function hex(value: number): string {
  return (value + 0x10000).toString(16).slice(1);
}
