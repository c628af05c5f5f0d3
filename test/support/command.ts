/** How tests start this project's commands, or code that imports its TypeScript, in processes of their own. */

/** Options of Node for whatever runs TypeScript. */
export const TYPESCRIPT = ['--import', './scripts/typescript.js'];

/** Node's arguments for `npm run NAME -- ARGV`. */
export function commandLine(name: string, ...argv: string[]): string[] {
  return [...TYPESCRIPT, `scripts/${name}.ts`, ...argv];
}
