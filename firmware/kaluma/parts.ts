/**
 * Loads the program from flash, and releases parts of it (`firmware/memoryPlan.ts`). The linker (`scripts/linker/parts.ts`)
 * has cut the program into pieces of some modules each, and has put them in front of the code that the bootstrap runs.
 * `load()` reads and parses the pieces of a part, 17 ms a KB, when the memory plan says so or when one of the part's functions
 * is called. `start()` loads all other pieces when the program starts.
 *
 * Pieces hand functions and values to each other through arrays, at indexes that the linker has chosen. Texts in flash describe
 * which piece takes and gives which. As code, this took 16 KB of the heap with the stubs of all parts; now it takes 6.
 *
 * A reference to a function of a part, or to a closure made in its modules, keeps the part in memory.
 */
import { PART_NUMBERS } from '../layout.ts';
import { programText, storedText } from './program.ts';

type Functions = ((...values: never[]) => unknown)[];
type Piece = (...imports: unknown[]) => unknown[] | undefined;

/** Values that the pieces that are always in memory share. */
const shared: unknown[] = [];
/** Names of the parts, by their numbers from 1 on. Number 0 stands for the pieces that belong to no part. */
const names = [''];
/** Number of the text that describes each part's pieces. */
const descriptions: Record<string, number> = {};
/** Values that the pieces of each loaded part share. */
const loaded: Record<string, unknown[] | null> = {};

/** Loads pieces. @param part number of their part, 0 if they belong to none @param own the values that they share */
function loadPieces(description: string, part: number, own: unknown[]): unknown[] {
  const pieces = description.split(';');
  for (let i = 0; i < pieces.length; i++) {
    const [place, length, line, imports, exports] = pieces[i].split(' ');
    const values = numbersIn(imports).map((number) => find(number, part, own));
    // The line feeds make stack traces name the line of the program.
    const before = `${'\n'.repeat(Number(line))}"use strict";return `;
    const text = programText(Number(place), Number(length), before);
    // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call -- it is our own
    const results = (new Function(text)() as Piece)(...values) ?? [];
    numbersIn(exports).forEach((number, at) => {
      const index = number % PART_NUMBERS;
      own[index] = results[at];
    });
  }
  return own;
}

function numbersIn(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}

function find(number: number, part: number, own: unknown[]): unknown {
  const index = number % PART_NUMBERS;
  const other = (number - index) / PART_NUMBERS;
  return other === part ? own[index] : other === 0 ? shared[index] : stub(names[other], index);
}

/**
 * A stand-in for a function of a part: it loads the part if necessary and calls the function. A call of the first function
 * releases the part.
 */
function stub(name: string, index: number): (...values: never[]) => unknown {
  return (...values) => {
    const run = parts.load(name)[index];
    if (index === 0) parts.release(name);
    return run(...values);
  };
}

export const parts = {
  /** The linker inserts a call of `shared.push()`, with the values of the code that loads all other code. */
  shared,

  /** The linker inserts calls of storedText() after bundling. This mention keeps the bundler from removing the function. */
  text: storedText,

  /**
   * Loads the pieces that are always needed. The linker inserts the call.
   * @param place of the text that describes all pieces
   * @param length of that text
   */
  start(place: number, length: number): void {
    const [pieces, ...others] = programText(place, length).split('|');
    for (const other of others) {
      const [name, number] = other.split(' ');
      names.push(name);
      descriptions[name] = Number(number);
    }
    loadPieces(pieces, 0, shared);
  },

  /** Loads a part, unless it is loaded. */
  load(name: string): Functions {
    return (loaded[name] ??= loadPieces(storedText(descriptions[name]), names.indexOf(name), [])) as Functions;
  },

  /** Releases a part; the next call of one of its functions loads it again. */
  release(name: string): void {
    loaded[name] = null;
  },
};
