/** The tour's third chapter: what a signature is, and who the server is. */
import { data, facts } from '../connection.ts';
import { digits } from '../dom.ts';
import { chainFigure } from '../widgets/chain.ts';
import { smallSignatureFigure } from '../widgets/smallSignature.ts';
import type { Step } from './step.ts';

export const IDENTITY: readonly Step[] = [
  {
    chapter: 'The right server',
    title: 'A signature: one can press it, all can check it',
    prose: [
      'A **signature** needs two keys that belong together. With the **private** key its owner makes signatures. With the **public** one anybody can check them, and nobody can make one. It is a seal that all can recognise and one can press.',
      'How can that be? With RSA both keys are exponents. The owner raises the fingerprint of a letter to the private power, anybody raises the result to the public one, and out comes the fingerprint again. The division by n, of which only the rest is kept, makes it a one-way street: to find the private exponent you have to know which two primes n was made of.',
      'Here n is 53 · 61, and you could find that out by hand. The n of a real key has 617 digits or more, and nobody can. The other kind of signature, ECDSA, has the same two keys but computes on a curve: step 16 shows one.',
    ],
    without:
      'A fingerprint alone says what a letter is, but not who wrote it: a stranger can compute one as well as the owner.',
    figure: smallSignatureFigure,
  },
  {
    chapter: 'The right server',
    title: 'Certificates: a chain of signatures',
    prose: [
      `A **certificate** is a letter: “${leafKey()} belongs to the name \`${data.host}\`, until ${leafEnd()}”, with the seal of an **authority** under it. Whose key is the authority’s? That stands in another certificate, with another seal. The chain ends at a **root**, whose key the board was built with. It believes that one, and nothing else.`,
      'So the board climbs: for each certificate it takes the fingerprint of the letter, and checks the seal with the key one step above. Any letter that is out of date, for another name, or sealed by somebody who may not seal, ends the connection.',
    ],
    figure: chainFigure,
    messages: [['in', 'Certificate']],
    workings: ['link '],
    checks: ({ message, side }) => message === 'Certificate' && side === 'board',
    attacks: ['certificate'],
  },
];

/** The leaf's key by its first bytes. */
function leafKey(): string {
  const key = facts.chain?.leaf.publicKey;
  if (key === undefined) return 'this key';
  return `the key ${digits((key.type === 'rsa' ? key.modulus : key.point.subarray(1)).subarray(0, 4), 1)} …`;
}

function leafEnd(): string {
  const end = facts.chain?.leaf.notAfter;
  return end === undefined ? 'some day' : new Date(end).toISOString().slice(0, 10);
}
