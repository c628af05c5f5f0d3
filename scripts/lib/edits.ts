/** Editing a text at offsets, which commands find in its syntax tree. */

/** Puts `text` in the place of the characters from `start` to `end`; inserts it if the two are equal. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** @param edits in any order, none of which overlaps another; those that insert at the same offset keep their order */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
