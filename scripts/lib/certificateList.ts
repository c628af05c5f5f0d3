/** The list of a Certificate message (RFC 5246, section 7.4.2), which the client reads piece by piece and we as a whole. */
import { DecodeError } from '../../src/bytes/errors.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { MESSAGE_HEADER } from '../../src/trace.ts';

/** Bytes of the list's length. */
const LIST_HEADER = 3;

/** @returns the certificates in the order sent, maybe none. @throws DecodeError */
export function certificateList(reader: Reader): Uint8Array[] {
  const certificates = [...certificatesIn(reader.vector24('certificate_list'))];
  reader.end();
  return certificates;
}

/** The certificates of a Certificate message of which maybe not all has come: those that have come whole. */
export function certificatesOf(message: Uint8Array): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  if (message.length < MESSAGE_HEADER + LIST_HEADER) return certificates;
  try {
    const list = new Reader(message, 'Certificate', MESSAGE_HEADER + LIST_HEADER);
    for (const certificate of certificatesIn(list)) certificates.push(certificate);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return certificates;
}

function* certificatesIn(list: Reader): Generator<Uint8Array> {
  while (list.remaining > 0) {
    const certificate = list.vector24('ASN.1Cert');
    yield certificate.rest();
    certificate.note('ASN.1Cert');
  }
}
