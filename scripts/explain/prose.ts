/** What the messages are for, in a few sentences; what their fields say comes from the code that reads and writes them. */
import type { Direction } from '../../src/tls/trace.ts';
import { type Field, leaf } from './fields.ts';

const SENT: Record<string, string> = {
  ClientHello:
    'The board opens: it says which version, cipher suites, curve and signatures it takes, gives 32 random bytes of its own, and names the server that it wants (SNI), without which AWS would not answer.',
  Certificate: 'The board shows who it is: its own certificate, since the server asked for one. Anybody can read it.',
  ClientKeyExchange:
    'The board’s half of the Diffie-Hellman exchange: a fresh public key on P-256, used for this connection alone. Whoever records the connection and steals the keys later still cannot read it.',
  CertificateVerify:
    'The board proves that it owns the key of its certificate: a signature over the hash of all handshake messages so far.',
  ChangeCipherSpec: 'One byte: everything that the board sends after it is encrypted.',
  Finished:
    'The first encrypted message: 12 bytes computed from the master secret and the hash of the whole handshake. Had anybody changed a byte of it on the way, they would not fit.',
  CONNECT:
    'MQTT begins inside TLS: the board says its client id, which must be the one of its certificate, and how often it will be heard.',
  PUBLISH:
    'The message: a topic, and the payload as it stands. With QoS 1 it has an identifier, by which the broker acknowledges it.',
  PUBACK: 'The board has a message of the broker’s.',
  DISCONNECT: 'The board leaves MQTT in order, so that the broker does not publish its will.',
  Alert: 'The board ends the connection; close_notify says that nothing was cut off.',
};

const RECEIVED: Record<string, string> = {
  ServerHello:
    'The server chooses: one of the suites offered, and its own 32 random bytes. The extensions that it understood come back.',
  Certificate:
    'The server’s certificates: its own first, then those that lead to a root. The board checks each signature up to a root it was given, the dates and the name; until then it believes nothing.',
  ServerKeyExchange:
    'The server’s half of the Diffie-Hellman exchange, signed with the key of its certificate together with both random values, so that it cannot be an old one.',
  CertificateRequest: 'The server wants to know who the board is, and which signatures and authorities it takes.',
  ServerHelloDone: 'The server has said everything; the board’s turn.',
  ChangeCipherSpec: 'One byte: everything that the server sends after it is encrypted.',
  Finished:
    'The server proves the same from its side. When the board has compared these 12 bytes, the connection is safe to use.',
  CONNACK:
    'The broker takes the board in, or says why not. AWS says nothing but hangs up if its policy does not allow it.',
  PUBACK: 'The broker has the message: only now may the board forget the reading.',
  PUBLISH: 'A message for the board.',
  Alert: 'The server ends the connection, or warns.',
};

/** What a message is for; empty for one that needs no words. @param message may end in ` (part)` */
export function messageProse(direction: Direction, message: string): string {
  const name = message.replace(' (part)', '');
  return (direction === 'out' ? SENT : RECEIVED)[name] ?? '';
}

export const SECRET_REFERENCE: Record<string, string> = {
  pre_master_secret: 'RFC 8422, section 5.10',
  master_secret: 'RFC 7627, section 4',
  key_block: 'RFC 5246, section 6.3',
};

export const SECRET_PROSE: Record<string, string> = {
  pre_master_secret:
    'Never sent. The X coordinate of the point that both sides get by multiplying the other’s public point with their own private number; an eavesdropper has only the two public points.',
  master_secret:
    'Never sent. PRF(pre_master_secret, "extended master secret", hash of all messages up to ClientKeyExchange), 48 bytes; without the extension of RFC 7627, PRF(pre_master_secret, "master secret", both randoms).',
  key_block:
    'Never sent. PRF(master_secret, "key expansion", server_random and client_random), 40 bytes, cut into two AES keys and the first 4 bytes of all nonces: one of each for either direction.',
};

/** The fields of a secret. */
export function secretFields(name: string, length: number): Field[] {
  if (name === 'key_block') return keyBlockFields();
  const meaning = name === 'master_secret' ? 'what all keys are made from' : 'X of the shared point';
  return [leaf(0, length, name, meaning, SECRET_REFERENCE[name])];
}

/** RFC 5246, section 6.3, with the sizes of RFC 5288, section 3. */
function keyBlockFields(): Field[] {
  const reference = SECRET_REFERENCE['key_block'];
  return [
    leaf(0, 16, 'client_write_key', 'AES-128 key of what the board sends', reference),
    leaf(16, 32, 'server_write_key', 'AES-128 key of what the server sends', reference),
    leaf(32, 36, 'client_write_IV', 'in front of the explicit nonce of what the board sends', 'RFC 5288, section 3'),
    leaf(36, 40, 'server_write_IV', 'in front of the explicit nonce of what the server sends', 'RFC 5288, section 3'),
  ];
}
