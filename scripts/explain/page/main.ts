/** The page: a guided tour, and the inspection of every byte. */
import { data, tape } from './connection.ts';
import { element } from './dom.ts';
import { startFind } from './find.ts';
import { startInspect } from './inspect.ts';
import { go, placeOf } from './navigation.ts';
import { startTheme } from './theme.ts';
import { startTour } from './tour/tour.ts';

startTheme();
startInspect();
startTour();
startFind();

element('tab-tour').addEventListener('click', () => go({ view: 'tour', step: 0 }));
element('tab-inspect').addEventListener('click', () => go({ view: 'inspect', entry: 0 }));
document.querySelector('[role=tablist]')?.addEventListener('keydown', (event) => {
  const { key } = event as KeyboardEvent;
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
  const other = element(element('tour').hidden ? 'tab-tour' : 'tab-inspect');
  other.click();
  other.focus();
  event.stopPropagation();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
  element('find-input').focus();
  event.preventDefault();
});
window.addEventListener('hashchange', () => go(placeOf(location.hash)));

const travelled = data.entries.filter(({ kind }) => kind !== 'secret');
const records = travelled.filter(({ titles }) => titles[0] !== 'not read');
const total = travelled.reduce((sum, { size }) => sum + size, 0);
element('facts').textContent =
  `${data.host} port ${data.port}, ${data.time.slice(0, 16).replace('T', ' ')} UTC: ${records.length} records, ` +
  `${total.toLocaleString('en')} bytes`;
// The secrets of a local endpoint are thrown away with it, so the page need not warn of them.
element('secrets-shown').hidden = !data.secrets || tape.kind !== 'configured';
go(placeOf(location.hash));
