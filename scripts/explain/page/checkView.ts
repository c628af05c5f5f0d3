/** Shows checks as a list, each with the checked value, the value it is compared with, and the result. */
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
    const line = make('p');
    line.append(make('b', '', capitalized(check.what)));
    const against = make('p', 'against', `The ${check.side} compares with ${check.against}. `);
    against.append(reference(check.reference));
    body.append(line, against, codeView(data.code[check.code]));
    item.append(symbol, body);
    list.append(item);
  }
  return list;
}

/** A sentence's beginning; names of fields stay as the RFCs write them. */
function capitalized(text: string): string {
  return /^(the|each) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
