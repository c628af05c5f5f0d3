/** The tour's second chapter: who the server is. */
import { chainFigure } from '../widgets/chain.ts';
import type { Step } from './step.ts';

export const IDENTITY: readonly Step[] = [
  {
    chapter: 'The right server',
    title: 'A signature, and a chain of them',
    prose: [
      'A **signature** needs two keys that belong together. With the private one its owner makes signatures; with the public one anybody can check them, and nobody can make one. It is a seal that all can recognise and one can press.',
      'A **certificate** is a letter: “the key 04 5f … belongs to the name `endpoint.test`, until next year”, with the seal of an **authority** under it. Whose key is the authority’s? That stands in another certificate, with another seal. The chain ends at a **root**, whose key the board was built with. It believes that one, and nothing else.',
      'So the board climbs: for each certificate it takes the fingerprint of the letter, and checks the seal with the key one step above. Any letter that is out of date, for another name, or sealed by somebody who may not seal, ends the connection.',
    ],
    without:
      'Without certificates, the stranger in the middle could send a key of its own and say that it is the server’s. The board would then talk very secretly, with the wrong one.',
    figure: chainFigure,
    messages: [['in', 'Certificate']],
    workings: ['link '],
    checks: ({ message, side }) => message === 'Certificate' && side === 'board',
    attacks: ['certificate'],
  },
];
