/**
 * Bundles a program for the board, with a function for every few modules.
 *
 * JerryScript finds a captured name by searching each enclosing scope from its last declaration back, 0.34 µs a name,
 * so in esbuild's flat scope of 400 names an early helper costs 136 µs at every use. Here esbuild bundles the program
 * and removes unused code; then modules are wrapped in functions, some together. Names of other modules come in as
 * parameters, and names that others use go out as results. Code that runs more than once never searches the outermost
 * scope.
 */
import { parse, type Node } from 'acorn';
import { build, transform, type Metafile, type Plugin, type TransformOptions } from 'esbuild';
import { applyEdits, type Edit } from '../lib/edits.ts';
import { forEachNode, forEachVariable } from '../lib/syntaxTree.ts';
import { inlineNumbers } from './constants.ts';
import { useEngineNames } from './engineNames.ts';
import { numberLines } from './lines.ts';
import {
  checkParts,
  deferredParts,
  hasModule,
  numberNames,
  type Parts,
  type PartSections,
  PIECE,
  pieceStatement,
  RUNTIME,
  startStatement,
} from './parts.ts';
import { keptProperties, namesAreData, propertyName } from './properties.ts';
import type { Section } from './section.ts';
import { markTexts, READ } from './texts.ts';

export interface LinkedModule {
  /** Path as esbuild names it, such as `src/tls/client.ts`. */
  path: string;
  /** Bytes of the module, minified on its own. */
  bytes: number;
}

export interface LinkedProgram {
  code: string;
  /** The position in the sources for each line of the code. */
  lines: string[];
  /** Characters that are parsed when the program starts: all but those of its parts. */
  resident: number;
  /** Minifies each module on its own, which takes as long as linking. */
  modules: () => Promise<LinkedModule[]>;
}

/** The syntax that the parser of Kaluma 1.2.1 accepts. `supported` corrects esbuild's assumptions about ES2020. */
const ENGINE = { target: 'es2020', supported: { bigint: true, 'optional-chain': false } } as const;

const MINIFY = { minifyWhitespace: true, minifyIdentifiers: true, legalComments: 'none', ...ENGINE } as const;

/** @throws esbuild's errors for a program that does not compile, Error for an import cycle or a reassigned export */
export async function bundleDevice(options: {
  entry: string;
  plugins?: Plugin[];
  /** The modules that are loaded only when needed; all others are loaded when the program starts. */
  parts?: Parts;
}): Promise<LinkedProgram> {
  const result = await build({
    entryPoints: [options.entry],
    plugins: options.plugins ?? [],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    dropLabels: ['TRACE'],
    legalComments: 'none',
    logLevel: 'silent',
    // Fields are assigned, because esbuild's way to define them is a call for each field.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    ...ENGINE,
  });
  const sections = split(inlineNumbers(result.outputFiles[0].text), result.metafile);
  connect(sections);
  check(sections, result.metafile);
  storeTexts(sections);
  const pieces = await assemble(sections, options.parts ?? {});
  const taken = await kept(sections);
  const minify: TransformOptions = { ...MINIFY, mangleProps: /./, reserveProps: exactly(taken) };
  const readable = `(() => {\n${pieces.join('\n')}\n})();`;
  const { code, mangleCache } = await transform(readable, { ...minify, mangleCache: {} });
  const alone = { ...minify, mangleCache: mangleCache as Record<string, string> };
  const modules = (): Promise<LinkedModule[]> =>
    Promise.all(
      sections.map(async (section) => {
        const { code } = await transform(await shorten(section, wrap(section)), alone);
        return { path: section.path, bytes: code.length };
      }),
    );
  const homes = new Map(sections.flatMap(({ path, declared }) => [...declared].map((name) => [name, path])));
  const numbered = numberLines(code.trimEnd(), readable, (name) => homes.get(name));
  const ours = new Set(Object.values(mangleCache ?? {}).filter((name) => name !== false));
  const named = { ...numbered, code: useEngineNames(parenthesized(numbered.code), ours, taken) };
  return { ...deferredParts(named), modules };
}

/**
 * Puts the single parameters of arrow functions in objects and arrays in parentheses: the engine takes a literal in
 * parentheses, such as `() => ({ a: x => 1 })`, for what may be parameters, and stumbles over those without.
 */
function parenthesized(code: string): string {
  const edits: Edit[] = [];
  forEachNode(parse(code, { ecmaVersion: 2022 }), (node, parent, field) => {
    const { params } = node as Node & { params?: Node[] };
    const isBare = node.type === 'ArrowFunctionExpression' && params?.length === 1 && params[0].start === node.start;
    if (!isBare || !/^(value|elements)$/.test(field) || parent === node) return;
    const [{ start, end }] = params;
    edits.push({ start, end: start, text: '(' }, { start: end, end, text: ')' });
  });
  return applyEdits(code, edits);
}

