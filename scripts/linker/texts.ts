/**
 * Takes texts that are rarely read out of what the engine parses. JerryScript keeps every string of a program that it ever
 * parsed until it ends, even when the code around it is long released. So messages of errors stay in flash. The build puts
 * them in front of the program, into the comment that holds its parts, and replaces each by a call that reads it from there.
 */
import { parse, type Node } from 'acorn';
import { MAX_TEXT } from '../../firmware/layout.ts';
import { applyEdits, type Edit } from '../lib/edits.ts';
import { forEachChild } from '../lib/syntaxTree.ts';

/** The function, of `firmware/kaluma/program.ts`, that reads a text from flash. */
export const READ = 'storedText';

/** Least length of a text that is moved if it is rarely used: a call takes some 12 B of byte code, a string its length and 11 B. */
const LONG_WHERE_RARE = 10;
/** Least length of any other text that is moved. It is greater, because reading a text takes a millisecond. */
const LONG = 24;

/** Marks a text that has no place in flash yet. No text of a program begins with it. */
const MARK = '\x01';

/** Replaces the texts of a module by calls of `storedText()`, whose arguments are the marked texts until `takeTexts()` moves them. */
export function markTexts(module: string): string {
  const edits: Edit[] = [];
  const visit = (node: Node, parent: Node, field: string, isInFunction: boolean, isRare: boolean): void => {
    if (/Function/.test(node.type)) isInFunction = true;
    if (node.type === 'ThrowStatement' || isReport(node)) isRare = true;
    const isWanted = (text: string): boolean => {
      const isLong = text.length >= (isRare ? LONG_WHERE_RARE : LONG) && text.length <= MAX_TEXT;
      return isLong && /^[ -~]*$/.test(text) && !text.includes('*/');
    };
    if (node.type === 'TemplateLiteral' && isInFunction && parent.type !== 'TaggedTemplateExpression') {
      for (const part of (node as Node & { quasis: (Node & { value: { cooked: string } })[] }).quasis) {
        const { start, end, value } = part;
        if (isWanted(value.cooked)) edits.push({ start, end, text: `\${${call(value.cooked)}}` });
      }
    } else if (isString(node) && isInFunction && isWanted(node.value)) {
      const isName = parent.type === 'Property' && field === 'key';
      const isDirective = parent.type === 'ExpressionStatement';
      if (!isName && !isDirective) edits.push({ start: node.start, end: node.end, text: call(node.value) });
    }
    forEachChild(node, (child, field) => visit(child, node, field, isInFunction, isRare));
  };
  const tree = parse(module, { ecmaVersion: 2022, sourceType: 'module' });
  visit(tree, tree, '', false, false);
  return applyEdits(module, edits);
}

/**
 * Collects the texts that `markTexts()` has marked.
 * @param code a program; each marked text in it is replaced by its number, which `firmware/layout.ts` explains
 * @param start place of the first text
 * @returns the program without them, and all texts in one
 */
export function takeTexts(code: string, start: number): { code: string; texts: string } {
  let texts = '';
  const edits: Edit[] = [];
  const visit = (node: Node): void => {
    if (isString(node) && node.value.startsWith(MARK)) {
      const text = node.value.slice(MARK.length);
      const known = texts.indexOf(text);
      if (known < 0) texts += text;
      const place = start + (known < 0 ? texts.length - text.length : known);
      edits.push({ start: node.start, end: node.end, text: `${place * (MAX_TEXT + 1) + text.length}` });
    }
    forEachChild(node, visit);
  };
  visit(parse(code, { ecmaVersion: 2022 }));
  return { code: applyEdits(code, edits), texts };
}

function call(text: string): string {
  return `${READ}(${JSON.stringify(MARK + text)})`;
}

/** Whether a node reports something, as happens rarely: it makes an error, refuses what came, or writes to the log. */
function isReport(node: Node): boolean {
  const { type, callee } = node as Node & { callee?: Node & { name?: string; property?: Node & { name?: string } } };
  const name = callee?.name ?? callee?.property?.name ?? '';
  if (type === 'NewExpression') return name.endsWith('Error');
  return type === 'CallExpression' && /^(refuse|fail|log)/.test(name);
}

function isString(node: Node): node is Node & { value: string } {
  return node.type === 'Literal' && typeof (node as Node & { value: unknown }).value === 'string';
}
