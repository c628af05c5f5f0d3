/** A bar for each board, redrawn in place on a terminal; elsewhere a line for each change of state. */
import type { Console } from '../lib/console.ts';
import type { Offer } from './offer.ts';

const WIDTH = 30;
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
    const width = Math.max(...offers.map(({ board }) => board.length));
    const lines = offers.map(({ board, received, size, state }) => {
      const share = received / size;
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '·');
      return `${board.padEnd(width)} ${bar} ${String(Math.round(100 * share)).padStart(3)} % ${state}`;
    });
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
