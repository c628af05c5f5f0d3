/**
 * Loads parts of the program (`firmware/memoryPlan.ts`) and releases them. The linker (`scripts/linker/parts.ts`) takes each
 * part's text out of what Kaluma parses at boot and leaves it in front, as a comment. Here it is read from flash and
 * parsed, 17 ms a KB, when one of its functions is called, or before.
 *
 * A reference to a function of a part, or to a closure made in its modules, keeps the part in memory.
 */
import { programText, storedText } from './program.ts';

type Functions = Record<number, (...values: never[]) => unknown>;

/** Makes the functions of a part, by having each of its pieces loaded and called. */
type Assemble = (loadPiece: (index: number) => () => Functions) => Functions;

class Part {
  private readonly places: number[];
  private readonly assemble: Assemble;
  private functions: Functions | null = null;

  constructor(places: number[], assemble: Assemble) {
    this.places = places;
    this.assemble = assemble;
  }

  load(): Functions {
    return (this.functions ??= this.assemble((index) => loadPiece(this.places, 3 * index)));
  }

  release(): void {
    this.functions = null;
  }
}

/** Reads a piece and parses it. @param places where pieces are: of each, start, length and line; `at` is where it begins */
function loadPiece(places: number[], at: number): () => Functions {
  // Stack traces then say on which line of the program it was.
  const text = programText(places[at], places[at + 1], '\n'.repeat(places[at + 2]));
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is our own
  return new Function(text)() as () => Functions;
}

const known: Record<string, Part> = {};

export const parts = {
  /**
   * The linker inserts the calls of this.
   * @param places of its pieces in the program: of each start, length and line, from 0
   * @param count functions that it exports
   * @param last number of the one whose call releases the part, or -1
   * @returns functions that load the part when they are called
   */
  defer(name: string, places: number[], count: number, last: number, assemble: Assemble): Functions {
    const part = new Part(places, assemble);
    known[name] = part;
    const stubs: Functions = {};
    for (let i = 0; i < count; i++) {
      stubs[i] = (...values) => {
        const run = part.load()[i];
        if (i === last) part.release();
        return run(...values);
      };
    }
    return stubs;
  },

  /**
   * The linker inserts the calls of this, for what the program needs from its start to its end.
   * @param place of its text: start, length and line
   * @returns the function that the text is
   */
  start(place: number[], at: number): () => Functions {
    return loadPiece(place, at);
  },

  /** Here it keeps its place in the program: the linker inserts the calls of it. */
  text: storedText,

  /** Loads a part, unless it is loaded. */
  load(name: string): void {
    known[name].load();
  },

  /** Releases a part; the next call of one of its functions loads it again. */
  release(name: string): void {
    known[name].release();
  },
};
