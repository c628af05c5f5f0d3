/** The lines of `src/` that do what is shown, with their file and number. */
import type { PageCode } from './data.ts';
import { make } from './dom.ts';

export function codeView({ file, line, text, firstLine }: PageCode): HTMLElement {
  if (line === 0) return make('p', 'code', `The code: ${file}`);
  const details = make('details', 'code');
  const summary = make('summary', '', 'The code: ');
  summary.append(make('code', '', `${file}:${line}`));
  const lines = make('pre');
  lines.tabIndex = 0;
  text.split('\n').forEach((code, i) => {
    const row = make('span', firstLine + i === line ? 'line here' : 'line');
    row.append(make('span', 'number', String(firstLine + i).padStart(4)), ` ${code}\n`);
    lines.append(row);
  });
  details.append(summary, lines);
  return details;
}
