/** Finds fields as one types: those whose name, meaning, section or bytes have the words in them. Shows their number. */
import { data } from './connection.ts';
import { element } from './dom.ts';
import { digitsOf, fieldsInOrder, type PlacedField } from './fieldOrder.ts';
import { go } from './navigation.ts';

/** A field: of which record, and its number in it. */
interface Hit {
  entry: number;
  field: number;
}

let hits: Hit[] = [];
let at = 0;

export function startFind(): void {
  const input = element('find-input') as HTMLInputElement;
  input.addEventListener('input', () => {
    hits = find(input.value);
    at = 0;
    show(input.value);
  });
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') input.blur();
    else if (event.key === 'Enter' && hits.length > 0) {
      at = (at + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
      show(input.value);
    }
  });
}

function show(words: string): void {
  const count = element('find-count');
  if (words.trim() === '') {
    count.textContent = '';
  } else if (hits.length === 0) {
    count.textContent = 'none';
  } else {
    count.textContent = `${at + 1} of ${hits.length}`;
    const { entry, field } = hits[at];
    go({ view: 'inspect', entry, field: String(field) });
  }
}

function find(words: string): Hit[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return [];
  const digits = /^[\da-f ]{4,}$/.test(wanted) ? wanted.replace(/ /g, '') : null;
  const matches = (placed: PlacedField): boolean => {
    const { name, meaning, reference, children } = placed.field;
    if ([name, meaning, reference].some((text) => text.toLowerCase().includes(wanted))) return true;
    return digits !== null && children.length === 0 && digitsOf(placed).includes(digits);
  };
  return data.entries.flatMap((found, entry) =>
    fieldsInOrder(found).flatMap((placed, field) => (matches(placed) ? [{ entry, field }] : [])),
  );
}
