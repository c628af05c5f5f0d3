/** Builds a tree of fields from a list of spans of bytes with their meanings. */
import { CERTIFICATE, describeCertificate, fieldReference } from './certificateMeanings.ts';
import { derFields, ECDSA_SIGNATURE, holdsElement, NAME } from './derElements.ts';
import type { Described } from './described.ts';
import { nameText } from './objectIdentifiers.ts';

/** Leaves cover their bytes in a row, each byte once; a field with children covers just what these do. */
export interface Field {
  name: string;
  meaning: string;
  /** The section that specifies it: `RFC 5246, section 7.4.1.2`. */
  reference: string;
  /** Offsets in the block that the field is in. */
  start: number;
  end: number;
  /** Whether it is a secret, which is shown only if the user asks for secrets. */
  secret: boolean;
  /** Whether it is a secret that is not shown; dashes then stand for its bytes. */
  isWithheld: boolean;
  children: Field[];
  /** As in `Meaning`. */
  label?: string;
}

/** Name of the fields for bytes in no span. */
export const NOT_READ = 'not read';

/** The parts of an element of DER. */
const DER_HEADER = 'tag and length';

/** Names of MQTT's fields that hold secrets; a custom authorizer of AWS may take a token in either. */
const SECRET_FIELDS = ['Password', 'User Name'];

export function leaf(start: number, end: number, name: string, meaning: string, reference: string): Field {
  return { name, meaning, reference, start, end, secret: false, isWithheld: false, children: [] };
}

export function group(name: string, meaning: string, children: Field[]): Field {
  const { start, reference } = children[0];
  const { end } = children[children.length - 1];
  return { name, meaning, reference, start, end, secret: false, isWithheld: false, children };
}

/**
 * @param bytes which `spans` are about
 * @param reference the section for spans that name none
 * @returns fields whose leaves cover all of `bytes`: what is in no span is `not read`
 */
export function fieldsOf(bytes: Uint8Array, spans: readonly Described[], reference: string): Field[] {
  const roots: Field[] = [];
  /** The groups that are open, each with the depth of its header. */
  const open: { depth: number; group: Field }[] = [];
  let at = 0;
  const add = (field: Field): void => {
    (open.length === 0 ? roots : open[open.length - 1].group.children).push(field);
    for (const { group } of open) group.end = field.end;
    at = field.end;
  };
  spans.forEach((span, i) => {
    const { start, end, name, depth, isLength } = span;
    while (open.length > 0 && open[open.length - 1].depth >= depth) open.pop();
    // If a message was refused amid a vector, its length may be all that was read.
    if (end <= start || start < at) return;
    if (start > at) add(leaf(at, start, NOT_READ, 'bytes that the client had no use for', reference));
    const field = spanField(span, open[open.length - 1]?.group.reference ?? reference);
    if (depth < ((spans[i + 1] as Described | undefined)?.depth ?? 0)) {
      const outer = { ...field, meaning: isLength ? '' : field.meaning, children: [] };
      add(outer);
      open.push({ depth, group: outer });
      at = start;
      add({ ...field, name: isLength ? 'length' : DER_HEADER, meaning: isLength ? field.meaning : '' });
    } else {
      expand(isLength ? { ...field, name: `length of ${name}` } : field, bytes).forEach(add);
    }
  });
  open.length = 0;
  if (at < bytes.length) add(leaf(at, bytes.length, NOT_READ, 'it was refused before', reference));
  return completed(roots);
}

/** Fields moved by `offset`, cut to what lies between `from` and `to`; a field that is cut says so. */
export function place(fields: readonly Field[], offset: number, from: number, to: number): Field[] {
  const placed: Field[] = [];
  for (const field of fields) {
    const start = Math.max(field.start + offset, from);
    const end = Math.min(field.end + offset, to);
    if (start >= end) continue;
    const isCut = start > field.start + offset || end < field.end + offset;
    const name = isCut ? `${field.name} (part)` : field.name;
    placed.push({ ...field, name, start, end, children: place(field.children, offset, from, to) });
  }
  return placed;
}

export function leavesOf(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.children.length === 0 ? [field] : leavesOf(field.children)));
}

/** @param inherited the section that specifies the field around it */
function spanField({ start, end, name, meaning, reference, label }: Described, inherited: string): Field {
  const field = leaf(start, end, name, worded(meaning), reference ?? inherited);
  return { ...field, secret: SECRET_FIELDS.includes(name), ...(label !== undefined && { label }) };
}

/** Text from the wire must not turn the reading direction of the text around it. */
function worded(meaning: string): string {
  return meaning.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Splits the parts that the message's parser leaves to others: certificates, names, signatures in DER. */
function expand(field: Field, bytes: Uint8Array): Field[] {
  const { name, start, end } = field;
  const own = bytes.subarray(start, end);
  if (name === 'ASN.1Cert') return place(fieldsOf(own, describeCertificate(own), CERTIFICATE), start, start, end);
  const isName = name === 'DistinguishedName';
  if (!isName && !(name === 'signature' && holdsElement(own, 0, own.length))) return [field];
  const elements = derFields(own, 0, own.length, isName ? NAME : ECDSA_SIGNATURE, 0);
  const inside = place(fieldsOf(own, elements, field.reference), start, start, end);
  return [{ ...group(name, isName ? worded(nameText(own)) : field.meaning, inside), reference: field.reference }];
}

/**
 * Adds the meanings that need the whole group: how much its header announces, and to which extension of a certificate or a hello
 * it belongs.
 */
function completed(fields: Field[]): Field[] {
  const result: Field[] = [];
  for (let i = 0; i < fields.length; i++) {
    const field = finished(fields[i]);
    const [, id] = field.children;
    if (field.name === 'Extension' && id?.label !== undefined) {
      result.push({ ...field, meaning: id.label, reference: fieldReference(id.label) ?? field.reference });
    } else if (field.name === 'extension_type' && field.label !== undefined && i + 1 < fields.length) {
      i += 1;
      // The group shows only the extension's name; the field `extension_type` in it shows the purpose as well.
      result.push(group('Extension', field.label, [field, finished(fields[i])]));
    } else {
      result.push(field);
    }
  }
  return result;
}

function finished(field: Field): Field {
  const children = completed(field.children);
  const [header] = children;
  if (header?.name === DER_HEADER) children[0] = { ...header, meaning: `${field.end - header.end} bytes follow` };
  return { ...field, children };
}
