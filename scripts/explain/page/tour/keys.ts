/** The tour's sixth and seventh chapter: from one secret to keys, and the proofs of both sides. */
import { schemeAlgorithm } from '../../../../src/tls/signatureScheme.ts';
import { facts } from '../connection.ts';
import { keyBlockFigure } from '../widgets/keyBlock.ts';
import { tapFigure } from '../widgets/tap.ts';
import type { Step } from './step.ts';

const scheme = facts.certificateVerify?.scheme;
const isRsa = scheme !== undefined && schemeAlgorithm(scheme).type === 'rsa';

export const KEYS: readonly Step[] = [
  {
    chapter: 'Keys',
    title: 'The PRF: a tap for secrets',
    prose: [
      'The X coordinate is a secret, but not yet a key: its bits are not evenly mixed, and several keys are needed. The **PRF**, pseudo-random function, is a tap: put in a secret, a label in plain words and a seed that need not be secret, and open it; as many bytes flow as you want. Anyone who lacks the secret cannot tell them from dice.',
      'It is built of the fingerprint only: HMAC is a SHA-256 with a key mixed in, and the tap is HMAC over and over.',
      'The first thing that flows is the **master_secret**, 48 bytes. Its seed is the fingerprint of **all messages so far**: so if a stranger has changed any of them, the two sides get different secrets and never understand each other.',
    ],
    without:
      'If the messages were not in the seed, a stranger could arrange two connections that have the same master secret, and pass one’s proofs off as the other’s. That attack was found in 2014, and RFC 7627 is the answer.',
    figure: tapFigure,
    workings: ['session_hash', 'master_secret'],
  },
  {
    chapter: 'Keys',
    title: 'Forty bytes, cut into keys',
    prose: [
      'The tap is opened again, with the master secret and the label “key expansion”. The **key_block** that flows is cut: 16 bytes are the key for all that the board sends, 16 for what the server sends, and twice 4 bytes begin the number that each record is encrypted with, its **nonce**.',
    ],
    without:
      'With one key for both directions a stranger could send the board’s own records back to it, and they would open.',
    figure: keyBlockFigure,
    workings: ['key_block'],
  },
  {
    chapter: 'Proofs',
    title: 'CertificateVerify: the board signs',
    prose: [
      'Now the proof for the board’s certificate. The board takes the fingerprint of all messages so far, with the random bytes of both and the points of both in them, and **signs it with its private key**, the one that never leaves its flash.',
      isRsa
        ? 'The server checks the signature with the key in the certificate: it raises it to the public power, and must get the fingerprint.'
        : 'The server checks the signature with the key in the certificate, and this is how that goes on a curve. An ECDSA signature is two numbers, **r** and **s**. From them, the fingerprint and the public point the server computes one more point; if its X is r, the signer knew the private number. To find r and s without it, one would have to go the one-way street back.',
      'A stranger who has copied the certificate has nothing to sign with; one who has recorded an older signature has one over other random bytes.',
    ],
    messages: [['out', 'CertificateVerify']],
    workings: ['device signature'],
    checks: ({ message }) => message === 'CertificateVerify',
  },
  {
    chapter: 'Proofs',
    title: 'Finished: did we hear the same?',
    prose: [
      '`ChangeCipherSpec` is one byte: what I send from here on is encrypted. Then comes **Finished**, the first message under the new keys: 12 bytes out of the tap, from the master secret and the fingerprint of **every byte of the handshake**.',
      'The server computes the same with what it has seen. If they fit, nothing was changed on the way, from the first random byte on: not the list of suites, not a version, not an extension. Then the server sends its own, which covers the board’s as well.',
      'Until now the board could have been deceived in small things. From here on, it knows that it was not.',
    ],
    messages: [
      ['out', 'ChangeCipherSpec'],
      ['out', 'Finished'],
      ['in', 'Finished'],
    ],
    workings: ['client finished', 'server finished'],
    checks: ({ message }) => message === 'Finished',
  },
];
