/** A box under the broken bytes that says who noticed, where, and what was sent. */
import type { Verdict } from '../verdict.ts';
import { make } from './dom.ts';

const WHO = { board: 'The board notices', server: 'The server notices', nobody: 'Nobody notices' };

/** @param reason why nobody needs to notice it */
export function verdictView({ who, where, alert, sentence }: Verdict, reason: string | null): HTMLElement {
  const box = make('div', `verdict ${who}`);
  box.setAttribute('role', 'status');
  const title = make('p', 'title', WHO[who]);
  if (where !== '') title.append(` at ${where}`);
  box.append(title);
  if (alert !== null) {
    const line = make('p', 'alert', 'It sends the alert ');
    line.append(make('code', '', alert), ' and ends the connection.');
    box.append(line);
  } else if (who !== 'nobody') {
    box.append(make('p', 'alert', 'It sends no alert.'));
  }
  box.append(make('p', '', sentence));
  if (reason !== null) box.append(make('p', 'reason', reason));
  return box;
}