/**
 * Replaces texts by calls of the function that reads them from flash, if the program has it. Any module may call this function,
 * because the loader contains it and runs first.
 */
function storeTexts(sections: Section[]): void {
  if (!sections.some(({ declared }) => declared.has(READ))) return;
  for (const section of sections) {
    if (RUNTIME.test(section.path)) continue;
    const text = markTexts(section.text);
    if (text === section.text) continue;
    section.text = text;
    if (!section.imports.includes(READ)) section.imports.push(READ);
  }
}

/** The statements of the program: the loader and pieces, or all modules in groups if nothing is loaded later. */
async function assemble(sections: Section[], rules: Parts): Promise<string[]> {
  const partOf = ({ path }: Section): string => Object.keys(rules).find((name) => hasModule(rules[name], path)) ?? '';
  checkParts(
    rules,
    sections.map(({ path }) => path),
  );
  if (Object.keys(rules).length === 0) {
    const groups = group(sections, fewNames);
    exportFrom(groups, sections);
    return Promise.all(groups.map((section) => shorten(section, wrap(section))));
  }
  const always = sections.filter((section) => partOf(section) === '');
  const loader = always.filter(({ path }) => RUNTIME.test(path)).reduce(merge);
  const rest = always.filter(({ path }) => !RUNTIME.test(path));
  // The entry stays alone: parts that load while it runs use what the others have handed out by then.
  const groups = [...group(rest.slice(0, -1), (section) => fewNames(section) && isPiece(section)), ...rest.slice(-1)];
  const parts = Object.keys(rules).flatMap((name): PartSections[] => {
    const members = sections.filter((section) => partOf(section) === name);
    if (members.length === 0) return [];
    return [{ name, rule: rules[name], section: members.reduce(merge), pieces: group(members, isPiece) }];
  });
  exportFrom([loader, ...parts.map(({ section }) => section), ...groups], sections);
  for (const { pieces } of parts) exportFrom(pieces, sections);
  const numbers = numberNames(
    [loader, ...groups].flatMap(({ exports }) => exports),
    parts,
  );
  const begin = `const parts = (() => {\n${loader.text}\nparts.shared.push(${loader.exports.join(', ')});\nreturn parts;\n})();`;
  const piece = (section: Section, part: number): Promise<string> =>
    shorten(section, pieceStatement(section, part, numbers));
  const statements = await Promise.all([
    shorten(loader, begin),
    ...parts.flatMap(({ pieces }, i) => pieces.map((section) => piece(section, i + 1))),
    ...groups.map((section) => piece(section, 0)),
  ]);
  return [...statements, startStatement(parts)];
}

function isPiece({ text }: Section): boolean {
  return text.length <= PIECE;
}

/** Finds the names of each group that others use. */
function exportFrom(groups: Section[], sections: Section[]): void {
  for (const group of groups) {
    const others = sections.filter(({ path }) => !group.members.has(path));
    const used = new Set(others.flatMap(({ imports }) => imports));
    group.exports = [...group.declared].filter((name) => used.has(name));
  }
}

/** Cuts esbuild's flat bundle at the comments that name each module's path. */
function split(bundle: string, metafile: Metafile): Section[] {
  const paths = new Set(Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs)));
  const cuts = [{ path: 'esbuild runtime', start: 0 }];
  const program = parse(bundle, {
    ecmaVersion: 2022,
    sourceType: 'module',
    onComment: (block, text, start) => {
      if (!block && paths.has(text.trim())) cuts.push({ path: text.trim(), start });
    },
  });
  const sections = cuts.map(({ path, start }, i): Section & { start: number } => ({
    path,
    members: new Set([path]),
    start,
    text: bundle.slice(start, cuts[i + 1]?.start ?? bundle.length),
    declared: new Set(),
    functions: new Set(),
    mentioned: new Set(),
    assigned: new Set(),
    properties: new Set(),
    namesAreData: false,
    imports: [],
    exports: [],
  }));
  for (const statement of program.body) {
    const section = sections.findLast(({ start }) => start <= statement.start) as Section;
    if (statement.type === 'ExportNamedDeclaration') {
      throw new Error(`${section.path}: the entry of a device program exports nothing`);
    }
    if (statement.type === 'VariableDeclaration') {
      for (const { id, init } of statement.declarations) {
        collectPattern(id, section.declared);
        if (id.type === 'Identifier' && init?.type === 'ArrowFunctionExpression') section.functions.add(id.name);
      }
    } else if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') {
      section.declared.add(statement.id.name);
      if (statement.type === 'FunctionDeclaration') section.functions.add(statement.id.name);
    }
    collectNames(statement, section);
  }
  return sections.filter(({ text }) => text.replace(/^\/\/.*$/gm, '').trim() !== '');
}

