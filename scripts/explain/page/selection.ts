/** Connects the bytes and fields of the shown record, and lights those that are selected. */
import type { PageField } from './data.ts';
import { element } from './dom.ts';

/** A field with its places on the page. */
export interface Shown {
  field: PageField;
  /** The index of the record's block that it is in. */
  block: number;
  item: HTMLElement;
  row: HTMLElement;
}

/** The two places of a byte, digits and character, and the leaf that it belongs to. */
export interface Cell {
  places: [HTMLElement, HTMLElement];
  leaf: Shown | null;
}

interface Selection {
  /** All fields of the shown record, leaves and groups. */
  shown: Shown[];
  /** The elements of each byte, by block. */
  cells: Cell[][];
  picked: Shown | null;
  hovered: Shown | null;
  /** Called for each pick. */
  onPick: (entry: Shown | null) => void;
}

export const selection: Selection = { shown: [], cells: [], picked: null, hovered: null, onPick: () => undefined };

export function clearSelection(): void {
  Object.assign(selection, { shown: [], cells: [], picked: null, hovered: null });
}

function mark(entry: Shown, className: string, isOn: boolean): void {
  for (let at = entry.field.start; at < entry.field.end; at++) {
    for (const place of selection.cells[entry.block][at].places) place.classList.toggle(className, isOn);
  }
}

export function hover(entry: Shown | null): void {
  const { hovered, picked } = selection;
  if (hovered !== null) {
    mark(hovered, 'hover', false);
    hovered.row.classList.remove('hover');
  }
  selection.hovered = entry;
  if (entry !== null) {
    mark(entry, 'hover', true);
    entry.row.classList.add('hover');
    say(describe(entry));
  } else {
    say(picked === null ? '' : describe(picked));
  }
}

/** Keeps a field lit. @param fromBytes whether to bring the field into view, or else its bytes */
export function pick(entry: Shown | null, fromBytes: boolean): void {
  const { picked } = selection;
  if (picked !== null) {
    mark(picked, 'pick', false);
    mark(picked, 'within', false);
    picked.item.setAttribute('aria-selected', 'false');
    picked.item.tabIndex = -1;
  }
  selection.picked = entry;
  if (entry === null) return;
  element('fields')
    .querySelectorAll('[tabindex="0"]')
    .forEach((item) => item.setAttribute('tabindex', '-1'));
  mark(entry, entry.field.children.length === 0 ? 'pick' : 'within', true);
  entry.item.setAttribute('aria-selected', 'true');
  entry.item.tabIndex = 0;
  for (let up = entry.item.parentElement; up !== null; up = up.parentElement) if (up.tagName === 'LI') open(up, true);
  if (fromBytes) entry.row.scrollIntoView({ block: 'nearest' });
  selection.cells[entry.block][entry.field.start].places[0].scrollIntoView({ block: 'nearest' });
  say(describe(entry));
  selection.onPick(entry);
}

export function open(item: HTMLElement, isOpen: boolean): void {
  if (item.hasAttribute('aria-expanded')) item.setAttribute('aria-expanded', String(isOpen));
}

/** The names from the message down to the field, and where it is. */
function describe({ field, item }: Shown): string {
  const names = [field.name];
  for (let up = item.parentElement; up !== null; up = up.parentElement) {
    if (up.tagName === 'LI') names.unshift(up.querySelector('.name')?.textContent ?? '');
  }
  const size = field.end - field.start;
  return `bytes ${field.start}–${field.end - 1} (${size})   ${names.join(' › ')}${field.meaning && `: ${field.meaning}`}`;
}

export function say(text: string): void {
  element('status').textContent = text;
}
