/** Opens the sealed records of a connection with the keys of its key block (RFC 5288, section 3). */
import { concat } from '../../src/bytes/encoding.ts';
import { Aes128Gcm } from '../../src/crypto/aesGcm.ts';
import { finish } from '../../src/index.ts';
import { recordHeader } from '../../src/tls/record.ts';
import { type Direction, RECORD_HEADER } from '../../src/trace.ts';
import type { Observed, SeenRecord } from './observe.ts';

export interface OpenedRecord {
  record: SeenRecord;
  key: Uint8Array;
  /** 12 bytes: 4 of the key block, 8 that travel in front. */
  nonce: Uint8Array;
  /** 13 bytes: sequence number, type, version, length. */
  additionalData: Uint8Array;
  ciphertext: Uint8Array;
  /** 16 bytes. */
  tag: Uint8Array;
  /** Null if the tag is wrong. */
  content: Uint8Array | null;
}

/** In the order of time; a record that is cut off is left out. */
export function openRecords({ records }: Observed, keyBlock: Uint8Array): OpenedRecord[] {
  return records
    .filter(({ isSealed, bytes }) => isSealed && bytes.length >= RECORD_HEADER + 24)
    .map((record) => openRecord(record, keyBlock));
}

function openRecord(record: SeenRecord, keyBlock: Uint8Array): OpenedRecord {
  const { key, salt } = keysOf(keyBlock, record.direction);
  const fragment = record.bytes.subarray(RECORD_HEADER);
  const nonce = concat(salt, fragment.subarray(0, 8));
  const sequence = new Uint8Array(8);
  new DataView(sequence.buffer).setUint32(4, record.sequence);
  const additionalData = concat(sequence, recordHeader(record.bytes[0], fragment.length - 24));
  const sealed = fragment.slice(8);
  const ciphertext = sealed.slice(0, -16);
  const tag = sealed.slice(-16);
  const content = finish(new Aes128Gcm(key).open(nonce, additionalData, sealed));
  return { record, key, nonce, additionalData, ciphertext, tag, content };
}

/** RFC 5246, section 6.3. */
export function keysOf(keyBlock: Uint8Array, direction: Direction): { key: Uint8Array; salt: Uint8Array } {
  const isClient = direction === 'out';
  return {
    key: isClient ? keyBlock.subarray(0, 16) : keyBlock.subarray(16, 32),
    salt: isClient ? keyBlock.subarray(32, 36) : keyBlock.subarray(36, 40),
  };
}
