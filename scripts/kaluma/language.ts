/**
 * Checks that Kaluma's parser accepts a program text. JerryScript lacks the parts of ES2020 named in this file, and
 * everything later except class fields and numeric separators; each was tried on the engine. esbuild replaces most of
 * it. If something is left, the board prints one line, `SyntaxError`, and does nothing.
 */
import { parse, type Node } from 'acorn';
import { forEachNode } from '../lib/syntaxTree.ts';

/** The board would not run the program; the message says why. */
export class ProgramRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProgramRefused';
  }
}

/** An operator or punctuator, and its place. */
export interface Token {
  text: string;
  start: number;
}

export interface ParsedProgram {
  text: string;
  tree: Node;
  /** Division signs, dots and opening brackets, in order, for instrument.ts. */
  tokens: Token[];
}

interface AnyNode extends Node {
  operator?: string;
  static?: boolean;
  regex?: { pattern: string; flags: string };
  cooked?: string | null;
  value?: unknown;
}

const LATER_ASSIGNMENTS = new Set(['&&=', '||=', '??=']);

/** @throws ProgramRefused, with the place, for a text that JerryScript would not parse */
export function parseForEngine(text: string): ParsedProgram {
  const tokens: Token[] = [];
  let tree: Node;
  try {
    tree = parse(`'use strict';${text}`, {
      ecmaVersion: 2022,
      sourceType: 'script',
      onToken: (token) => {
        if (token.type.label === '/' || token.type.label === '%' || /^(_=|\.|\[)$/.test(token.type.label)) {
          const { value } = token as unknown as { value?: string };
          tokens.push({ text: value ?? token.type.label, start: token.start - PREFIX });
        }
      },
    });
  } catch (error) {
    throw new ProgramRefused(`the program does not parse: ${(error as Error).message}`);
  }
  forEachNode(tree, (node) => {
    node.start -= PREFIX;
    node.end -= PREFIX;
  });
  forEachNode(tree, (node, parent) => {
    const problem = unsupported(node) ?? unsupportedArrow(text, node, parent);
    if (problem !== null) {
      const line = text.slice(0, node.start).split('\n').length;
      const excerpt = text.slice(Math.max(0, node.start - 20), node.start + 40).replace(/\s+/g, ' ');
      throw new ProgramRefused(`the engine does not know ${problem}: line ${line}, at \`${excerpt}\``);
    }
  });
  return { text, tree, tokens };
}

/** Kaluma parses programs in strict mode. */
const PREFIX = "'use strict';".length;

function unsupported(node: AnyNode): string | null {
  switch (node.type) {
    case 'ChainExpression':
      return 'optional chaining';
    case 'PrivateIdentifier':
      return 'private names';
    case 'StaticBlock':
      return 'static blocks';
    case 'ImportExpression':
    case 'MetaProperty':
      // `new.target` is a MetaProperty too, and supported.
      return (node as unknown as { meta?: { name: string } }).meta?.name === 'new' ? null : 'import';
    case 'AssignmentExpression':
      return LATER_ASSIGNMENTS.has(node.operator ?? '') ? `\`${node.operator}\`` : null;
    case 'TemplateElement':
      return (node.value as { cooked: string | null }).cooked === null ? 'bad escapes in tagged templates' : null;
    case 'Literal':
      return node.regex === undefined ? null : unsupportedPattern(node.regex);
    default:
      return null;
  }
}

/**
 * The engine takes a literal of an object or array in parentheses for what may be the parameters of an arrow function, and stumbles
 * there over an arrow function with a bare parameter: `() => ({ a: x => 1 })`. With parentheses around the parameter it goes on.
 */
function unsupportedArrow(text: string, node: Node, parent: Node): string | null {
  if (!/^(Object|Array)Expression$/.test(node.type)) return null;
  const isArgument = /^(Call|New)Expression$/.test(parent.type);
  const isInParentheses = /\(\s*$/.test(text.slice(Math.max(0, node.start - 20), node.start));
  const isCandidate = parent.type === 'SequenceExpression' || (!isArgument && isInParentheses);
  return isCandidate && hasBareArrow(text, node)
    ? 'bare parameters of arrow functions in an object in parentheses'
    : null;
}

/** Whether a literal has such a function among its values, or in literals among them. */
function hasBareArrow(text: string, literal: Node): boolean {
  const { properties, elements } = literal as Node & {
    properties?: (Node & { value?: Node })[];
    elements?: (Node | null)[];
  };
  return (elements ?? (properties ?? []).map(({ value }) => value ?? null)).some((value) => {
    if (value === null) return false;
    if (/^(Object|Array)Expression$/.test(value.type)) return hasBareArrow(text, value);
    return (
      value.type === 'ArrowFunctionExpression' && !/^(async\s*)?\(/.test(text.slice(value.start, value.start + 20))
    );
  });
}

function unsupportedPattern({ pattern, flags }: { pattern: string; flags: string }): string | null {
  if (/[^gimsuy]/.test(flags)) return `the flags of /${pattern}/${flags}`;
  const bare = pattern.replace(/\\./gs, '').replace(/\[[^\]]*\]/g, '');
  if (/\(\?<[=!]/.test(bare)) return 'lookbehind';
  if (/\(\?<\w/.test(bare)) return 'named groups';
  return flags.includes('u') && /\\[pP]\{/.test(pattern.replace(/\\\\/g, '')) ? 'property escapes' : null;
}

/** Bytes of a program that Kaluma parses at boot: all but the comment in front. */
export function residentLength(text: string): number {
  return text.startsWith('/*') ? text.length - text.indexOf('*/') - 2 : text.length;
}
