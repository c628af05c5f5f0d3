/** The page's behaviour. Everything from the wire becomes text nodes: no markup is ever made from it. */
import type { PageBlock, PageData, PageField } from './data.ts';

/** A field with its places on the page. */
interface Shown {
  field: PageField;
  /** Which of the record's blocks it is in. */
  block: number;
  item: HTMLElement;
  row: HTMLElement;
}

const data = JSON.parse(element('data').textContent ?? '') as PageData;
const list = document.querySelector('#flow ol') as HTMLElement;
const bytesPane = element('bytes');
const fieldsPane = element('fields');

let current = 0;
/** Of the record that is shown: all fields, leaves and groups. */
let shown: Shown[] = [];
/** Of each block, for each byte its two places and its leaf. */
let cells: { places: [HTMLElement, HTMLElement]; leaf: Shown | null }[][] = [];
let picked: Shown | null = null;

function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

function make(tag: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

function showFlow(): void {
  data.entries.forEach(({ kind, titles, size, reference }, i) => {
    const item = make('li', reference === 'encrypted' ? `${kind} sealed` : kind);
    item.setAttribute('role', 'option');
    item.id = `entry-${i}`;
    item.append(make('span', 'titles', titles.join(', ')));
    if (kind !== 'secret') item.append(make('span', 'arrow'));
    const note = kind === 'secret' ? (data.secrets ? 'secret' : 'secret, withheld') : reference;
    item.append(make('span', 'size', `${size.toLocaleString('en')} bytes${note === '' ? '' : `, ${note}`}`));
    item.addEventListener('click', () => showEntry(i));
    list.append(item);
  });
}

function showEntry(index: number, path = ''): void {
  current = Math.max(0, Math.min(index, data.entries.length - 1));
  const entry = data.entries[current];
  [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === current)));
  list.setAttribute('aria-activedescendant', `entry-${current}`);
  list.children[current].scrollIntoView({ block: 'nearest' });
  shown = [];
  cells = [];
  picked = null;
  bytesPane.replaceChildren();
  fieldsPane.replaceChildren();
  if (entry.prose.length > 0) {
    const prose = make('div', 'prose');
    for (const { name, text } of entry.prose) {
      const paragraph = make('p');
      paragraph.append(make('b', '', `${name}. `), text);
      prose.append(paragraph);
    }
    fieldsPane.append(prose);
  }
  entry.blocks.forEach((block, i) => {
    showBytes(block);
    showFields(block, i);
  });
  bytesPane.scrollTop = 0;
  fieldsPane.scrollTop = 0;
  const first = fieldsPane.querySelector('[role=treeitem]');
  if (first instanceof HTMLElement) first.tabIndex = 0;
  const wanted = path === '' ? undefined : shown[Number(path)];
  if (wanted !== undefined) pick(wanted, true);
  else say('');
  history.replaceState(null, '', `#${current + 1}${wanted === undefined ? '' : `.${path}`}`);
}

function showBytes({ label, hex }: PageBlock): void {
  const block: (typeof cells)[number] = [];
  const number = cells.push(block) - 1;
  bytesPane.append(make('h2', '', label));
  for (let at = 0; at < hex.length / 2; at += 16) {
    const row = make('div', 'row');
    const [digits, characters] = [make('span', 'hex'), make('span')];
    for (let i = at; i < Math.min(at + 16, hex.length / 2); i++) {
      const pair = hex.slice(2 * i, 2 * i + 2);
      const isWithheld = pair === '--';
      const code = parseInt(pair, 16);
      const isText = code > 31 && code < 127;
      const places: [HTMLElement, HTMLElement] = [
        make('i', isWithheld ? 'withheld' : '', pair),
        make('i', isText ? '' : 'pale', isWithheld ? '-' : isText ? String.fromCharCode(code) : '·'),
      ];
      for (const place of places) {
        place.addEventListener('mouseenter', () => hover(block[i].leaf));
        place.addEventListener('mouseleave', () => hover(null));
        place.addEventListener('click', () => pick(cells[number][i].leaf, true));
      }
      digits.append(places[0]);
      characters.append(places[1]);
      block.push({ places, leaf: null });
    }
    row.append(make('span', 'at', at.toString(16).padStart(4, '0')), digits, characters);
    bytesPane.append(row);
  }
}

