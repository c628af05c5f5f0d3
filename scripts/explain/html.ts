/** The explanation as one page that needs nothing else: its data, style and program are in it. */
import { readFileSync } from 'node:fs';
import { bundleText } from '../lib/buildCache.ts';
import type { Block, Entry } from './assemble.ts';
import { codePlaces } from './codePlaces.ts';
import { type Field, NOT_READ } from './fields.ts';
import { observe, type SeenRecord } from './observe.ts';
import type { PageBlock, PageData, PageEntry, PageField } from './page/data.ts';
import { messageProse, SECRET_PROSE } from './prose.ts';
import { encodeTape, type Tape } from './tape.ts';
import { hex } from './text.ts';

export interface PageFacts {
  host: string;
  port: number;
  time: Date;
  /** Whether `entries` show the secrets. */
  secrets: boolean;
  /** The tape as others may see it: `shownTape()`. */
  tape: Tape;
}

export function renderPage(entries: readonly Entry[], { host, port, time, secrets, tape }: PageFacts): string {
  const records = { in: recordsOf(tape, 'in'), out: recordsOf(tape, 'out') };
  const data: PageData = {
    host,
    port,
    time: time.toISOString(),
    secrets,
    entries: entries.map((entry) => pageEntry(entry, records)),
    tape: encodeTape(tape),
    code: codePlaces(),
  };
  // Inside a script element only `<` can end it; in JSON and in strings it can be written so.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  const parts: Record<string, string> = { style: style(), script: program(), data: json };
  return read('page.html').replace(/%(style|script|data)%/g, (_, name: string) => parts[name]);
}

function read(name: string): string {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
}

function style(): string {
  return ['page.css', 'inspect.css', 'tour.css'].map(read).join('\n');
}

let bundled: string | undefined;

/** The page's program with the parts of `src/` that it runs, bundled once. */
function program(): string {
  if (bundled !== undefined) return bundled;
  const text = bundleText('scripts/explain/page/main.ts', {
    minify: true,
    format: 'iife',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'none',
  });
  return (bundled = text.replaceAll('</', '<\\/'));
}

/** The records of one direction, with where each begins. */
function recordsOf(tape: Tape, direction: 'in' | 'out'): (SeenRecord & { offset: number })[] {
  let offset = 0;
  return observe(tape)
    .records.filter((record) => record.direction === direction)
    .map((record) => {
      const placed = { ...record, offset };
      offset += record.bytes.length;
      return placed;
    });
}

type Records = Record<'in' | 'out', (SeenRecord & { offset: number })[]>;

/** @param records those that no entry was made of yet */
function pageEntry(entry: Entry, records: Records): PageEntry {
  if (entry.kind === 'secret') {
    const { name, reference, block } = entry;
    const prose = [{ name, text: SECRET_PROSE[name], without: '' }];
    const { length } = block.bytes;
    return { kind: 'secret', titles: [name], size: length, reference, prose, blocks: [pageBlock(block)], at: null };
  }
  const direction = entry.kind === 'unread' ? 'in' : entry.direction;
  const record = records[direction].shift();
  const at = record === undefined ? null : { offset: record.offset, ms: record.ms };
  if (entry.kind === 'unread') {
    const { wire } = entry;
    const size = wire.bytes.length;
    return { kind: 'in', titles: [NOT_READ], size, reference: '', prose: [], blocks: [pageBlock(wire)], at };
  }
  const { messages, isProtected, wire, content } = entry;
  const prose = messages.flatMap((name) => {
    const found = messageProse(direction, name);
    return found === null ? [] : [{ name, ...found }];
  });
  const blocks = [wire, ...(content === null ? [] : [content])].map(pageBlock);
  return {
    kind: direction,
    titles: messages,
    size: wire.bytes.length,
    reference: isProtected ? 'encrypted' : '',
    prose,
    blocks,
    at,
  };
}

function pageBlock({ label, bytes, fields }: Block): PageBlock {
  const digits = hex(bytes, false);
  const pageField = (field: Field): PageField => {
    const { name, meaning, reference, start, end, secret, isWithheld, children } = field;
    if (isWithheld) digits.fill('--', start, end);
    return { name, meaning, reference, start, end, secret, children: children.map(pageField) };
  };
  return { label, fields: fields.map(pageField), hex: digits.join('') };
}
