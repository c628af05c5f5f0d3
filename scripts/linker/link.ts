/**
 * Bundles a program for the board, a function for each few modules.
 *
 * JerryScript finds a captured name by searching each enclosing scope from its last declaration back, 0.34 µs a name,
 * so in esbuild's flat scope of 400 names an early helper costs 136 µs at every use. Here esbuild bundles and shakes
 * the tree, then modules are wrapped in functions, some together: what they use of others comes in as parameters, what
 * others use of them goes out as results. The outermost scope is never searched by code that runs more than once.
 */
import { parse, type Node } from 'acorn';
import { build, transform, type Metafile, type Plugin, type TransformOptions } from 'esbuild';
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
import { markTexts, READ } from './texts.ts';

export interface LinkedModule {
  /** Path as esbuild names it, such as `src/tls/client.ts`. */
  path: string;
  /** Bytes of the module, minified on its own. */
  bytes: number;
}

export interface LinkedProgram {
  code: string;
  /** For each line of the code the place in the sources that it comes from. */
  lines: string[];
  /** Characters that are parsed when the program starts: all but its parts. */
  resident: number;
  modules: LinkedModule[];
}

/** What the parser of Kaluma 1.2.1 takes; `supported` mends what esbuild assumes of ES2020. */
const ENGINE = { target: 'es2020', supported: { bigint: true, 'optional-chain': false } } as const;

const MINIFY = { minifyWhitespace: true, minifyIdentifiers: true, legalComments: 'none', ...ENGINE } as const;

/** @throws the errors of esbuild for what does not compile, and Error for an import cycle or a reassigned export. */
export async function bundleDevice(options: {
  entry: string;
  plugins?: Plugin[];
  /** Which modules are loaded when they are needed; all others are when the program starts. */
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
    // Fields by assignment: esbuild's definition of them is a call a field.
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
  const modules = await Promise.all(
    sections.map(async (section) => {
      const alone = await transform(await shorten(section, wrap(section)), {
        ...minify,
        mangleCache: mangleCache as Record<string, string>,
      });
      return { path: section.path, bytes: alone.code.length };
    }),
  );
  const homes = new Map(sections.flatMap(({ path, declared }) => [...declared].map((name) => [name, path])));
  const numbered = numberLines(code.trimEnd(), readable, (name) => homes.get(name));
  const ours = new Set(Object.values(mangleCache ?? {}).filter((name) => name !== false));
  const named = { ...numbered, code: useEngineNames(numbered.code, ours, taken) };
  return { ...deferredParts(named), modules };
}

/** Has texts read from flash, if the program can do that. What reads them is loaded first, wherever it stands in the bundle. */
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

/** Finds out which names of each group others use. */
function exportFrom(groups: Section[], sections: Section[]): void {
  for (const group of groups) {
    const others = sections.filter(({ path }) => !group.members.has(path));
    const used = new Set(others.flatMap(({ imports }) => imports));
    group.exports = [...group.declared].filter((name) => used.has(name));
  }
}

/** The statements of one module in the flat bundle, or of several. */
export interface Section {
  path: string;
  text: string;
  /** Paths of the modules in it. */
  members: Set<string>;
  /** Names declared at its top level. */
  declared: Set<string>;
  /** Every name that occurs as a variable anywhere in it, its own locals included. */
  mentioned: Set<string>;
  /** Of these, the names of functions. */
  functions: Set<string>;
  /** Names that are assigned to somewhere in it. */
  assigned: Set<string>;
  /** Names of properties spelled out in it. */
  properties: Set<string>;
  /** Whether such names are data in it. */
  namesAreData: boolean;
  imports: string[];
  exports: string[];
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

/** Finds out which names go from which section to which. */
function connect(sections: Section[]): void {
  const home = new Map<string, number>();
  sections.forEach((section, i) => section.declared.forEach((name) => home.set(name, i)));
  for (const section of sections) section.imports = section.exports = [];
  sections.forEach((section, i) => {
    // A local that merely shares its name with a later module's is no import.
    section.imports = [...section.mentioned].filter((name) => (home.get(name) ?? i) < i);
    for (const name of section.imports) {
      const source = sections[home.get(name) as number];
      if (!source.exports.includes(name)) source.exports = [...source.exports, name];
    }
  });
}

/** @throws Error for an import of a later module, and for an export that is assigned to again */
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

/** Names in a function that several modules share. Its scope costs heap once, and each further name a little time. */
const NAMES_A_GROUP = 80;
/** Where time matters more: what ends with such a module keeps its syntax. AES and GHASH, before records, do well without. */
const HOT = /(^|\/)src\/crypto\//;

function fewNames({ declared, imports }: Section): boolean {
  return declared.size + imports.length <= NAMES_A_GROUP;
}

/** Puts modules that stand side by side into one function, as long as that is small. */
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

/** The text of a section in shorter syntax, where that costs no time: `x = x & m` on locals beats `x &= m`. */
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

/** Handed over by number: unlike a variable, a property would keep its whole name in the minified text, twice. */
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
