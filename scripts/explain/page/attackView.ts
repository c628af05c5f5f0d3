/** Ready-made attacks: a button each, and what comes of it. */
import { ATTACKS, type Attack } from '../attacks.ts';
import { facts, tape, theJudge } from './connection.ts';
import { button, make } from './dom.ts';
import { verdictView } from './verdictView.ts';

/** @param ids of the attacks wanted; those that this tape cannot show say so */
export function attacksView(ids: readonly string[]): HTMLElement {
  const box = make('div', 'attacks');
  for (const attack of ATTACKS.filter(({ id }) => ids.includes(id))) box.append(attackView(attack));
  return box;
}

function attackView({ id, title, story, make: build }: Attack): HTMLElement {
  const box = make('section', 'attack');
  box.dataset['attack'] = id;
  const outcome = make('div', 'outcome');
  const press = button('Try it', 'primary', () => {
    const tampering = build(tape, facts);
    outcome.replaceChildren();
    if (tampering === null || (tampering.direction === 'out' && theJudge().judgedOutgoing === 0)) {
      outcome.append(make('p', 'withheld', 'This takes secrets or recordings that this page does not have.'));
      return;
    }
    outcome.append(verdictView(theJudge().judge(tampering), null));
  });
  press.setAttribute('aria-label', `Try it: ${title}`);
  box.append(make('h3', '', title), make('p', '', story), press, outcome);
  return box;
}
