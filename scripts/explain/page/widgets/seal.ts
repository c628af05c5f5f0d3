/** A record under AES-GCM: keystream, text, and what a turned bit does with the tag and without. */
import { decodeUtf8 } from '../../../../src/bytes/utf8.ts';
import { Aes128Gcm } from '../../../../src/crypto/aesGcm.ts';
import { concat } from '../../../../src/bytes/encoding.ts';
import { finish } from '../../../../src/index.ts';
import { type OpenedRecord, openRecords } from '../../sealed.ts';
import { facts, withheldText } from '../connection.ts';
import { digits, make } from '../dom.ts';

/** Bytes of the record that are shown. */
const SHOWN = 24;

export function sealFigure(): HTMLElement {
  const figure = make('figure', 'seal-figure');
  const reading = sealedReading();
  if (reading === null) {
    figure.append(make('p', 'withheld', `The keys: ${withheldText()}.`));
    return figure;
  }
  figure.append(...playground(reading.record, reading.content));
  return figure;
}

/** The record with the reading, which is the longest thing that the board says; null where it cannot be opened. */
export function sealedReading(): { record: OpenedRecord; content: Uint8Array; id: string } | null {
  const { keyBlock, observed } = facts;
  const opened = keyBlock === null ? [] : openRecords(observed, keyBlock);
  let found: { record: OpenedRecord; content: Uint8Array; id: string } | null = null;
  opened.forEach((record, i) => {
    const { content } = record;
    if (record.record.direction !== 'out' || content === null) return;
    if (found === null || content.length > found.content.length) found = { record, content, id: `record ${i}` };
  });
  return found;
}

function playground(record: OpenedRecord, content: Uint8Array): HTMLElement[] {
  // The offset of the reading's digits, where a turned bit makes a false reading.
  const start = Math.max(0, indexOf(content, 'celsius') - 4);
  const end = Math.min(content.length, start + SHOWN);
  const changed = record.ciphertext.slice();
  const rows = make('div', 'streams');
  const tag = make('p', 'tag');
  tag.setAttribute('aria-live', 'polite');
  const show = (focus = -1): void => {
    const plain = content.slice();
    for (let i = 0; i < plain.length; i++) plain[i] ^= changed[i] ^ record.ciphertext[i];
    const stream = content.map((byte, i) => byte ^ record.ciphertext[i]);
    rows.replaceChildren(
      row('ciphertext, on the wire: click a byte to turn a bit of it', changed, start, end, (i) => {
        changed[i] ^= 8;
        show(i - start);
      }),
      row('keystream, from AES', stream, start, end),
      row('their XOR, the text', plain, start, end),
      make('p', 'plain', text(plain.subarray(start, end))),
    );
    if (focus >= 0) rows.querySelectorAll<HTMLElement>('button.cell')[focus].focus();
    const sealed = concat(changed, record.tag);
    const isRight = finish(new Aes128Gcm(record.key).open(record.nonce, record.additionalData, sealed)) !== null;
    tag.className = `tag ${isRight ? 'right' : 'wrong'}`;
    tag.textContent = isRight
      ? `✓ The tag fits: ${digits(record.tag)}`
      : '✗ The tag does not fit what arrived: bad_record_mac. Nobody ever sees that text.';
  };
  show();
  return [rows, tag];
}

function row(name: string, bytes: Uint8Array, start: number, end: number, press?: (at: number) => void): HTMLElement {
  const box = make('div', 'stream');
  box.append(make('span', 'name', name));
  const cells = make('div', 'cells');
  for (let at = start; at < end; at++) {
    const digitsOf = bytes[at].toString(16).padStart(2, '0');
    const cell = make(press === undefined ? 'span' : 'button', 'cell', digitsOf);
    if (press !== undefined) {
      cell.setAttribute('type', 'button');
      cell.setAttribute('aria-label', `byte ${at}, ${digitsOf}: turn a bit of it`);
      cell.addEventListener('click', () => press(at));
    }
    cells.append(cell);
  }
  box.append(cells);
  return box;
}

function indexOf(bytes: Uint8Array, word: string): number {
  return Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join('')
    .indexOf(word);
}

function text(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes).replace(/[^ -~]/g, '·');
  } catch {
    return Array.from(bytes, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
  }
}
