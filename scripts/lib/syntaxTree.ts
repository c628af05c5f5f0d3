/** Walks the syntax trees that acorn makes. */
import type { Node } from 'acorn';

/**
 * Visits the nodes directly below a node, mostly in the order of the text.
 * @param visit receives the node, and the name of the parent's field that holds it, such as `params`
 */
export function forEachChild(parent: Node, visit: (node: Node, field: string) => void): void {
  // Loops, and no list of the children: trees are walked a dozen times a build, and both took most of that time.
  for (const field in parent) {
    const value: unknown = parent[field as keyof Node];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (isNode(value[i])) visit(value[i] as Node, field);
    } else if (isNode(value)) {
      visit(value, field);
    }
  }
}

/**
 * Visits every node of a tree, parents first.
 * @param visit receives the node, its parent (at the top the node itself), and the field that holds the node
 */
export function forEachNode(tree: Node, visit: (node: Node, parent: Node, field: string) => void): void {
  const below = (node: Node, parent: Node, field: string): void => {
    visit(node, parent, field);
    forEachChild(node, (child, of) => below(child, node, of));
  };
  below(tree, tree, '');
}

/** Visits the identifiers that name variables, not those in `.name` or `name:`. */
export function forEachVariable(tree: Node, visit: (identifier: Node & { name: string }) => void): void {
  forEachNode(tree, (node, parent, field) => {
    if (isIdentifier(node) && !isPropertyName(parent, field)) visit(node);
  });
}

export function isIdentifier(node: Node): node is Node & { name: string } {
  return node.type === 'Identifier';
}

/** Whether a node in this field is the literal name of a property: `.name`, `name:` or a method. */
export function isPropertyName(parent: Node, field: string): boolean {
  return (field === 'property' || field === 'key') && (parent as Node & { computed?: boolean }).computed !== true;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
