/** Changes single values in a JSON text, and leaves all other characters as the person wrote them. */

interface Member {
  name: string;
  /** The offsets at which the name begins, and at which the value begins and ends. */
  at: number;
  start: number;
  end: number;
}

/**
 * @param text valid JSON
 * @param path names of nested objects, then of the value. All but the value must exist
 * @param value anything that `JSON.stringify` accepts
 */
export function setInJson(text: string, path: readonly string[], value: unknown): string {
  const written = JSON.stringify(value);
  let object = skipSpace(text, 0);
  for (const [depth, name] of path.entries()) {
    const all = members(text, object);
    // JSON.parse takes the last of two members with the same name.
    const member = all.filter((one) => one.name === name).pop();
    if (member === undefined) return insert(text, object, all, `${JSON.stringify(name)}: ${written}`);
    if (depth === path.length - 1) return text.slice(0, member.start) + written + text.slice(member.end);
    object = member.start;
  }
  return text;
}

/** Inserts a member after the last one, with the same white space before it. */
function insert(text: string, object: number, all: readonly Member[], member: string): string {
  const last = all[all.length - 1] as Member | undefined;
  if (last === undefined) return `${text.slice(0, object + 1)} ${member} ${text.slice(skipSpace(text, object + 1))}`;
  const space = /\s*$/.exec(text.slice(0, last.at))?.[0] ?? '';
  return `${text.slice(0, last.end)},${space}${member}${text.slice(last.end)}`;
}

/** @param object the place of a `{` */
function members(text: string, object: number): Member[] {
  const found: Member[] = [];
  let at = skipSpace(text, object + 1);
  while (text[at] === '"') {
    const nameEnd = valueEnd(text, at);
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = valueEnd(text, start);
    found.push({ name: JSON.parse(text.slice(at, nameEnd)) as string, at, start, end });
    const behind = skipSpace(text, end);
    if (text[behind] !== ',') break;
    at = skipSpace(text, behind + 1);
  }
  return found;
}

function skipSpace(text: string, at: number): number {
  while (/\s/.test(text.charAt(at))) at++;
  return at;
}

/** The offset at which the value that begins at `at` ends. */
function valueEnd(text: string, at: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[{[]|[}\]]|[^\s,:{}[\]"]+/gy;
  let depth = 0;
  token.lastIndex = at;
  for (;;) {
    const match = token.exec(text)?.[0];
    if (match === '{' || match === '[') depth++;
    if (match === '}' || match === ']') depth--;
    const end = token.lastIndex;
    if (match === undefined || depth === 0) return end;
    token.lastIndex = end;
    while (/[\s,:]/.test(text.charAt(token.lastIndex))) token.lastIndex++;
  }
}
