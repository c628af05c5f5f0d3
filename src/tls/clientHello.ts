/** ClientHello (RFC 5246, section 7.4.1.2), the one message that must be right for a server to answer at all. */
import { fromBinaryString } from '../bytes/encoding.ts';
import type { Writer } from '../bytes/writer.ts';
import { cipherSuites } from './cipherSuite.ts';
import {
  ALPN,
  EC_POINT_FORMATS,
  EXTENDED_MASTER_SECRET,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_GROUPS,
  writeExtension,
} from './extensions.ts';
import { groups } from './group.ts';
import { SCHEMES } from './signatureScheme.ts';

export interface ClientHello {
  /** 32 bytes from a cryptographic generator (section 7.4.1.2 allows a clock in the first four, but a clock would identify the device). */
  random: Uint8Array;
  /** The id of the session to resume, 1 to 32 bytes, or empty. */
  sessionId: Uint8Array;
  /** The name for the extension server_name; null if the host is an IP address. */
  serverName: string | null;
  /** The protocol to ask for (RFC 7301); null for none. */
  alpn: string | null;
}

/**
 * TLS_EMPTY_RENEGOTIATION_INFO_SCSV stands for an empty renegotiation_info: a client sends the one or the other
 * (RFC 5746, section 3.4).
 */
const EMPTY_RENEGOTIATION_INFO = 0x00ff;

/** Writes its body. */
export function writeClientHello(writer: Writer, { random, sessionId, serverName, alpn }: ClientHello): void {
  writer.u16(0x0303);
  TRACE: writer.note('client_version');
  writer.bytes(random);
  TRACE: writer.note('random');
  writer.vector8('session_id', () => {
    writer.bytes(sessionId);
    TRACE: if (sessionId.length > 0) writer.note('session_id');
  });
  writer.vector16('cipher_suites', () => {
    for (const id of [...cipherSuites().map((suite) => suite.id), EMPTY_RENEGOTIATION_INFO]) {
      writer.u16(id);
      TRACE: writer.note('cipher_suite');
    }
  });
  writer.vector8('compression_methods', () => {
    // RFC 9325, section 3.3: TLS 1.2 without compression; section 7.4.1.2: null must be offered.
    writer.u8(0);
    TRACE: writer.note('compression_method');
  });
  writer.vector16('extensions', () => {
    if (serverName !== null) {
      writeExtension(writer, SERVER_NAME, () => writeServerName(writer, serverName));
    }
    // RFC 7627, section 5.3: an empty extension, in every full and every abbreviated handshake.
    writeExtension(writer, EXTENDED_MASTER_SECRET, () => {});
    writeExtension(writer, SUPPORTED_GROUPS, () =>
      writer.vector16('named_group_list', () => {
        for (const { id } of groups()) {
          writer.u16(id);
          TRACE: writer.note('named_group');
        }
      }),
    );
    // RFC 8422, section 5.1.2: a client that offers ECC suites must offer the uncompressed format here.
    writeExtension(writer, EC_POINT_FORMATS, () =>
      writer.vector8('ec_point_format_list', () => {
        writer.u8(0);
        TRACE: writer.note('ec_point_format');
      }),
    );
    // It is always sent: without it the server would have to assume SHA-1 (RFC 5246, section 7.4.1.4.1).
    writeExtension(writer, SIGNATURE_ALGORITHMS, () =>
      writer.vector16('supported_signature_algorithms', () => {
        for (const scheme of SCHEMES) {
          writer.u16(scheme);
          TRACE: writer.note('signature_and_hash');
        }
      }),
    );
    if (alpn !== null) {
      writeExtension(writer, ALPN, () => writeProtocol(writer, alpn));
    }
  });
}

/**
 * The name for server_name: RFC 6066, section 3 wants ASCII without a trailing dot, and forbids literal IP addresses,
 * for which this returns null.
 */
export function serverNameOf(host: string): string | null {
  return /^[0-9.]+$|:/.test(host) ? null : host.replace(/\.$/, '');
}

/** ServerNameList of one host_name (RFC 6066, section 3). */
function writeServerName(writer: Writer, name: string): void {
  writer.vector16('server_name_list', () => {
    writer.u8(0);
    TRACE: writer.note('name_type');
    writer.vector16('host_name', () => {
      writer.bytes(fromBinaryString(name));
      TRACE: writer.note('host_name');
    });
  });
}

/** ProtocolNameList of one name (RFC 7301, section 3.1). */
function writeProtocol(writer: Writer, name: string): void {
  writer.vector16('protocol_name_list', () =>
    writer.vector8('protocol_name', () => {
      writer.bytes(fromBinaryString(name));
      TRACE: writer.note('protocol_name');
    }),
  );
}
