/** The bars of `npm run update` on a narrow terminal. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { HEADER } from '../../firmware/update/manifest.ts';
import { Console } from '../../scripts/lib/console.ts';
import { makeUpdate } from '../../scripts/update/file.ts';
import { Offer } from '../../scripts/update/offer.ts';
import { ProgressBars } from '../../scripts/update/progress.ts';

/** A terminal that knows what bars need: wrapping, scrolling, CR, LF, moving up, and erasing to the end. */
class Terminal {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  /** All rows since it was switched on, with those that have scrolled away. */
  readonly all: string[] = [''];
  private row = 0;
  private column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // oxlint-disable-next-line no-control-regex -- these are control sequences
    for (const [part, count = '1', what] of text.matchAll(/\u001b\[(\d*)([AJK])|[^]/gu)) {
      if (what === 'A') this.row = Math.max(this.row - Number(count), this.all.length - this.rows, 0);
      else if (what !== undefined) this.erase(what === 'J');
      else if (part === '\r') this.column = 0;
      else if (part === '\n') this.advance();
      else this.put(part);
    }
  }

  private put(character: string): void {
    if (this.column === this.columns) this.advance();
    const line = this.all[this.row].padEnd(this.columns);
    this.all[this.row] = (line.slice(0, this.column) + character + line.slice(this.column + 1)).trimEnd();
    this.column += 1;
  }

  private advance(): void {
    this.row += 1;
    this.column = 0;
    this.all[this.row] ??= '';
  }

  private erase(isBelow: boolean): void {
    this.all[this.row] = this.all[this.row].slice(0, this.column);
    if (isBelow) this.all.length = this.row + 1;
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const facts = { kind: 'program' as const, version: '1.3.0', made: 1, sensors: ['rp2040'], bootstrap: 1 };
const update = makeUpdate(facts, Buffer.from('x'.repeat(3000)), privateKey);

function offersTo(count: number): Offer[] {
  return Array.from({ length: count }, (_, i) => new Offer(`a-kitchen-with-a-long-name-${i + 1}`, update));
}

test('bars are redrawn in place on a terminal of 40 columns, and notes stay above them', () => {
  const terminal = new Terminal(40, 24);
  const bars = new ProgressBars(new Console(terminal, terminal, {}));
  const offers = offersTo(3);
  for (let i = 0; i < 5; i++) bars.draw(offers);
  assert.equal(terminal.all.length, 3, terminal.all.join('\n'));
  bars.note('a note that is longer than the terminal is wide');
  for (let i = 0; i < 5; i++) bars.draw(offers);
  assert.deepEqual(terminal.all.slice(0, 2), ['a note that is longer than the terminal', 'is wide']);
  assert.equal(terminal.all.length, 5, terminal.all.join('\n'));
  assert.match(terminal.all[4], /^a-kitchen-with-a-long-name-3 +0 % /);
  bars.end();
  assert.deepEqual(terminal.all.slice(2), ['']);

  const roomy = new Terminal(80, 24);
  new ProgressBars(new Console(roomy, roomy, {})).draw([new Offer('kitchen-1', update)]);
  assert.equal(roomy.all[0], `kitchen-1 ${'·'.repeat(30)}   0 % waiting`);
});

test('with more boards than rows, those under way are shown, and how many there are besides', () => {
  const terminal = new Terminal(80, 6);
  const bars = new ProgressBars(new Console(terminal, terminal, {}));
  const offers = offersTo(20);
  for (let i = 0; i < 5; i++) bars.draw(offers);
  offers[0].fail('no');
  const { id } = update.manifest;
  offers[18].reply({ command: 'update', id, ok: true, offset: HEADER, length: HEADER }, 0);
  for (let i = 0; i < 5; i++) bars.draw(offers);
  assert.deepEqual(
    terminal.all.map((line) => line.split(/ +[█·]/)[0]),
    [2, 3, 4, 19].map((n) => `a-kitchen-with-a-long-name-${n}`).concat('and 16 more'),
  );
  bars.end();
  assert.deepEqual(terminal.all, ['']);
});
