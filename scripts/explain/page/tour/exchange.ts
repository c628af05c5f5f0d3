/** The tour's fifth chapter: the key exchange, and what the server asks the board for in between. */
import { mixFigure } from '../widgets/mix.ts';
import { requestFigure } from '../widgets/said.ts';
import type { Step } from './step.ts';

export const EXCHANGE: readonly Step[] = [
  {
    chapter: 'The key exchange',
    title: 'ServerKeyExchange: a point under a seal',
    prose: [
      'The server has thrown a number as well, and sends its point. This message joins the two halves of the tour: it is **signed with the key of the certificate**. So the point comes from the one whose name the board dialled.',
      'Under the seal are the point **and both random values**. They make the signature good for this connection only.',
      'And the board checks that the point lies on the curve. It would compute with any two numbers; but a pair that is on another, weaker curve would give pieces of d away.',
    ],
    messages: [['in', 'ServerKeyExchange']],
    workings: ['server signature'],
    checks: ({ message }) => message === 'ServerKeyExchange',
    attacks: ['impostor', 'replay'],
  },
  {
    chapter: 'The key exchange',
    title: 'CertificateRequest: and who are you?',
    prose: [
      'On the web, the server proves itself and the visitor types a password. A thermometer has no keyboard, and a password that a thousand of them share is none. So the server asks for a certificate: this is **mutual TLS**. It says which kinds of keys and signatures it takes, and whose. Then `ServerHelloDone`, four bytes without content, says that it has said all, and waits.',
      'The board answers with its **Certificate**. It is a public letter, and anybody could have copied it from an earlier recording; so by itself it proves nothing. The proof follows in step 16.',
    ],
    figure: requestFigure,
    messages: [
      ['in', 'CertificateRequest'],
      ['in', 'ServerHelloDone'],
      ['out', 'Certificate'],
    ],
    workings: ['device link'],
    checks: ({ message, side }) => message === 'Certificate' && side === 'server',
  },
  {
    chapter: 'The key exchange',
    title: 'ClientKeyExchange: two halves, one secret',
    prose: [
      'The board sends its point, and now both sides do the same thing: **each multiplies the other’s point by its own number.** The board has d and gets e·G from the server; it computes d·(e·G). The server has e and gets d·G; it computes e·(d·G). Both are de·G, the same point.',
      'The stranger has seen d·G and e·G, and can add them, double them, do what it likes: to get de·G it would have to go one of the two streets back.',
      'This is the **Diffie-Hellman exchange**. What both have now, and nobody else, is a point; its X coordinate is the `pre_master_secret`. Move the numbers below: both always meet at the same point.',
    ],
    figure: mixFigure,
    messages: [['out', 'ClientKeyExchange']],
    workings: ['pre_master_secret'],
    checks: ({ id }) => id === 'client point',
  },
];
