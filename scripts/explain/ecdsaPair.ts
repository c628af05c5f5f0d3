/** ECDSA-Sig-Value (RFC 3279, section 2.2.3) as its two numbers. */
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import { DerReader } from '../../src/x509/der.ts';

/** Null for bytes that are no such pair. */
export function ecdsaPair(der: Uint8Array): { r: bigint; s: bigint } | null {
  try {
    const reader = new DerReader(der, 'ECDSA-Sig-Value');
    reader.enter();
    const [r, s] = [reader.contents(0x02), reader.contents(0x02)].map(bytesToBigInt);
    return r === 0n || s === 0n ? null : { r, s };
  } catch {
    return null;
  }
}
