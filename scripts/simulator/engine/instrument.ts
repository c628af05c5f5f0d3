/**
 * Rewrites a program so that the simulated board notices two things that Node's engine forgives: a division
 * or remainder of BigInts (some quotients are silently wrong on the board) and calls nested deeper than its stack.
 */
import type { Node } from 'acorn';
import type { ParsedProgram } from '../../kaluma/language.ts';
import { applyEdits, type Edit } from '../../lib/edits.ts';
import { forEachNode } from '../../lib/syntaxTree.ts';

/** Names that the rewritten text refers to; they live in the context's lexical scope, not on its global object. */
export const HELPERS = { divide: '$divide', divideIn: '$divideIn', enter: '$enter' } as const;

/**
 * Source of the helpers: an expression that is a function of `(onDivision, onEntry)`. They call `onDivision(operator)`, which throws, before they
 * divide BigInts, and `onEntry()` once in `ENTRY_PERIOD` function entries.
 */
export const HELPER_SOURCE = `((onDivision, onEntry) => {
  const check = (operator, a, b) => { if (typeof a === 'bigint' && typeof b === 'bigint') onDivision(operator); };
  const apply = (operator, a, b) => {
    if (typeof a !== 'number' || typeof b !== 'number') check(operator, a, b);
    return operator === '/' ? a / b : a % b;
  };
  let entries = 0;
  return {
    divide: apply,
    divideIn: (operator, object, key) => { const a = object[key]; return (b) => (object[key] = apply(operator, a, b)); },
    enter: () => { if (++entries % ENTRY_PERIOD === 0) onEntry(); },
  };
})`.replace('ENTRY_PERIOD', '61'); // a prime, so that no loop's rhythm hides a call from the sampling

interface Operation extends Node {
  operator: string;
  left: Node & { object?: Node; property?: Node; computed?: boolean; value?: unknown };
  right: Node & { value?: unknown };
}

interface FunctionNode extends Node {
  body: Node & { body?: Node[] };
}

/** @param entries also count function entries, for the depth of the stack */
export function instrument(program: ParsedProgram, { entries }: { entries: boolean }): string {
  const edits: Edit[] = [];
  forEachNode(program.tree, (node) => {
    if (node.type === 'BinaryExpression' || node.type === 'AssignmentExpression') {
      const operation = node as Operation;
      if (/^[/%]=?$/.test(operation.operator) && !isNumber(operation.left) && !isNumber(operation.right)) {
        edits.push(...checkedDivision(operation, program));
      }
    }
    if (entries && /Function(Declaration|Expression)$/.test(node.type)) {
      const { body } = node as FunctionNode;
      if (body.type === 'BlockStatement') edits.push(insert(body.start + 1, `${HELPERS.enter}();`));
    }
  });
  return applyEdits(program.text, edits);
}

/** A number on one side: the other cannot be a BigInt, or the engine itself throws. */
function isNumber(node: { type: string; value?: unknown }): boolean {
  return node.type === 'Literal' && typeof node.value === 'number';
}

/** `a / b` becomes `$divide("/",a,b)`; `a /= b` becomes `a=$divide("/",a,b)`; `o.p /= b` becomes `$divideIn("/",o,"p")(b)`. */
function checkedDivision(node: Operation, program: ParsedProgram): Edit[] {
  const { left, operator } = node;
  const sign = tokenAfter(program, left.end, operator);
  const quoted = JSON.stringify(operator[0]);
  const close = insert(node.end, ')');
  if (node.type === 'BinaryExpression') {
    return [insert(node.start, `${HELPERS.divide}(${quoted},`), { ...sign, text: ',' }, close];
  }
  if (left.type === 'Identifier') {
    const name = program.text.slice(left.start, left.end);
    return [{ ...sign, text: `=${HELPERS.divide}(${quoted},${name},` }, close];
  }
  const { object, property, computed } = left;
  if (left.type !== 'MemberExpression' || object?.type === 'Super' || object === undefined || property === undefined) {
    throw new TypeError(`cannot instrument ${program.text.slice(node.start, node.end)}`);
  }
  const access = tokenAfter(program, object.end, computed === true ? '[' : '.');
  const key: Edit[] =
    computed === true
      ? [{ start: left.end - 1, end: left.end, text: '' }]
      : [insert(property.start, '"'), insert(property.end, '"')];
  const open = insert(node.start, `${HELPERS.divideIn}(${quoted},`);
  return [open, { ...access, text: ',' }, ...key, { ...sign, text: ')(' }, close];
}

function tokenAfter({ tokens }: ParsedProgram, position: number, text: string): { start: number; end: number } {
  let low = 0;
  for (let high = tokens.length; low < high;) {
    const middle = (low + high) >> 1;
    if (tokens[middle].start < position) low = middle + 1;
    else high = middle;
  }
  while (low < tokens.length && tokens[low].text !== text) low++;
  if (low === tokens.length) throw new TypeError(`no ${text} behind offset ${position}`);
  return { start: tokens[low].start, end: tokens[low].start + text.length };
}

/**
 * Inserts text at an offset. Parents are visited first, so at one offset the text that opens an outer expression already stands
 * before the inner one's; text that closes an expression goes before the operator behind it.
 */
const insert = (at: number, text: string): Edit => ({ start: at, end: at, text });
