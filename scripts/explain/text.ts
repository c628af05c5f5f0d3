/** The explanation as text of 100 columns. */
import { printable, type Style } from '../lib/console.ts';
import type { Block, Entry } from './assemble.ts';
import { type Field, NOT_READ } from './fields.ts';
import { messageProse, SECRET_PROSE } from './prose.ts';

const COLUMNS = 100;
/** Bytes that stand beside a field's name; more of them come in lines below. */
const BESIDE = 8;
/** Bytes in each of these lines. */
const BELOW = 16;
/** Where names begin: an offset of 4 digits and 8 bytes before them. */
const NAME_COLUMN = 6 + 3 * BESIDE + 1;

/** Stands for a blank at which no line breaks. */
const TIE = '\u00a0';

export type Paint = (style: Style, text: string) => string;

/** @param say gets one line after the other */
export function writeText(entries: readonly Entry[], paint: Paint, say: (line: string) => void): void {
  entries.forEach((entry, i) => {
    say('');
    const number = String(i + 1).padStart(2);
    if (entry.kind === 'secret') {
      say(`${number}   ${paint('yellow', `* ${entry.name}`)}, a secret of both sides (${entry.reference})`);
      wrap(SECRET_PROSE[entry.name], 5, (line) => say(paint('dim', line)));
      writeBlock(entry.block, paint, say);
      return;
    }
    if (entry.kind === 'unread') {
      say(`${number} ${paint('green', `<-- ${NOT_READ}`)}`);
      say(`     ${entry.wire.bytes.length} bytes, server to board`);
      writeBlock(entry.wire, paint, say);
      return;
    }
    const arrow = entry.direction === 'out' ? '-->' : '<--';
    const who = entry.direction === 'out' ? 'board to server' : 'server to board';
    const how = entry.isProtected ? ', encrypted' : '';
    const title = entry.messages.join(', ');
    say(`${number} ${paint(entry.direction === 'out' ? 'cyan' : 'green', `${arrow} ${title}`)}`);
    say(`     record of ${entry.wire.bytes.length} bytes, ${who}${how}`);
    for (const message of entry.messages) {
      const prose = messageProse(entry.direction, message);
      if (prose !== '') wrap(`${message}: ${prose}`, 5, (line) => say(paint('dim', line)));
    }
    for (const block of [entry.wire, entry.content]) if (block !== null) writeBlock(block, paint, say);
  });
}

function writeBlock({ label, bytes, fields }: Block, paint: Paint, say: (line: string) => void): void {
  say('');
  say(`     ${paint('bold', label)}`);
  const write = (field: Field, level: number): void => {
    const { start, end, children, isWithheld } = field;
    const isLeaf = children.length === 0;
    const size = end - start;
    const digits = hex(bytes.subarray(start, end), isWithheld);
    const beside = isLeaf && size <= BESIDE ? digits.join(' ') : '';
    const left = `${isLeaf ? start.toString(16).padStart(4, '0') : '    '}  ${beside.padEnd(NAME_COLUMN - 6)}`;
    const indent = '  '.repeat(level);
    const says = [
      field.meaning,
      isLeaf || field.meaning !== '' ? reference(field.reference) : `${size} byte${size === 1 ? '' : 's'}`,
    ];
    const text = [`${field.name}${isLeaf && size > BESIDE ? ` (${size} bytes)` : ''}`, ...says].filter(
      (part) => part !== '',
    );
    let isFirst = true;
    wrap(printable(text.join(` ·${TIE}`)), NAME_COLUMN + indent.length, (line) => {
      say(isFirst ? paintLeft(left, line.slice(NAME_COLUMN)) : line);
      isFirst = false;
    });
    if (isLeaf && size > BESIDE && !isWithheld) {
      for (let at = 0; at < size; at += BELOW) {
        const row = digits
          .slice(at, at + BELOW)
          .join(' ')
          .padEnd(3 * BELOW);
        const characters = [...bytes.subarray(start + at, Math.min(start + at + BELOW, end))].map(character).join('');
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

/** Short for who reads many of them, and never broken. */
function reference(text: string): string {
  return text.replace(', section ', ' § ').replaceAll(' ', TIE);
}

/** Breaks at blanks, and what has none anywhere. */
function wrap(text: string, indent: number, print: (line: string) => void): void {
  const say = (line: string): void => print(line.replaceAll(TIE, ' '));
  const room = Math.max(COLUMNS - indent, 20);
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(' ', room);
    const end = blank > 0 ? blank : room;
    say(' '.repeat(indent) + rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  say(' '.repeat(indent) + rest);
}
