/** Finished: either side's proof that it saw the same handshake (RFC 5246, section 7.4.9). */
import type { Reader } from '../bytes/reader.ts';
import type { Writer } from '../bytes/writer.ts';

/** @returns the body, which should be verify_data; it may have any length and shares memory with the message */
export function parseFinished(reader: Reader): Uint8Array {
  const verifyData = reader.rest();
  TRACE: reader.note('verify_data');
  return verifyData;
}

/** @param verifyData 12 bytes */
export function writeFinished(writer: Writer, verifyData: Uint8Array): void {
  writer.bytes(verifyData);
  TRACE: writer.note('verify_data');
}
