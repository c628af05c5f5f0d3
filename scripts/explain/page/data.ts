/** What is in the page besides its program, in JSON. */
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
  /** What each message in it is for, and what would go wrong without it; of a secret the first only. */
  prose: { name: string; text: string; without: string }[];
  blocks: PageBlock[];
  /** Where the record begins in the bytes of its direction, and when its last byte went through; null for a secret. */
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
  /** Of `encodeTape()`. */
  tape: string;
  code: Record<CodeName, PageCode>;
}
