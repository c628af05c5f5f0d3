/** Break it: one byte of the record that is shown is changed on its way, and both sides are asked what they find. */
import { flipByte } from '../breaking.ts';
import { silentReason } from '../silent.ts';
import { selection } from './selection.ts';
import { tape, theJudge } from './connection.ts';
import type { PageEntry } from './data.ts';
import { button, element, make } from './dom.ts';
import { verdictView } from './verdictView.ts';

/** Bytes in front of what is encrypted: header and explicit nonce. */
const SEALED_START = 13;

/** @param block 0: as it travelled; 1: decrypted, where a bit is turned by turning the same bit of the ciphertext */
export function showBreakPanel(entry: PageEntry, block: number, at: number): void {
  const panel = element('break');
  panel.replaceChildren();
  panel.hidden = entry.kind === 'secret' || entry.at === null;
  if (entry.kind === 'secret' || entry.at === null) return;
  const { kind, blocks } = entry;
  const inRecord = block === 0 ? at : at + SEALED_START;
  const offset = entry.at.offset + inRecord;
  const old = parseInt(blocks[0].hex.slice(2 * inRecord, 2 * inRecord + 2), 16);

  panel.append(make('h2', '', 'Break it'));
  markTarget(block, at);
  const limit = kind === 'in' ? theJudge().judgedIncoming : theJudge().judgedOutgoing;
  if (offset >= limit) {
    panel.append(make('p', 'withheld', 'What a change does here takes secrets that this page does not have.'));
    return;
  }
  const line = make('p', 'line');
  const step = (label: string, name: string, to: number): HTMLButtonElement => {
    const press = button(label, 'step-byte', () => {
      showBreakPanel(entry, block, to);
      panel.querySelector<HTMLElement>(`[aria-label="${name}"]`)?.focus();
    });
    press.setAttribute('aria-label', name);
    press.disabled = to < 0 || to >= blocks[block].hex.length / 2;
    return press;
  };
  line.append(step('‹', 'The byte before', at - 1), step('›', 'The next byte', at + 1), `Byte ${at}: `);
  const input = document.createElement('input');
  input.value = (old ^ 1).toString(16).padStart(2, '0');
  input.maxLength = 2;
  input.size = 2;
  input.spellcheck = false;
  input.setAttribute('aria-label', 'The byte that arrives, two hexadecimal digits');
  line.append(make('code', '', old.toString(16).padStart(2, '0')), ' leaves as it is, and arrives as ', input, ' ');
  const outcome = make('div', 'outcome');
  const send = (): void => {
    const wanted = parseInt(input.value, 16);
    outcome.replaceChildren();
    if (!/^[\da-f]{1,2}$/i.test(input.value.trim()) || wanted === old) {
      outcome.append(make('p', 'withheld', 'Give it two hexadecimal digits that are not those that it has.'));
      return;
    }
    const verdict = theJudge().judge(flipByte(tape, kind, offset, wanted ^ old));
    const reason = verdict.who === 'nobody' ? silentReason(tape, kind, offset) : null;
    outcome.append(verdictView(verdict, reason));
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') send();
    event.stopPropagation();
  });
  line.append(button('Send it so', 'primary', send));
  panel.append(line, outcome);
}

/** Frames the byte that is going to be changed. */
function markTarget(block: number, at: number): void {
  element('bytes')
    .querySelectorAll('.target')
    .forEach((place) => place.classList.remove('target'));
  for (const place of selection.cells[block]?.[at]?.places ?? []) place.classList.add('target');
}
