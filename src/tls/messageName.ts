/** The RFCs' names of handshake messages, for errors and, on the PC, for traces. */

/** Type and name of each, in one text: the board reads it from flash when it needs a name. */
const names = (): string =>
  '0 HelloRequest,1 ClientHello,2 ServerHello,4 NewSessionTicket,11 Certificate,12 ServerKeyExchange,13 CertificateRequest,' +
  '14 ServerHelloDone,15 CertificateVerify,16 ClientKeyExchange,20 Finished';

/** A message's name in the RFCs. */
export function messageName(type: number): string {
  const entry = names()
    .split(',')
    .find((text) => text.startsWith(`${type} `));
  return entry === undefined ? `handshake type ${type}` : entry.slice(entry.indexOf(' ') + 1);
}
