/** The explanation as one page that needs nothing else: its data, style and script are in it. */
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import type { Block, Entry } from './assemble.ts';
import { type Field, NOT_READ } from './fields.ts';
import type { PageBlock, PageData, PageEntry, PageField } from './page/data.ts';
import { messageProse, SECRET_PROSE } from './prose.ts';
import { hex } from './text.ts';

export interface PageFacts {
  host: string;
  port: number;
  time: Date;
  /** Whether they are in `entries`. */
  secrets: boolean;
}

export function renderPage(entries: readonly Entry[], { host, port, time, secrets }: PageFacts): string {
  const data: PageData = { host, port, time: time.toISOString(), secrets, entries: entries.map(pageEntry) };
  const read = (name: string): string => readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
  const { code } = transformSync(read('page.ts'), { loader: 'ts', target: 'es2020' });
  // Inside a script element only `<` can end it; in JSON it can be written so.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  const parts: Record<string, string> = { style: read('page.css'), script: code, data: json };
  return read('page.html').replace(/%(style|script|data)%/g, (_, name: string) => parts[name]);
}

function pageEntry(entry: Entry): PageEntry {
  if (entry.kind === 'secret') {
    const { name, reference, block } = entry;
    const prose = [{ name, text: SECRET_PROSE[name] }];
    return { kind: 'secret', titles: [name], size: block.bytes.length, reference, prose, blocks: [pageBlock(block)] };
  }
  if (entry.kind === 'unread') {
    const { wire } = entry;
    const size = wire.bytes.length;
    return { kind: 'in', titles: [NOT_READ], size, reference: '', prose: [], blocks: [pageBlock(wire)] };
  }
  const { direction, messages, isProtected, wire, content } = entry;
  const prose = messages
    .map((name) => ({ name, text: messageProse(direction, name) }))
    .filter(({ text }) => text !== '');
  const blocks = [wire, ...(content === null ? [] : [content])].map(pageBlock);
  return {
    kind: direction,
    titles: messages,
    size: wire.bytes.length,
    reference: isProtected ? 'encrypted' : '',
    prose,
    blocks,
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
