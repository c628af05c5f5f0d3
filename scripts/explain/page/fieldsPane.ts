/** The fields of a record as a tree. */
import type { PageBlock, PageField } from './data.ts';
import { element, make, reference } from './dom.ts';
import { hover, open, pick, selection, type Shown } from './selection.ts';

export function showFields({ label, fields, hex }: PageBlock, block: number): void {
  const pane = element('fields');
  pane.append(make('h2', '', label));
  const tree = make('ul');
  tree.setAttribute('role', 'tree');
  tree.setAttribute('aria-label', label);
  let leaves = 0;
  const add = (field: PageField, parent: HTMLElement): void => {
    const item = make('li');
    const row = make('div', 'field');
    const entry: Shown = { field, block, item, row };
    selection.shown.push(entry);
    item.setAttribute('role', 'treeitem');
    item.setAttribute('aria-selected', 'false');
    item.tabIndex = -1;
    if (field.children.length === 0) lightBytes(entry, leaves++ % 2 === 1);
    row.append(fieldBody(field, hex), plainReference(field.reference));
    row.addEventListener('mouseenter', () => hover(entry));
    row.addEventListener('mouseleave', () => hover(null));
    row.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLAnchorElement) return;
      // A second click on a group closes it, and opens it again.
      if (selection.picked === entry && field.children.length > 0)
        open(item, item.getAttribute('aria-expanded') === 'false');
      pick(entry, false);
      item.focus();
    });
    item.append(row);
    parent.append(item);
    if (field.children.length === 0) return;
    item.setAttribute('aria-expanded', 'true');
    const group = make('ul');
    group.setAttribute('role', 'group');
    item.append(group);
    for (const child of field.children) add(child, group);
  };
  for (const field of fields) add(field, tree);
  pane.append(tree);
}

/** Bytes and leaf know each other; every other leaf has a background. */
function lightBytes(entry: Shown, isOdd: boolean): void {
  for (let at = entry.field.start; at < entry.field.end; at++) {
    const cell = selection.cells[entry.block][at];
    cell.leaf = entry;
    if (isOdd) for (const place of cell.places) place.classList.add('odd');
  }
}

function fieldBody(field: PageField, hex: string): HTMLElement {
  const body = make('span', 'body');
  body.append(make('span', 'name', field.name));
  const size = field.end - field.start;
  if (field.children.length === 0) {
    const digits = hex.slice(2 * field.start, 2 * Math.min(field.end, field.start + 8));
    body.append(make('code', '', (digits.match(/../g) ?? []).join(' ') + (size > 8 ? ` … ${size} bytes` : '')));
  } else {
    body.append(make('code', '', `${size} byte${size === 1 ? '' : 's'}`));
  }
  if (field.secret) body.append(make('span', 'secret', 'secret'));
  if (field.meaning !== '') {
    const meaning = make('span', 'meaning');
    // A cipher suite's name is long, and may be broken behind each _.
    for (const part of field.meaning.split(/(?<=_)/)) meaning.append(part, make('wbr'));
    body.append(meaning);
  }
  return body;
}

/** In a tree the arrow keys move the focus; links are reached by mouse only. */
function plainReference(text: string): HTMLElement {
  const link = reference(text);
  link.tabIndex = -1;
  return link;
}

/** Fields that are not inside closed ones. */
function visible(): Shown[] {
  return selection.shown.filter(({ item }) => item.parentElement?.closest('li[aria-expanded=false]') === null);
}

/** @returns whether the key means something here */
export function moveField(key: string): boolean {
  const fields = visible();
  const { picked } = selection;
  const at = picked === null ? -1 : fields.indexOf(picked);
  let next = at;
  if (key === 'ArrowDown') next = Math.min(at + 1, fields.length - 1);
  else if (key === 'ArrowUp') next = Math.max(at - 1, 0);
  else if (key === 'Home') next = 0;
  else if (key === 'End') next = fields.length - 1;
  else if (picked !== null && (key === 'ArrowRight' || key === 'ArrowLeft')) {
    const { item } = picked;
    const isOpening = key === 'ArrowRight';
    if (item.getAttribute('aria-expanded') === String(!isOpening)) open(item, isOpening);
    else if (isOpening && item.hasAttribute('aria-expanded')) next = at + 1;
    else if (!isOpening) next = fields.findIndex((field) => field.item === item.parentElement?.closest('li'));
  } else {
    return false;
  }
  if (next >= 0) {
    pick(fields[next], true);
    fields[next].item.focus();
  }
  return true;
}
