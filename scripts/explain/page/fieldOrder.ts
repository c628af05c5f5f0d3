/** The fields of a record in the order in which `fieldsPane.ts` shows them, which is how addresses count them. */
import type { PageBlock, PageEntry, PageField } from './data.ts';

export interface PlacedField {
  field: PageField;
  block: PageBlock;
}

export function fieldsInOrder({ blocks }: PageEntry): PlacedField[] {
  return blocks.flatMap((block) => flatten(block.fields).map((field) => ({ field, block })));
}

function flatten(fields: readonly PageField[]): PageField[] {
  return fields.flatMap((field) => [field, ...flatten(field.children)]);
}

/** Two digits a byte. */
export function digitsOf({ field, block }: PlacedField): string {
  return block.hex.slice(2 * field.start, 2 * field.end);
}
