/** What the page shows, as it stands in it in JSON. */

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
  prose: { name: string; text: string }[];
  blocks: PageBlock[];
}

export interface PageData {
  host: string;
  port: number;
  /** ISO 8601. */
  time: string;
  /** Whether they are shown. */
  secrets: boolean;
  entries: PageEntry[];
}
