/** A JavaScript context that is Kaluma's: made anew at every boot. */
import { constants, createContext, Script } from 'node:vm';
import type { Host } from '../realm/host.ts';
import type { Allowed, install as Install } from '../realm/main.ts';
import { BOARD_GLOBALS, BUILTIN_MODULES, LANGUAGE_GLOBALS, PROPERTIES } from './builtins.ts';
import { HELPERS, HELPER_SOURCE, instrument } from './instrument.ts';
import { parseForEngine } from '../../kaluma/language.ts';
import { bundleText, cachedBuildSync } from '../../lib/buildCache.ts';

/** Calls that the C stack holds while TCP is active, of 210–280 B each: beyond, the heap under it is overwritten. */
const STACK_FRAMES = 25;

/** An engine with Kaluma installed and no program yet. */
export class Engine {
  private readonly global: object;
  private readonly drain = new Script('0');

  constructor(host: Host) {
    // Not "contextified": such a context's globals are slow. Its promise jobs wait until runJobs().
    this.global = createContext(constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
    realmScript ??= compileRealm();
    const { install } = realmScript.runInContext(this.global) as { install: typeof Install };
    const allowed: Allowed = {
      languageGlobals: LANGUAGE_GLOBALS,
      boardGlobals: BOARD_GLOBALS,
      builtinModules: BUILTIN_MODULES,
      properties: PROPERTIES,
    };
    install(host, allowed);
  }

  /**
   * Runs a program's text.
   * @throws ProgramRefused for a text that JerryScript would not parse
   * @param watch functions to call: `division` when the program divides BigInts (it throws), `entry` at some entries of
   * functions, `parsing` before the engine parses the text of a function that the program makes
   */
  run(
    program: string,
    watch: { division: (operator: string) => never; entry: (() => void) | null; parsing: (bytes: number) => void },
  ): void {
    const makeHelpers = new Script(HELPER_SOURCE).runInContext(this.global) as (
      onDivision: (operator: string) => never,
      onEntry: () => void,
    ) => object;
    const helpers = makeHelpers(watch.division, watch.entry ?? (() => {}));
    const entries = watch.entry !== null;
    const replaceFunction = new Script(FUNCTION_SOURCE).runInContext(this.global) as (
      rewrite: (body: string) => string,
      helpers: object,
    ) => void;
    replaceFunction((body) => {
      watch.parsing(body.trimStart().length);
      try {
        return `return (${makeFunction(`(function(){${body}\n})`, { entries })})\n//# sourceURL=program.js`;
      } catch (error) {
        throw this.makeError('SyntaxError', (error as Error).message);
      }
    }, helpers);
    const text = makeFunction(program, { entries, before: "()=>{'use strict';", after: '\n}' });
    const main = new Script(text, { filename: 'program.js' }).runInContext(this.global) as (
      helpers: object,
    ) => () => void;
    // A function leaves its promise jobs for the first turn, as on Kaluma; a script would run them at its end.
    main(helpers)();
  }

  /** Runs the promise jobs that have gathered, as Kaluma does once a turn. */
  runJobs(): void {
    this.drain.runInContext(this.global);
  }

  /** A RangeError and such of the program's own realm. */
  makeError(name: 'RangeError' | 'SyntaxError', message: string): Error {
    const constructor = (this.global as Record<typeof name, new (message: string) => Error>)[name];
    return new constructor(message);
  }
}

/** Rewritten texts by the original: boards boot often, and load the same parts at each connection. */
const rewritten = new Map<string, string>();
/** Programs change while a person works at them, so the old ones are forgotten at times. */
const MOST_TEXTS = 500;

/** @returns the text of a function of the helpers, which gives the value of the text between `before` and `after` */
function makeFunction(text: string, around: { entries: boolean; before?: string; after?: string }): string {
  const { entries, before = '', after = '' } = around;
  const key = `${entries} ${before}${text}`;
  let made = rewritten.get(key);
  if (made === undefined) {
    const names = Object.entries(HELPERS).map(([name, inText]) => `${name}:${inText}`);
    const watched = cachedBuildSync(`watched ${entries} ${text}`, () => instrument(parseForEngine(text), { entries }));
    made = `(({${names.join()}})=>${before}${watched}${after})`;
    if (rewritten.size >= MOST_TEXTS) rewritten.clear();
    rewritten.set(key, made);
  }
  return made;
}

/**
 * Replaces `Function` by one that takes a body only, so that functions made from text are watched as well. It does not
 * run a script of Node's, because at the end of a script the context's promise jobs run, amid the call.
 */
const FUNCTION_SOURCE = `((rewrite, helpers) => {
  const Original = Function;
  globalThis.Function = function Function(body, ...more) {
    if (more.length > 0) throw new TypeError('Function with parameters is not simulated');
    return Original(rewrite(String(body)))()(helpers);
  };
  globalThis.Function.prototype = Original.prototype;
  Original.prototype.constructor = globalThis.Function;
})`;

let realmScript: Script | undefined;

function compileRealm(): Script {
  const text = bundleText('scripts/simulator/realm/main.ts', {
    format: 'iife',
    globalName: 'realm',
    target: 'es2022',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  return new Script(`(() => {${text};return realm})()`, { filename: 'kaluma.js' });
}

/** Whether calls are nested deeper than the board's stack allows, at this moment. */
export function stackIsTooDeep(): number | null {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 200;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const depth = stack.split('\n').filter((line) => line.includes('program.js')).length;
  return depth > STACK_FRAMES ? depth : null;
}
