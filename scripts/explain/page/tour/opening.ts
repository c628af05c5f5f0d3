/** The tour's first two chapters: what TLS is for, how both sides open, and what a fingerprint is. */
import { attackerFigure } from '../widgets/attacker.ts';
import { fingerprintFigure } from '../widgets/fingerprint.ts';
import { recordFigure } from '../widgets/recordFigure.ts';
import { clientHelloFigure, serverHelloFigure } from '../widgets/said.ts';
import type { Step } from './step.ts';

export const OPENING: readonly Step[] = [
  {
    chapter: 'The problem',
    title: 'A thermometer and a stranger',
    prose: [
      'A thermometer in a kitchen wants to tell a server that it is 21.5 °C. Between the two lie a Wi-Fi, a router, a provider and a dozen machines that nobody in the kitchen has ever seen. **Each of them can read what passes, change it, keep it, send it again, or answer in the server’s place.**',
      'With plain HTTP that is how it is: the bytes travel as they are. TLS is the layer between TCP and the application that takes this power away. It has to achieve four things:',
    ],
    points: [
      '**Nobody reads.** A listener gets bytes that look like dice.',
      '**Nobody changes.** A message that was touched is noticed and thrown away.',
      '**The right server.** The thermometer knows that it talks to its server and not to the stranger.',
      '**The right board.** The server knows which thermometer it hears. The web asks for that less often; here it is always asked for.',
    ],
    figure: attackerFigure,
    after: [
      'TLS does not keep the wire itself safe: the stranger can still cut it. TLS only makes sure that both sides find out.',
    ],
  },
  {
    chapter: 'The problem',
    title: 'Envelopes on a wire',
    prose: [
      'What you see in this tour happened: it is one real connection, recorded byte for byte. TCP carries a stream of bytes in each direction. TLS cuts it into **records**: envelopes with a header of 5 bytes that says what is inside, for which version, and how long it is.',
      'The first records carry the **handshake**: messages in clear, with which two parties that share no secret get one under a stranger’s eyes. From then on every record is encrypted.',
      'A PC needs some milliseconds for all of it; the board, whose processor is small and has no hardware for any of this, some three seconds. The bytes are the same.',
    ],
    without: 'Nobody would know where a message ends: TCP joins and splits as it likes.',
    figure: recordFigure,
  },
  {
    chapter: 'Two hellos',
    title: 'ClientHello: what the board can do',
    prose: [
      'The board speaks first, in clear. It offers what it can: **cipher suites**, which are recipes that name how keys are agreed, how the server proves itself and how records are encrypted; the curves that it computes on; the signatures that it can verify. And it names the server that it wants, since one machine may serve a thousand names.',
      'It also sends **32 random bytes**. They are no secret. They are there because nobody has ever used them before, and nobody ever will again: all that follows will be tied to them.',
    ],
    figure: clientHelloFigure,
    messages: [['out', 'ClientHello']],
    attacks: ['strip'],
  },
  {
    chapter: 'Two hellos',
    title: 'ServerHello: the server chooses',
    prose: [
      'The server picks **one** suite of those that were offered, and sends 32 random bytes of its own. The name of the suite is long because it names four machines, and each of them has its place in this tour: a way to agree on a secret, a signature, a lock for records, and a fingerprint.',
      'Nothing here is signed yet, and a stranger could change it: so the board checks that each answer fits what it asked, and remembers every byte. Later, both sides will compare fingerprints of all that was said. A change that slips through now is found then.',
    ],
    figure: serverHelloFigure,
    messages: [['in', 'ServerHello']],
    checks: ({ message }) => message === 'ServerHello',
    attacks: ['downgrade', 'version'],
  },
  {
    chapter: 'Two hellos',
    title: 'SHA-256: a fingerprint of anything',
    prose: [
      'A **hash** makes 32 bytes out of any number of bytes. The same input always gives the same fingerprint. Change one bit of it, and about half of the 256 bits come out differently, in no pattern that anybody has found.',
      'Nobody knows how to find an input to a given fingerprint, or two inputs with the same one. So a fingerprint can stand for the whole: a signature on 32 bytes signs all that they were made of.',
      'Write something below, or turn one bit of the ClientHello that you have just seen. The board spends more than half of its handshake on this: it has no hardware for it.',
    ],
    without:
      'To compare what both sides saw, everything would have to be sent twice. And signatures, which work on short numbers, could not cover a certificate.',
    figure: fingerprintFigure,
  },
];
