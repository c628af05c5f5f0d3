/**
 * Gives captured variables and shortened properties names that are built into the engine.
 *
 * When JerryScript parses a text, it looks up each name that stays in the byte code: first among its own names and
 * Kaluma's, by a binary search, then among all strings in memory, one after the other. The second search takes half
 * of the parsing time, and a name that neither finds takes heap. (Variables that no closure captures stay in
 * registers.)
 *
 * A property's new name must have no meaning elsewhere. It must not be a property of any value of the language,
 * directly or by a prototype, because a property that is read from another kind of value must stay undefined. And the
 * program and Kaluma must not use it. `scripts/kaluma/builtInNames.json` has the names in Kaluma 1.2.1's image.
 */
import { parse, type Node } from 'acorn';
import { analyze, type Scope, type Variable } from 'eslint-scope';
import builtInNames from '../kaluma/builtInNames.json' with { type: 'json' };
import { applyEdits, type Edit } from '../lib/edits.ts';
import { forEachNode, isIdentifier, isPropertyName } from '../lib/syntaxTree.ts';

/** Words that may name a variable, but have a meaning in some places, or to every reader. */
const CONTEXTUAL = new Set([
  'async',
  'await',
  'get',
  'let',
  'of',
  'set',
  'static',
  'yield',
  'undefined',
  'NaN',
  'Infinity',
]);

/**
 * @param code a whole program, minified
 * @param properties names of properties in it that may be replaced
 * @param taken names of properties that belong to the language, to Kaluma, or to data
 * @returns the same program with other names
 */
export function useEngineNames(code: string, properties: ReadonlySet<string>, taken: ReadonlySet<string>): string {
  const text = spellOut(code);
  const tree = parse(text, { ecmaVersion: 2022, sourceType: 'script', ranges: true });
  const edits: Edit[] = [];
  const names = chooseProperties(tree, properties, taken);
  forEachNode(tree, (node, parent, field) => {
    const name = isIdentifier(node) && isPropertyName(parent, field) ? names.get(node.name) : undefined;
    if (name !== undefined) edits.push({ start: node.start, end: node.end, text: name });
  });
  for (const [variable, name] of chooseVariables(tree)) {
    for (const identifier of identifiersOf(variable))
      edits.push({ start: identifier.start, end: identifier.end, text: name });
  }
  return applyEdits(text, edits);
}

/** Turns `{ a }` into `{ a: a }`, because property and variable get different names. */
function spellOut(code: string): string {
  const edits: Edit[] = [];
  forEachNode(parse(code, { ecmaVersion: 2022 }), (node) => {
    const { shorthand, key } = node as Node & { shorthand?: boolean; key?: Node & { name: string } };
    if (shorthand === true && key !== undefined)
      edits.push({ start: node.start, end: node.start, text: `${key.name}:` });
  });
  return applyEdits(code, edits);
}

/** Chooses new names of properties: the most frequent ones get the shortest names. */
function chooseProperties(
  tree: Node,
  properties: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): Map<string, string> {
  const counts = new Map<string, number>();
  const used = new Set(taken);
  forEachNode(tree, (node, parent, field) => {
    if (!isIdentifier(node) || !isPropertyName(parent, field)) return;
    if (properties.has(node.name)) counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
    else used.add(node.name);
  });
  const free = builtInNames.filter((name) => !used.has(name) && !properties.has(name)).sort(byLength);
  const names = [...counts.keys()].sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number));
  return new Map(names.slice(0, free.length).map((name, i) => [name, free[i]]));
}

/** Chooses new names for variables that closures capture. */
function chooseVariables(tree: Node): Map<Variable, string> {
  const { scopes, globalScope } = analyze(tree as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: 'script',
  });
  const globals = new Set(globalScope?.through.map(({ identifier }) => identifier.name));
  const free = builtInNames.filter((name) => mayNameVariable(name) && !globals.has(name)).sort(byLength);
  const chosen = new Map<Variable, string>();
  const nameOf = (variable: Variable): string => chosen.get(variable) ?? variable.name;
  for (const scope of scopes) {
    if (scope.type === 'global') continue;
    const others = new Set(
      scope.through.map(({ resolved, identifier }) => (resolved ? nameOf(resolved) : identifier.name)),
    );
    for (const variable of scope.variables) others.add(nameOf(variable));
    for (const variable of scope.variables
      .filter(isCaptured)
      .sort((a, b) => b.references.length - a.references.length)) {
      const between = new Set(scopesBetween(variable).flatMap(({ variables }) => variables.map(nameOf)));
      const name = free.find((candidate) => !others.has(candidate) && !between.has(candidate));
      if (name === undefined) continue;
      others.add(name);
      chosen.set(variable, name);
    }
  }
  return chosen;
}

function mayNameVariable(name: string): boolean {
  if (CONTEXTUAL.has(name)) return false;
  try {
    parse(`'use strict'; let ${name};`, { ecmaVersion: 2022 });
    return true;
  } catch {
    return false;
  }
}

/** Whether a closure refers to the variable. Not for classes, whose names are declared once more inside of them. */
function isCaptured({ scope, defs, references }: Variable): boolean {
  if (defs.length === 0 || scope.type === 'class' || defs.some(({ type }) => type === 'ClassName')) return false;
  return references.some(({ from }) => from.variableScope !== scope.variableScope);
}

/** The scopes between those that refer to a variable and its own scope, without the latter. */
function scopesBetween({ scope, references }: Variable): Scope[] {
  const found = new Set<Scope>();
  for (const { from } of references) {
    for (let at: Scope | null = from; at !== null && at !== scope; at = at.upper) found.add(at);
  }
  return [...found];
}

/** The places where a variable is declared and used. */
function identifiersOf({ identifiers, references }: Variable): Iterable<Node> {
  const nodes = [...identifiers, ...references.map(({ identifier }) => identifier)] as unknown as Node[];
  return new Map(nodes.map((node) => [node.start, node])).values();
}

function byLength(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
