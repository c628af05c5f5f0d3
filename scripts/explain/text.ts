/** The explanation as text, as wide as the terminal: 100 columns at most. */
import { printable, type Style } from '../lib/console.ts';
import type { Block, Entry } from './assemble.ts';
import { type Field, NOT_READ } from './fields.ts';
import { messageProse, SECRET_PROSE } from './prose.ts';

/** Most columns of a line. */
export const COLUMNS = 100;
/** Columns that lines may have even on a narrower terminal. */
const FEWEST = 40;
/** A terminal with fewer columns than this has half as many bytes beside the names. */
const NARROW = 60;
/** Bytes that stand beside a field's name; more of them come in lines below. */
const BESIDE = 8;
/** Most bytes in each of these lines. */
const BELOW = 16;
/** Least columns for names and meanings, except on the narrowest terminals. */
const TEXT = 24;

/** Stands for a blank at which no line breaks. */
const TIE = '\u00a0';

export type Paint = (style: Style, text: string) => string;

/** The output for text, and how it looks there. */
export interface Screen {
  paint: Paint;
  /** Gets one line after the other. */
  say: (line: string) => void;
  columns: number;
}

export function writeText(entries: readonly Entry[], screen: Screen): void {
  const { paint, say } = screen;
  const columns = Math.max(FEWEST, Math.min(COLUMNS, screen.columns));
  const wrap = (text: string, indent: number, print: (line: string) => void): void =>
    wrapText(text, indent, columns, print);
  entries.forEach((entry, i) => {
    say('');
    const number = String(i + 1).padStart(2);
    if (entry.kind === 'secret') {
      say(`${number}   ${paint('yellow', `* ${entry.name}`)}`);
      wrap(`a secret of both sides (${entry.reference})`, 5, say);
      wrap(SECRET_PROSE[entry.name], 5, (line) => say(paint('dim', line)));
      writeBlock(entry.block, { paint, say, columns });
      return;
    }
    if (entry.kind === 'unread') {
      say(`${number} ${paint('green', `<-- ${NOT_READ}`)}`);
      say(`     ${entry.wire.bytes.length} bytes, server to board`);
      writeBlock(entry.wire, { paint, say, columns });
      return;
    }
    const arrow = entry.direction === 'out' ? '-->' : '<--';
    const who = entry.direction === 'out' ? 'board to server' : 'server to board';
    const how = entry.isProtected ? ', encrypted' : '';
    const title = entry.messages.join(', ');
    let left = number;
    wrap(`${arrow} ${title}`, 3, (line) => {
      say(`${left} ${paint(entry.direction === 'out' ? 'cyan' : 'green', line.slice(3))}`);
      left = '  ';
    });
    wrap(`record of ${entry.wire.bytes.length} bytes, ${who}${how}`, 5, say);
    for (const message of entry.messages) {
      const prose = messageProse(entry.direction, message);
      if (prose === null) continue;
      wrap(`${message}: ${prose.text}`, 5, (line) => say(paint('dim', line)));
      wrap(`Without it: ${prose.without}`, 5, (line) => say(paint('dim', line)));
    }
    for (const block of [entry.wire, entry.content]) if (block !== null) writeBlock(block, { paint, say, columns });
  });
}

function writeBlock({ label, bytes, fields }: Block, { paint, say, columns }: Screen): void {
  say('');
  say(`     ${paint('bold', label)}`);
  const most = columns < NARROW ? BESIDE / 2 : BESIDE;
  // The column at which names begin: an offset of 4 digits and the bytes stand before them.
  const nameColumn = 6 + 3 * most + 1;
  const write = (field: Field, level: number): void => {
    const { start, end, children, isWithheld } = field;
    const isLeaf = children.length === 0;
    const size = end - start;
    const digits = hex(bytes.subarray(start, end), isWithheld);
    const beside = isLeaf && size <= most ? digits.join(' ') : '';
    const left = `${isLeaf ? start.toString(16).padStart(4, '0') : '    '}  ${beside.padEnd(nameColumn - 6)}`;
    const indent = ' '.repeat(Math.max(0, Math.min(2 * level, columns - nameColumn - TEXT)));
    // Each byte takes two digits, a blank and a character, behind the offset.
    const room = columns - 7 - indent.length;
    const below = [BELOW, BELOW / 2].find((count) => 4 * count <= room) ?? BELOW / 4;
    const says = [
      field.meaning,
      isLeaf || field.meaning !== '' ? reference(field.reference) : `${size} byte${size === 1 ? '' : 's'}`,
    ];
    const text = [`${field.name}${isLeaf && size > most ? ` (${size} bytes)` : ''}`, ...says].filter(
      (part) => part !== '',
    );
    let isFirst = true;
    wrapText(printable(text.join(` ·${TIE}`)), nameColumn + indent.length, columns, (line) => {
      say(isFirst ? paintLeft(left, line.slice(nameColumn)) : line);
      isFirst = false;
    });
    if (isLeaf && size > most && !isWithheld) {
      for (let at = 0; at < size; at += below) {
        const row = digits
          .slice(at, at + below)
          .join(' ')
          .padEnd(3 * below);
        const characters = [...bytes.subarray(start + at, Math.min(start + at + below, end))].map(character).join('');
        say(paint('dim', `${(start + at).toString(16).padStart(4, '0')}  ${indent}${row} ${characters}`));
      }
    }
    for (const child of children) write(child, level + 1);
  };
  const paintLeft = (left: string, rest: string): string => paint('dim', left) + rest;
  for (const field of fields) write(field, 0);
}

/** Two digits a byte; dashes for what is withheld. */
export function hex(bytes: Uint8Array, isWithheld: boolean): string[] {
  return [...bytes].map((byte) => (isWithheld ? '--' : byte.toString(16).padStart(2, '0')));
}

function character(byte: number): string {
  return byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.';
}

/** Shortens a reference, because the text has many, and keeps it in one line. */
function reference(text: string): string {
  return text.replace(', section ', ' § ').replaceAll(' ', TIE);
}

/** Breaks a text into lines at blanks; breaks a word that is longer than a line anywhere. */
export function wrapText(text: string, indent: number, columns: number, print: (line: string) => void): void {
  const say = (line: string): void => print(line.replaceAll(TIE, ' '));
  const room = Math.max(columns - indent, 12);
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(' ', room);
    const end = blank > 0 ? blank : room;
    say(' '.repeat(indent) + rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  say(' '.repeat(indent) + rest);
}
