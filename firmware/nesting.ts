/**
 * Limits the nesting of JSON that others send. The engine's parser calls itself for each bracket. That takes 40 B of a C stack
 * of 8 KB, whose end the parser does not check: some hundred brackets end the program.
 */

/** Most opening brackets, however they are nested. */
const MOST_BRACKETS = 16;

/** Whether a text has so many brackets that the engine must not parse it. */
export function hasManyBrackets(text: string): boolean {
  return countOf('[', text) + countOf('{', text) > MOST_BRACKETS;
}

/** indexOf() searches, because a regular expression takes the engine 18 times as long, and some messages are 1.4 KB of base64. */
function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}
