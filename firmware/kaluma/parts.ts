/**
 * Parts of the program that are needed only at times, and then let go of: Kaluma parses a program whole when it boots,
 * and byte code lies in the heap, 1.25 B for each byte of text. The build (`scripts/linker/parts.ts`) takes each part's
 * text out of what is parsed and leaves it in front, as a comment. Here it is read from flash and parsed, 17 ms a KB,
 * when one of its functions is called, or before.
 *
 * What holds on to a function of a part, a closure of its modules above all, keeps the part in memory.
 */
import { programText } from './program.ts';

type Functions = Record<number, (...values: never[]) => unknown>;

/** Makes the functions of a part, by having each of its pieces loaded and called. */
type Assemble = (loadPiece: (index: number) => () => Functions) => Functions;

class Part {
  private readonly places: number[];
  private readonly after: string;
  private readonly assemble: Assemble;
  private functions: Functions | null = null;
  /** Whether its next call is to be its last. */
  once = false;

  constructor(places: number[], after: string, assemble: Assemble) {
    this.places = places;
    this.after = after;
    this.assemble = assemble;
  }

  load(): Functions {
    if (this.functions === null) {
      if (this.after !== '') parts.release(this.after);
      this.functions = this.assemble((index) => loadPiece(this.places, 3 * index));
    }
    return this.functions;
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
   * Called by what the build inserts.
   * @param places of its pieces in the program: of each start, length and line, from 0
   * @param count functions that it exports
   * @param last number of the one after whose call it is let go of, or -1
   * @param after name of the part that is let go of when this one is loaded, or nothing
   * @returns functions that load the part when they are called
   */
  defer(name: string, places: number[], count: number, last: number, after: string, assemble: Assemble): Functions {
    const part = new Part(places, after, assemble);
    known[name] = part;
    const stubs: Functions = {};
    for (let i = 0; i < count; i++) {
      stubs[i] = (...values) => {
        const run = part.load()[i];
        if (i === last || part.once) part.release();
        return run(...values);
      };
    }
    return stubs;
  },

  /**
   * Called by what the build inserts, for what the program needs from its start to its end.
   * @param place of its text: start, length and line
   * @returns the function that the text is
   */
  start(place: number[], at: number): () => Functions {
    return loadPiece(place, at);
  },

  /** Loads a part now, lest its first call take the time. @param once lets go of it when one of its functions is called */
  load(name: string, once = false): void {
    known[name].once = once;
    known[name].load();
  },

  /** Lets go of a part; its functions load it again. */
  release(name: string): void {
    known[name].release();
  },
};