/** Finds the names that each section takes from others. */
function connect(sections: Section[]): void {
  const home = new Map<string, number>();
  sections.forEach((section, i) => section.declared.forEach((name) => home.set(name, i)));
  for (const section of sections) section.imports = section.exports = [];
  sections.forEach((section, i) => {
    // A local name that a later module happens to declare too is not an import.
    section.imports = [...section.mentioned].filter((name) => (home.get(name) ?? i) < i);
    for (const name of section.imports) {
      const source = sections[home.get(name) as number];
      if (!source.exports.includes(name)) source.exports = [...source.exports, name];
    }
  });
}

/** @throws Error for an import of a later module, and for an export that is reassigned */
function check(sections: Section[], metafile: Metafile): void {
  const later = new Map<string, Section>();
  for (const section of [...sections].reverse()) {
    for (const name of section.mentioned) {
      const source = later.get(name);
      if (source === undefined || section.declared.has(name)) continue;
      const imported = metafile.inputs[section.path]?.imports.some(({ path }) => path === source.path);
      if (imported === true) throw new Error(`import cycle: ${section.path} uses ${name} of ${source.path}`);
    }
    section.declared.forEach((name) => later.set(name, section));
    const reassigned = section.exports.find((name) => section.assigned.has(name));
    if (reassigned !== undefined) throw new Error(`${section.path}: ${reassigned} is exported and assigned to again`);
  }
}

/** Most names in a function that several modules share. The scope costs heap once, and each further name some time. */
const NAMES_A_GROUP = 80;
/**
 * Modules whose syntax is not shortened, because time matters more in them. Of several modules in one piece the last one decides:
 * `aesGcm.ts`, for instance, shares a piece with TLS's record protection and is shortened.
 */
const HOT = /(^|\/)src\/crypto\//;

function fewNames({ declared, imports }: Section): boolean {
  return declared.size + imports.length <= NAMES_A_GROUP;
}

/** Joins neighbouring modules in one function, as long as that is small. */
function group(sections: Section[], isSmall: (merged: Section) => boolean): Section[] {
  const groups: Section[] = [];
  for (const section of sections) {
    const last = groups.at(-1);
    const merged = last === undefined ? section : merge(last, section);
    if (last === undefined || !isSmall(merged)) groups.push(section);
    else groups[groups.length - 1] = merged;
  }
  return groups;
}

function merge(a: Section, b: Section): Section {
  const declared = new Set([...a.declared, ...b.declared]);
  return {
    ...b,
    text: `${a.text}${b.text}`,
    members: new Set([...a.members, ...b.members]),
    declared,
    functions: new Set([...a.functions, ...b.functions]),
    mentioned: new Set([...a.mentioned, ...b.mentioned]),
    imports: [...new Set([...a.imports, ...b.imports])].filter((name) => !declared.has(name)),
  };
}

/** Shortens the syntax of a section, unless that costs time: `x = x & m` on local variables is faster than `x &= m`. */
async function shorten({ path }: Section, text: string): Promise<string> {
  if (HOT.test(path)) return text;
  return (await transform(text, { minifySyntax: true, legalComments: 'none', ...ENGINE })).code;
}

function wrap({ text, imports, exports }: Section): string {
  const names = imports.join(', ');
  const call = (result: string): string => `((${names}) => {\n${text}${result}\n})(${names});`;
  if (exports.length === 0) return call('');
  if (exports.length === 1) return `const ${exports[0]} = ${call(`return ${exports[0]};`)}`;
  const numbered = byNumber(exports);
  return `const { ${numbered} } = ${call(`return { ${numbered} };`)}`;
}

/** Gives names numbers as properties. With its own name as a property, a variable would have that name, unshortened, twice. */
function byNumber(names: readonly string[]): string {
  return names.map((name, i) => `${i}: ${name}`).join(', ');
}

/** Names of properties that are not shortened. */
async function kept(sections: Section[]): Promise<Set<string>> {
  const names = await keptProperties();
  for (const section of sections) if (section.namesAreData) section.properties.forEach((name) => names.add(name));
  return names;
}

function exactly(names: Set<string>): RegExp {
  return new RegExp(`^(?:${[...names].map((name) => name.replaceAll('$', '\\$')).join('|')})$`);
}

function collectPattern(pattern: Node, names: Set<string>): void {
  forEachVariable(pattern, ({ name }) => names.add(name));
}

function collectNames(statement: Node, section: Section): void {
  collectPattern(statement, section.mentioned);
  forEachNode(statement, (node) => {
    const property = propertyName(node);
    if (property !== null) section.properties.add(property);
    if (namesAreData(node)) section.namesAreData = true;
    if (node.type === 'AssignmentExpression') collectPattern((node as Node & { left: Node }).left, section.assigned);
    if (node.type === 'UpdateExpression')
      collectPattern((node as Node & { argument: Node }).argument, section.assigned);
  });
}
