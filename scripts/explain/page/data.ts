/** The page's data besides its program, in JSON. */
import type { CodeName } from '../code.ts';

export interface PageField {
  name: string;
  meaning: string;
  reference: string;
  start: number;
  end: number;
  secret: boolean;
  /** Empty: the field is a leaf. */
  children: PageField[];
}

export interface PageBlock {
  label: string;
  /** Two digits a byte, or two dashes. */
  hex: string;
  fields: PageField[];
}

export interface PageEntry {
  kind: 'in' | 'out' | 'secret';
  titles: string[];
  size: number;
  /** A few words behind the title. */
  reference: string;
  /** The purpose of each message in it, and the harm without it; of a secret the purpose only. */
  prose: { name: string; text: string; without: string }[];
  blocks: PageBlock[];
  /** The offset of the record in the bytes of its direction, and the time of its last byte; null for a secret. */
  at: { offset: number; ms: number } | null;
}

/** A piece of `src/` that does what a check or a working shows. */
export interface PageCode {
  file: string;
  /** 0 if it is not known. */
  line: number;
  /** Some lines around it, the first of which is `firstLine`. */
  text: string;
  firstLine: number;
}

export interface PageData {
  host: string;
  port: number;
  /** ISO 8601. */
  time: string;
  /** Whether they are shown. */
  secrets: boolean;
  entries: PageEntry[];
  /** The result of `encodeTape()`. */
  tape: string;
  code: Record<CodeName, PageCode>;
}
