/** The tour's fourth chapter: elliptic curves, first by hand, then with the connection's own numbers. */
import { curveNumbers } from '../../curveNumbers.ts';
import { curve } from '../connection.ts';
import { make } from '../dom.ts';
import { curveFigure } from '../widgets/curveFigure.ts';
import { doublingFigure } from '../widgets/doubling.ts';
import { realCurveFigure } from '../widgets/realCurve.ts';
import { smoothCurveFigure } from '../widgets/smoothCurve.ts';
import type { Step } from './step.ts';

const { prime, length } = curveNumbers(curve);
const bits = 8 * length;

export const CURVES: readonly Step[] = [
  {
    chapter: 'Elliptic curves',
    title: 'Points that can be added',
    prose: [
      'Nobody is born knowing elliptic curves, and you need no more than this: **a set of points, and a rule that makes a third one out of two.**',
      'The rule comes from a picture, the upper one. The points that TLS uses are those pairs of **whole** numbers that satisfy the same formula, `y² = x³ − 3x + 8`, counted on a clock with 23 hours: behind 22 comes 0 again. There are 30 of them, and one more, called **O**, that plays the part of zero.',
      'On a clock a line runs out on one side and comes in again on the other, so it looks like a row of dots. The computing is the same. Choose two points below, or one point twice.',
    ],
    figure: () => {
      const both = make('div');
      both.append(smoothCurveFigure(), curveFigure());
      return both;
    },
  },
  {
    chapter: 'Elliptic curves',
    title: 'There quickly, back never',
    prose: [
      'Add a point G to itself, again and again: 2·G, 3·G, 4·G … After 31 steps you are at O, and have been at every point of the curve. In between you jump about without any order that one could see.',
      `**To get to 17·G takes no 17 steps.** Write 17 in bits, 10001, and read them from the left: for each bit double, and for each 1 add G. Four doublings and one addition. For a number with ${bits} bits that makes some ${1.5 * bits} steps${curve === 'P-256' ? ', half a second on the board' : ''}.`,
      `**The way back has no such trick.** Given G and the point, find the number: nobody knows a way that is much better than trying. Here, you can try. With ${bits} bits, all computers on earth would need far longer than the universe is old.`,
      'A one-way street that all can check is what a key pair is made of: **the private key is a number d, the public key is the point d·G.**',
    ],
    without:
      'If somebody found the way back, every recording of every such connection could be opened, this one too. A large quantum computer could, if there were one; that is why successors of this exchange are being standardized.',
    figure: doublingFigure,
  },
  {
    chapter: 'Elliptic curves',
    title: `The same, on ${curve}`,
    prose: [
      `The connection uses a curve called **${curve}**: the same formula and the same rule, on a clock whose hours are a number of ${prime.toString().length} digits. It has nearly as many points.`,
      `For this one connection the board threw a number d with ${bits} bits, and computed d·G. ${
        curve === 'P-256'
          ? 'It does so before it dials, while nobody waits.'
          : 'It had made one on P-256 before it dialled; since the server wanted this curve, it made another out of it.'
      } Below is that d, and your browser computes the point again, with the board’s own code.`,
    ],
    without:
      'If the board used the same d every day, one that is stolen later would open all that was ever recorded. A fresh one for each connection is thrown away when it ends: that is called forward secrecy.',
    figure: realCurveFigure,
    workings: ['client point'],
  },
];
