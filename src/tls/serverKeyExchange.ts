/** ServerKeyExchange: the server's ephemeral key, signed (RFC 8422, section 5.4). */
import { toHex } from '../bytes/encoding.ts';
import type { Reader } from '../bytes/reader.ts';
import { refuseValue } from './errors.ts';
import { type Group, groupOf } from './group.ts';
import { SCHEMES } from './signatureScheme.ts';

/** All arrays share memory with the message. */
export interface ServerKeyExchange {
  /** ServerECDHParams as they are signed. */
  params: Uint8Array;
  group: Group;
  /** An uncompressed point, as long as the group's are; whether it is on the curve is not known yet. */
  point: Uint8Array;
  /** One of SCHEMES. */
  scheme: number;
  signature: Uint8Array;
}

/** @throws DecodeError or TlsError */
export function parseServerKeyExchange(reader: Reader): ServerKeyExchange {
  const start = reader.position;
  const curveType = reader.u8();
  TRACE: reader.note('curve_type');
  if (curveType !== 3) refuseValue('named_curve', `curve type ${curveType}`);
  const id = reader.u16();
  TRACE: reader.note('namedcurve');
  // Section 5.1: a group that the client offered.
  const group = groupOf(id);
  if (group === undefined) refuseValue('a group offered', `group ${id}`);
  const ecPoint = reader.vector8('ECPoint');
  const point = ecPoint.rest();
  TRACE: ecPoint.note('point');
  // Section 5.4.1: the uncompressed format, and no other, is used.
  if (point.length !== group.pointLength || point[0] !== 4)
    refuseValue(`04 and ${group.pointLength - 1} bytes`, toHex(point.subarray(0, 1)) + ` of ${point.length}`);
  const params = reader.source.subarray(start, reader.position);
  const scheme = reader.u16();
  TRACE: reader.note('algorithm');
  // RFC 5246, section 7.4.3: "the hash and signature algorithms MUST be a pair" of the client's extension.
  if (!SCHEMES.includes(scheme)) refuseValue('a signature scheme offered', scheme.toString(16));
  const signed = reader.vector16('signature');
  const signature = signed.rest();
  TRACE: signed.note('signature');
  reader.end();
  return { params, group, point, scheme, signature };
}
