/** The chain of certificates as letters, each with the seal of the one above. */
import { nameText } from '../../objectIdentifiers.ts';
import { facts } from '../connection.ts';
import { make } from '../dom.ts';

export function chainFigure(): HTMLElement {
  const figure = make('figure', 'chain');
  const { chain, chainProblem } = facts;
  if (chain === null) {
    figure.append(
      make('p', 'withheld', `There is no chain that leads to an anchor: ${chainProblem ?? 'no certificate came'}.`),
    );
    return figure;
  }
  figure.append(letter('root, in the board’s flash', chain.anchor.name, 'believed, because it was built in'));
  [...chain.path].reverse().forEach((certificate, i) => {
    figure.append(make('div', 'seal', '↓ signs'));
    const isLeaf = i === chain.path.length - 1;
    const dates = `until ${new Date(certificate.notAfter).toISOString().slice(0, 10)}`;
    const about = isLeaf ? `for ${facts.tape.host}, ${dates}` : `may sign certificates, ${dates}`;
    figure.append(letter(isLeaf ? 'the server’s own' : 'an authority between', nameText(certificate.subject), about));
  });
  const unused = facts.serverCertificates.length - chain.path.length;
  if (unused > 0) {
    const more = unused === 1 ? 'One more certificate' : `${unused} more certificates`;
    figure.append(
      make(
        'figcaption',
        '',
        `${more} came along, for clients that believe another root. The board needs none of them.`,
      ),
    );
  }
  return figure;
}

/** A certificate as a letter: whose it is, the name in it, and what else is to be said. */
export function letter(title: string, name: string, about: string): HTMLElement {
  const box = make('div', 'letter');
  box.append(make('span', 'kind', title), make('b', '', name), make('span', 'about', about));
  return box;
}
