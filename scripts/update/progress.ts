/** A bar for each board, redrawn in place on a terminal; elsewhere a line for each change of state. */
import type { Console } from '../lib/console.ts';
import type { Offer } from './offer.ts';

/** Columns of a bar, and those of the blanks, the percentage and the longest state beside it. */
const WIDTH = 30;
const BESIDE = ' '.length + ' 100 % '.length + 'restarting'.length;
const CLEAR = '\u001b[K';

export class ProgressBars {
  private readonly console: Console;
  private drawn = 0;
  /** The last line for each board, if nothing can be redrawn. */
  private readonly told = new Map<string, string>();

  constructor(console: Console) {
    this.console = console;
  }

  draw(offers: readonly Offer[]): void {
    if (!this.console.interactive) {
      for (const { board, state } of offers) {
        if (this.told.get(board) !== state) this.console.note(`${board}: ${state}`);
        this.told.set(board, state);
      }
      return;
    }
    const { columns, rows } = this.console.size();
    const shown = chosen(offers, rows - 1);
    const width = Math.max(...shown.map(({ board }) => board.length));
    const bars = Math.min(WIDTH, Math.max(0, columns - 1 - width - BESIDE));
    const lines = shown.map(({ board, received, size, state }) => {
      const share = received / size;
      const bar = '█'.repeat(Math.round(share * bars)).padEnd(bars, '·');
      return `${board.padEnd(width)} ${bar} ${String(Math.round(100 * share)).padStart(3)} % ${state}`;
    });
    if (shown.length < offers.length) lines.push(`and ${offers.length - shown.length} more`);
    // A line that goes on in the next row could not be drawn over.
    lines.forEach((line, i) => (lines[i] = line.slice(0, columns - 1)));
    this.console.progress(`${this.home()}${lines.map((line) => `${line}${CLEAR}`).join('\n')}`);
    this.drawn = lines.length;
  }

  /** Prints a line above the bars. */
  note(text: string): void {
    if (this.console.interactive) this.console.progress(`${this.home()}\u001b[J`);
    this.drawn = 0;
    this.console.note(text);
  }

  end(): void {
    if (this.console.interactive) this.console.progress(`${this.home()}\u001b[J`);
    this.drawn = 0;
  }

  /** Moves the cursor to the first line that was drawn. */
  private home(): string {
    return this.drawn > 1 ? `\u001b[${this.drawn - 1}A\r` : '';
  }
}

/** The boards for which there are rows, in their order; if there are too few rows, those that are under way. */
function chosen(offers: readonly Offer[], rows: number): readonly Offer[] {
  if (offers.length <= rows) return offers;
  const rank = (offer: Offer): number => (offer.isOver() ? 2 : offer.state === 'waiting' ? 1 : 0);
  const first = [...offers].sort((a, b) => rank(a) - rank(b)).slice(0, Math.max(1, rows - 1));
  return offers.filter((offer) => first.includes(offer));
}
