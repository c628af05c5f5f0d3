/** The inspection: records on the left, their bytes in the middle, their fields on the right. */
import { showBreakPanel } from './breakPanel.ts';
import { onWidthChange, showBytes } from './bytesPane.ts';
import { checkSummary } from './checkSummary.ts';
import { checksView } from './checkView.ts';
import { checks, data, workings } from './connection.ts';
import type { PageEntry } from './data.ts';
import { element, make } from './dom.ts';
import { moveField, showFields } from './fieldsPane.ts';
import { flowList, markEntry, showFlow } from './flow.ts';
import { register } from './navigation.ts';
import { clearSelection, pick, say, selection } from './selection.ts';
import { workingView } from './workingView.ts';

let current = 0;

/** @param path number of the field that is to be picked */
function showEntry(index: number, path = ''): void {
  current = Math.max(0, Math.min(index, data.entries.length - 1));
  const entry = data.entries[current];
  markEntry(current);
  clearSelection();
  for (const id of ['prose', 'bytes', 'fields']) element(id).replaceChildren();
  for (const { name, text, without } of entry.prose) {
    const paragraph = make('p');
    paragraph.append(make('b', '', `${name}. `), text);
    element('prose').append(paragraph);
    if (without !== '') element('prose').append(make('p', 'without', `Without it: ${without}`));
  }
  element('prose').hidden = entry.prose.length === 0;
  entry.blocks.forEach((block, i) => {
    showBytes(block, (number, at) => showBreakPanel(entry, number, at));
    showFields(block, i);
  });
  showBreakPanel(entry, 0, 0);
  showDetails(entry);
  for (const id of ['middle', 'right']) element(id).scrollTop = 0;
  const first = element('fields').querySelector('[role=treeitem]');
  if (first instanceof HTMLElement) first.tabIndex = 0;
  const wanted = path === '' ? undefined : selection.shown[Number(path)];
  if (wanted !== undefined) pick(wanted, true);
  else say('');
  history.replaceState(null, '', `#${current + 1}${wanted === undefined ? '' : `.${path}`}`);
}

/** Shows the computation of a secret, or the checks that are made with the messages of a record. */
function showDetails({ kind, titles, reference }: PageEntry): void {
  const working = kind === 'secret' ? workings.find(({ id }) => id === titles[0]) : undefined;
  const side = kind === 'in' ? 'board' : 'server';
  const made = checks.filter((check) => kind !== 'secret' && check.side === side && titles.includes(check.message));
  const parts: HTMLElement[] = [];
  if (working !== undefined) parts.push(workingView(working));
  if (made.length > 0) parts.push(make('h2', '', `Checked by the ${side}: ${checkSummary(made)}`), checksView(made));
  else if (reference === 'encrypted') {
    const tags = checks.filter(({ message }) => message === 'record');
    if (tags.length > 0) parts.push(make('h2', '', `Checked by the ${side}`), checksView(tags));
  }
  element('details').replaceChildren(...parts);
}

function moveEntry(key: string): boolean {
  const last = data.entries.length - 1;
  const steps: Record<string, number> = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: last };
  if (!(key in steps)) return false;
  showEntry(steps[key]);
  return true;
}

export function startInspect(): void {
  showFlow((entry) => showEntry(entry));
  register('inspect', (place) => {
    if (place.view === 'inspect') showEntry(place.entry, place.field);
  });
  selection.onPick = (entry) => {
    if (entry === null) return;
    history.replaceState(null, '', `#${current + 1}.${selection.shown.indexOf(entry)}`);
    showBreakPanel(data.entries[current], entry.block, entry.field.start);
  };
  onWidthChange(() => {
    if (document.documentElement.dataset['view'] === 'inspect') showEntry(current);
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || element('inspect').hidden) return;
    const { key, target } = event;
    if (!(target instanceof Node)) return;
    const isInFlow = flowList().contains(target) || target === document.body;
    if (key === '[') showEntry(current - 1);
    else if (key === ']') showEntry(current + 1);
    else if (isInFlow ? !moveEntry(key) : !(element('fields').contains(target) && moveField(key))) return;
    event.preventDefault();
  });
}
