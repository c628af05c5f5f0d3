/**
 * The purposes of the messages, in a few sentences each; the meanings of fields come from the code that reads and writes them.
 */
import { type Field, leaf } from './fields.ts';
import type { Direction } from '../../src/trace.ts';

/** The purpose of a message, and the harm if it were left out. */
export interface MessageProse {
  text: string;
  without: string;
}

const SENT: Record<string, MessageProse> = {
  ClientHello: {
    text: 'The board opens: it says which version, cipher suites, curve and signatures it takes, gives 32 random bytes of its own, and names the server that it wants (SNI), without which AWS would not answer.',
    without:
      'The server would have to guess what the board can do. And if the random bytes were not fresh, a stranger could record today’s connection and play the server’s half again tomorrow: the board could not tell.',
  },
  Certificate: {
    text: 'The board shows who it is: its own certificate, since the server asked for one. Anybody can read it.',
    without: 'The server would have no key to check the board’s signature with, and no name to go with it.',
  },
  ClientKeyExchange: {
    text: 'The board’s half of the Diffie-Hellman exchange: a fresh public key, used for this connection alone. Anyone who records the connection and steals the keys later still cannot read it.',
    without:
      'The two would need a secret that they agreed on before, in the factory: one for each pair of board and server, kept for ever. Anyone who steals it could read all that was ever recorded.',
  },
  CertificateVerify: {
    text: 'The board proves that it owns the key of its certificate: a signature over the hash of all handshake messages so far.',
    without:
      'The certificate would be a name tag that anybody can wear: it is public, and a copy of it looks the same.',
  },
  ChangeCipherSpec: {
    text: 'One byte: everything that the board sends after it is encrypted.',
    without: 'The server would not know from which record on it has to decrypt.',
  },
  Finished: {
    text: 'The first encrypted message: 12 bytes computed from the master secret and the hash of the whole handshake. Had anybody changed a byte of it on the way, they would not fit.',
    without:
      'The server would not know that the board has the same keys and heard the same messages. On the web, where no visitor signs them, a stranger could take the good suites out of the offer, and nobody would ever compare.',
  },
  CONNECT: {
    text: 'MQTT begins inside TLS: the board says its client id, which must be the one of its certificate, and how often it will be heard.',
    without: 'The broker would not know whose messages follow, nor when to take the board for lost.',
  },
  PUBLISH: {
    text: 'The message: a topic, and the payload as it stands. With QoS 1 it has an identifier, by which the broker acknowledges it.',
    without: 'All that came before would have been for nothing.',
  },
  PUBACK: {
    text: 'The board has a message of the broker’s.',
    without: 'The broker would send the message again.',
  },
  DISCONNECT: {
    text: 'The board leaves MQTT in order, so that the broker does not publish its will.',
    without: 'The broker would take the end for an accident, and tell all that the board is offline.',
  },
  Alert: {
    text: 'The board ends the connection; close_notify says that nothing was cut off.',
    without:
      'The server could not tell an end from a cut: anybody on the way can end TCP, and half a message might look whole.',
  },
};

const RECEIVED: Record<string, MessageProse> = {
  ServerHello: {
    text: 'The server chooses: one of the suites offered, and its own 32 random bytes. The extensions that it understood come back.',
    without:
      'The board would not know which of its offers counts. And if it did not compare the choice with its offer, a stranger could write a suite there that was broken years ago. That has been done to real browsers, and is called a downgrade.',
  },
  Certificate: {
    text: 'The server’s certificates: its own first, then those that lead to a root. The board checks each signature up to a root it was given, the dates and the name; until then it believes nothing.',
    without:
      'A stranger in the middle could send a key of its own and say that it is the server’s. The board would then talk very secretly, with the wrong one.',
  },
  ServerKeyExchange: {
    text: 'The server’s half of the Diffie-Hellman exchange, signed with the key of its certificate together with both random values, so that it cannot be an old one.',
    without:
      'The board would have no point to compute with. And if the point were not signed, a stranger could send one of its own to either side, share one secret with the board and another with the server, and pass everything on: the man in the middle.',
  },
  CertificateRequest: {
    text: 'The server wants to know who the board is, and which signatures and authorities it takes.',
    without: 'The board would show no certificate, and anybody could send readings in its name.',
  },
  ServerHelloDone: {
    text: 'The server has said everything; the board’s turn.',
    without: 'The board could not know whether the server is still going to ask for a certificate.',
  },
  ChangeCipherSpec: {
    text: 'One byte: everything that the server sends after it is encrypted.',
    without: 'The board would not know from which record on it has to decrypt.',
  },
  Finished: {
    text: 'The server proves the same from its side. When the board has compared these 12 bytes, the connection is safe to use.',
    without:
      'The board would never learn whether the server heard what it said: the server has signed its point and the random bytes, but neither the offer nor its own choice. A stranger could have had both use the weakest of all that they know.',
  },
  CONNACK: {
    text: 'The broker takes the board in, or says why not. AWS says nothing but hangs up if its policy does not allow it.',
    without: 'The board would publish without knowing whether anybody takes it.',
  },
  PUBACK: {
    text: 'The broker has the message: only now may the board forget the reading.',
    without:
      'The board would have to keep every reading for ever, or lose those that were under way when a connection broke.',
  },
  PUBLISH: {
    text: 'A message for the board.',
    without: 'Nobody could tell the board anything, for instance to measure more often.',
  },
  Alert: {
    text: 'The server ends the connection, or warns.',
    without: 'The board would see that TCP ended, but neither why, nor whether something was cut off.',
  },
};

/** The purpose of a message; null for one that needs no words. @param message may end in ` (part)` */
export function messageProse(direction: Direction, message: string): MessageProse | null {
  const known: Partial<Record<string, MessageProse>> = direction === 'out' ? SENT : RECEIVED;
  return known[message.replace(' (part)', '')] ?? null;
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
