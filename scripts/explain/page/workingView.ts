/** A value with its inputs, the formula, the code, and a command line that gives it outside of this page. */
import { toHex } from '../../../src/bytes/encoding.ts';
import { groups } from '../../../src/index.ts';
import type { Command } from '../commands.ts';
import { isRight, type Input, type Origin, type Working } from '../working.ts';
import { codeView } from './codeView.ts';
import { data, withheldText, workings } from './connection.ts';
import { bytesText, digits, make, reference } from './dom.ts';
import { digitsOf, fieldsInOrder } from './fieldOrder.ts';
import { go } from './navigation.ts';
import { stepOfWorking } from './tour/places.ts';

export function workingView(working: Working): HTMLElement {
  const { id, title, formula, inputs, result, expected } = working;
  const box = make('section', 'working');
  box.dataset['working'] = id;
  const right = isRight(working);
  const heading = make('h3', '', title);
  heading.append(reference(working.reference));
  box.append(heading, make('p', 'formula', formula));
  const list = make('dl');
  for (const input of inputs) list.append(...inputRow(input));
  box.append(list);
  const outcome = make('div', 'outcome');
  if (result.bytes !== null) {
    outcome.append(make('span', 'name', result.name), value(result.bytes, 'result'));
  } else if (result.isRight === null) {
    outcome.append(make('span', 'name', result.name), make('span', 'withheld', withheldText()));
  }
  if (expected !== null && result.bytes !== null) {
    const name = make('span', 'name', expected.name);
    const from = expected.origin === undefined ? null : originLink(expected.origin, expected.bytes);
    if (from !== null) name.append(from);
    outcome.append(name, value(expected.bytes, 'expected'));
  }
  outcome.append(...usesOf(id));
  if (right !== null) {
    const words = expected === null ? ['it verifies', 'it does not verify'] : ['the same', 'not the same'];
    outcome.append(make('span', right ? 'right' : 'wrong', right ? `✓ ${words[0]}` : `✗ ${words[1]}`));
  }
  box.append(outcome);
  const more = make('div', 'more');
  more.append(codeView(data.code[working.code]));
  if (working.commands.length > 0) more.append(commandsView(working.commands));
  box.append(more);
  return box;
}

/** The steps that compute with a result. */
function usesOf(id: string): HTMLElement[] {
  const users = workings.filter(({ inputs }) =>
    inputs.some(({ origin }) => origin.kind === 'working' && origin.id === id),
  );
  const steps = [...new Set(users.map((user) => stepOfWorking(user.id)))];
  if (steps.length === 0) return [];
  const links = make('span', 'uses');
  for (const step of steps) links.append(link(`step ${step + 1}`, () => go({ view: 'tour', step })));
  return [make('span', 'name', 'it goes into'), links];
}

function inputRow({ name, bytes, origin }: Input): HTMLElement[] {
  const term = make('dt', '', name);
  const link = originLink(origin, bytes);
  if (link !== null) term.append(link);
  const description = make('dd');
  description.append(bytes === null ? make('span', 'withheld', withheldText()) : value(bytes, 'input'));
  return [term, description];
}

/** The part of a long value that is shown at once: its beginning and its end. */
const [FIRST, LAST] = [16, 32];
/** A point is shown whole. */
const WHOLE = Math.max(...groups().map(({ pointLength }) => pointLength));

/** Long values show their ends, and all of it when asked. */
function value(bytes: Uint8Array, className: string): HTMLElement {
  if (bytes.length <= WHOLE) return make('code', `bytes ${className}`, digits(bytes));
  const details = make('details', `bytes ${className}`);
  const summary = make('summary');
  const ends = `${digits(bytes.subarray(0, FIRST))} … ${digits(bytes.subarray(-LAST))}`;
  summary.append(make('code', '', ends), ` ${bytesText(bytes.length)}`);
  details.append(summary, make('code', 'all', digits(bytes)));
  return details;
}

/** Leads to where a value comes from. @param bytes of it, by which the field is known among others of its name */
function originLink(origin: Origin, bytes: Uint8Array | null): HTMLElement | null {
  if (origin.kind === 'board') return make('span', 'origin', `from ${origin.what}`);
  if (origin.kind === 'working') {
    const step = stepOfWorking(origin.id);
    return step < 0 ? null : link(`step ${step + 1}`, () => go({ view: 'tour', step }));
  }
  if (origin.kind === 'record') {
    const { direction, sequence } = origin;
    const sealed = data.entries.filter(({ kind, reference }) => kind === direction && reference === 'encrypted');
    const entry = data.entries.indexOf(sealed[sequence]);
    return entry < 0 ? null : link('from the record', () => go({ view: 'inspect', entry }));
  }
  const { direction, name, field } = origin;
  const entry = data.entries.findIndex(({ kind, titles }) => kind === direction && titles.includes(name));
  if (entry < 0) return null;
  const fields = fieldsInOrder(data.entries[entry]);
  const named = fields.filter((one) => one.field.name === field);
  const value = bytes === null ? null : toHex(bytes);
  const exact = named.find((one) => value !== null && digitsOf(one).endsWith(value)) ?? named[0];
  const at = fields.indexOf(exact);
  const place = at < 0 ? {} : { field: String(at) };
  return link(`from ${name}`, () => go({ view: 'inspect', entry, ...place }));
}

function link(text: string, press: () => void): HTMLElement {
  const made = make('button', 'origin link', text);
  made.setAttribute('type', 'button');
  made.addEventListener('click', press);
  return made;
}

/** Command lines to be copied with one click. */
function commandsView(commands: readonly Command[]): HTMLElement {
  const details = make('details', 'commands');
  details.append(make('summary', '', 'Reproduce outside'));
  for (const { shell, prints } of commands) {
    const text = make('pre', '', shell);
    text.tabIndex = 0;
    const copy = make('button', 'copy', 'Copy');
    copy.setAttribute('type', 'button');
    copy.addEventListener('click', () => {
      void copyText(shell, text).then(() => (copy.textContent = 'Copied'));
    });
    const expected = make('p', 'prints', 'It prints ');
    expected.append(make('code', '', prints.length > 70 ? `${prints.slice(0, 64)}…` : prints));
    details.append(copy, text, expected);
  }
  return details;
}

/** A page from a file may have no clipboard: then the text is selected, and a key copies it. */
async function copyText(text: string, shown: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(shown);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
    document.execCommand('copy');
  }
}
