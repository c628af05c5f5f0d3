/** Checks as a list: checked what, against what, with which result. */
import type { Check } from '../checks.ts';
import { codeView } from './codeView.ts';
import { data } from './connection.ts';
import { make, reference } from './dom.ts';

export function checksView(checks: readonly Check[]): HTMLElement {
  const list = make('ul', 'checks');
  for (const check of checks) {
    const item = make('li', check.isRight === null ? 'unknown' : check.isRight ? 'right' : 'wrong');
    item.dataset['check'] = check.id;
    const mark = check.isRight === null ? '?' : check.isRight ? '✓' : '✗';
    const said = check.isRight === null ? 'not known here' : check.isRight ? 'right' : 'wrong';
    const symbol = make('span', 'mark', mark);
    symbol.setAttribute('role', 'img');
    symbol.setAttribute('aria-label', said);
    const body = make('div');
    const line = make('p', '', `The ${check.side} checks ${check.what} against ${check.against}. `);
    line.append(reference(check.reference));
    body.append(line, codeView(data.code[check.code]));
    item.append(symbol, body);
    list.append(item);
  }
  return list;
}
