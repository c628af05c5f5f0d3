/**
 * Replaces constants by their numbers, across modules: for the engine a literal is one byte code, and a captured name
 * is a search. Besides, a name that is passed to another module costs bytes of program.
 */
import { parse, type Node } from 'acorn';
import { applyEdits, type Edit } from '../lib/edits.ts';
import { forEachNode, isIdentifier, isPropertyName } from '../lib/syntaxTree.ts';

/** @param bundle flat, as esbuild writes it */
export function inlineNumbers(bundle: string): string {
  const program = parse(bundle, { ecmaVersion: 2022, sourceType: 'module' });
  const numbers = new Map<string, string>();
  const edits: Edit[] = [];
  /** Number of times that each name is declared or assigned to. */
  const bindings = new Map<string, number>();
  forEachNode(program, (node) => {
    for (const name of boundNames(node)) bindings.set(name, (bindings.get(name) ?? 0) + 1);
  });
  for (const statement of program.body) {
    if (statement.type !== 'VariableDeclaration' || statement.declarations.length !== 1) continue;
    const [{ id, init }] = statement.declarations;
    if (id.type !== 'Identifier' || init?.type !== 'Literal' || typeof init.value !== 'number') continue;
    // A name that is assigned to, or declared in another scope too, is not a constant, or not the same everywhere.
    if (bindings.get(id.name) !== 1) continue;
    numbers.set(id.name, bundle.slice(init.start, init.end));
    edits.push({ start: statement.start, end: statement.end, text: '' });
  }
  forEachNode(program, (node, parent, field) => {
    const text = isIdentifier(node) ? numbers.get(node.name) : undefined;
    if (text === undefined || field === 'id' || (parent as Shorthand).shorthand === true) return;
    if (isPropertyName(parent, field)) return;
    edits.push({ start: node.start, end: node.end, text });
  });
  forEachNode(program, (node) => {
    const { shorthand, value } = node as Shorthand;
    if (shorthand !== true || value === undefined || !isIdentifier(value) || !numbers.has(value.name)) return;
    edits.push({ start: node.start, end: node.end, text: `${value.name}: ${numbers.get(value.name)}` });
  });
  return applyEdits(bundle, edits);
}

type Shorthand = Node & { shorthand?: boolean; value?: Node };

/** The names that a node declares or assigns to. */
function boundNames(node: Node): string[] {
  const { id, params, param, left, argument } = node as Node & Record<string, Node | Node[] | null | undefined>;
  const targets: unknown[] = [];
  if (/^(VariableDeclarator|ClassDeclaration|ClassExpression)$/.test(node.type)) targets.push(id);
  if (/Function/.test(node.type)) targets.push(id, ...(params as Node[]));
  if (node.type === 'CatchClause') targets.push(param);
  if (/^(AssignmentExpression|ForInStatement|ForOfStatement)$/.test(node.type)) targets.push(left);
  if (node.type === 'UpdateExpression') targets.push(argument);
  const names: string[] = [];
  for (const target of targets) {
    if (target === null || target === undefined || (target as Node).type === 'VariableDeclaration') continue;
    forEachNode(target as Node, (part) => {
      if (isIdentifier(part)) names.push(part.name);
    });
  }
  return names;
}
