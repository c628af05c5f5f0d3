/** Walking the syntax trees that acorn makes. */
import type { Node } from 'acorn';

/** Visits every node of a tree, parents first. */
export function forEachNode(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of Object.values(node) as unknown[]) {
    for (const one of Array.isArray(child) ? (child as unknown[]) : [child]) {
      if (isNode(one)) forEachNode(one, visit);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