function showFields({ label, fields, hex }: PageBlock, block: number): void {
  fieldsPane.append(make('h2', '', label));
  const tree = make('ul');
  tree.setAttribute('role', 'tree');
  tree.setAttribute('aria-label', label);
  let leaves = 0;
  const add = (field: PageField, parent: HTMLElement): void => {
    const item = make('li');
    const row = make('div', 'field');
    const body = make('span', 'body');
    const entry: Shown = { field, block, item, row };
    shown.push(entry);
    item.setAttribute('role', 'treeitem');
    item.setAttribute('aria-selected', 'false');
    item.tabIndex = -1;
    body.append(make('span', 'name', field.name));
    const size = field.end - field.start;
    if (field.children.length === 0) {
      const digits = hex.slice(2 * field.start, 2 * Math.min(field.end, field.start + 8));
      body.append(make('code', '', (digits.match(/../g) ?? []).join(' ') + (size > 8 ? ` … ${size} bytes` : '')));
      const isOdd = leaves++ % 2 === 1;
      for (let at = field.start; at < field.end; at++) {
        cells[block][at].leaf = entry;
        if (isOdd) for (const place of cells[block][at].places) place.classList.add('odd');
      }
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
    row.append(body, reference(field.reference));
    row.addEventListener('mouseenter', () => hover(entry));
    row.addEventListener('mouseleave', () => hover(null));
    row.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLAnchorElement) return;
      // A second click on a group closes it, and opens it again.
      if (picked === entry && field.children.length > 0) open(item, item.getAttribute('aria-expanded') === 'false');
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
  fieldsPane.append(tree);
}

/** A link to the section on the RFC editor's or OASIS's site; the page itself never goes there. */
function reference(text: string): HTMLElement {
  const [, name, kind, section] = /^(.+), (section|appendix) ([\dA-F.]+)$/.exec(text) ?? [];
  if (name === undefined) return make('span', 'reference', text);
  const link = document.createElement('a');
  link.textContent = `${name} ${kind === 'section' ? '§' : kind} ${section}`;
  link.rel = 'noreferrer';
  link.target = '_blank';
  link.tabIndex = -1;
  link.href = name.startsWith('RFC ')
    ? `https://www.rfc-editor.org/rfc/rfc${name.slice(4)}#${kind}-${section}`
    : 'https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html';
  return link;
}

function mark(entry: Shown, className: string, isOn: boolean): void {
  for (let at = entry.field.start; at < entry.field.end; at++) {
    for (const place of cells[entry.block][at].places) place.classList.toggle(className, isOn);
  }
}

let hovered: Shown | null = null;

function hover(entry: Shown | null): void {
  if (hovered !== null) {
    mark(hovered, 'hover', false);
    hovered.row.classList.remove('hover');
  }
  hovered = entry;
  if (entry !== null) {
    mark(entry, 'hover', true);
    entry.row.classList.add('hover');
    say(describe(entry));
  } else {
    say(picked === null ? '' : describe(picked));
  }
}

/** Keeps a field lit. @param fromBytes whether to bring the field into view, or else its bytes */
function pick(entry: Shown | null, fromBytes: boolean): void {
  if (picked !== null) {
    mark(picked, 'pick', false);
    mark(picked, 'within', false);
    picked.item.setAttribute('aria-selected', 'false');
    picked.item.tabIndex = -1;
  }
  picked = entry;
  if (entry === null) return;
  fieldsPane.querySelectorAll('[tabindex="0"]').forEach((item) => item.setAttribute('tabindex', '-1'));
  mark(entry, entry.field.children.length === 0 ? 'pick' : 'within', true);
  entry.item.setAttribute('aria-selected', 'true');
  entry.item.tabIndex = 0;
  for (let up = entry.item.parentElement; up !== null; up = up.parentElement) if (up.tagName === 'LI') open(up, true);
  if (fromBytes) entry.row.scrollIntoView({ block: 'nearest' });
  cells[entry.block][entry.field.start].places[0].scrollIntoView({ block: 'nearest' });
  say(describe(entry));
  history.replaceState(null, '', `#${current + 1}.${shown.indexOf(entry)}`);
}

function open(item: HTMLElement, isOpen: boolean): void {
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

function say(text: string): void {
  element('status').textContent = text;
}

/** Fields that are not inside closed ones. */
function visible(): Shown[] {
  return shown.filter(({ item }) => item.parentElement?.closest('li[aria-expanded=false]') === null);
}

function moveField(key: string): boolean {
  const fields = visible();
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

function moveEntry(key: string): boolean {
  const last = data.entries.length - 1;
  const steps: Record<string, number> = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: last };
  if (!(key in steps)) return false;
  showEntry(steps[key]);
  return true;
}

/** Goes to the next field behind the one picked whose name, meaning, section or bytes have the words in them. */
function find(words: string): void {
  const wanted = words.trim().toLowerCase();
  const digits = /^[\da-f ]{4,}$/.test(wanted) ? wanted.replace(/ /g, '') : null;
  const matches = (field: PageField, { hex }: PageBlock): boolean =>
    [field.name, field.meaning, field.reference].some((text) => text.toLowerCase().includes(wanted)) ||
    (digits !== null && field.children.length === 0 && hex.slice(2 * field.start, 2 * field.end).includes(digits));
  const { length } = data.entries;
  for (let i = 0; i <= length; i++) {
    const index = (current + i) % length;
    const { blocks } = data.entries[index];
    const all = blocks.flatMap((block) => flatten(block.fields).map((field) => ({ field, block })));
    const from = i === 0 && picked !== null ? shown.indexOf(picked) + 1 : 0;
    const at = all.findIndex(({ field, block }, position) => position >= from && matches(field, block));
    if (at < 0) continue;
    showEntry(index, String(at));
    return;
  }
  say(`nothing here has “${words}”`);
}

/** In the order of `shown`. */
function flatten(fields: PageField[]): PageField[] {
  return fields.flatMap((field) => [field, ...flatten(field.children)]);
}

const input = document.querySelector('#find input') as HTMLInputElement;
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && input.value.trim() !== '') find(input.value);
  else if (event.key === 'Escape') input.blur();
  event.stopPropagation();
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, target } = event;
  const isInFlow = target instanceof Node && (list.contains(target) || target === document.body);
  if (key === '[') showEntry(current - 1);
  else if (key === ']') showEntry(current + 1);
  else if (key === '/') input.focus();
  else if (isInFlow ? !moveEntry(key) : !(target instanceof Node && fieldsPane.contains(target) && moveField(key)))
    return;
  event.preventDefault();
});

// What the system prefers, until somebody chooses.
const dark = matchMedia('(prefers-color-scheme: dark)');
let theme = dark.matches ? 'dark' : 'light';
function paint(): void {
  document.documentElement.dataset['theme'] = theme;
}
dark.addEventListener('change', ({ matches }) => {
  theme = matches ? 'dark' : 'light';
  paint();
});
element('theme').addEventListener('click', () => {
  theme = theme === 'dark' ? 'light' : 'dark';
  paint();
});
paint();

const travelled = data.entries.filter(({ kind }) => kind !== 'secret');
const records = travelled.filter(({ titles }) => titles[0] !== 'not read');
const total = travelled.reduce((sum, { size }) => sum + size, 0);
element('facts').textContent =
  `${data.host} port ${data.port}, ${data.time.slice(0, 16).replace('T', ' ')} UTC: ${records.length} records, ` +
  `${total.toLocaleString('en')} bytes${data.secrets ? '. Secrets are shown: keep this page to yourself' : ''}`;
showFlow();
const [, entry = '1', path = ''] = /^#(\d+)(?:\.(\d+))?$/.exec(location.hash) ?? [];
showEntry(Number(entry) - 1, path);
list.focus({ preventScroll: true });
