/** The guided tour: one step at a time, with the way through it on the left. */
import { attacksView } from '../attackView.ts';
import { checkSummary } from '../checkSummary.ts';
import { checksView } from '../checkView.ts';
import { checks, data, workings } from '../connection.ts';
import { button, element, make, prose } from '../dom.ts';
import { go, register } from '../navigation.ts';
import { workingView } from '../workingView.ts';
import type { Step } from './step.ts';
import { STEPS } from './steps.ts';

let current = 0;

export function startTour(): void {
  const list = element('steps');
  let chapter = '';
  STEPS.forEach((step, i) => {
    if (step.chapter !== chapter) {
      chapter = step.chapter;
      const heading = make('li', 'chapter', chapter);
      list.append(heading);
    }
    const item = make('li');
    const press = button('', 'step', () => go({ view: 'tour', step: i }));
    press.append(make('span', 'number', String(i + 1)), make('span', '', step.title));
    item.append(press);
    list.append(item);
  });
  element('back').addEventListener('click', () => go({ view: 'tour', step: current - 1 }));
  element('next').addEventListener('click', () => go({ view: 'tour', step: current + 1 }));
  register('tour', (place) => {
    if (place.view === 'tour') showStep(place.step);
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || element('tour').hidden) return;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    if (event.target instanceof Element && event.target.closest('svg, pre') !== null) return;
    if (event.key === 'ArrowRight') go({ view: 'tour', step: current + 1 });
    else if (event.key === 'ArrowLeft') go({ view: 'tour', step: current - 1 });
    else return;
    event.preventDefault();
  });
}

function showStep(index: number): void {
  current = Math.max(0, Math.min(index, STEPS.length - 1));
  const step = STEPS[current];
  element('steps')
    .querySelectorAll('button')
    .forEach((press, i) => {
      if (i === current) press.setAttribute('aria-current', 'step');
      else press.removeAttribute('aria-current');
    });
  (element('back') as HTMLButtonElement).disabled = current === 0;
  (element('next') as HTMLButtonElement).disabled = current === STEPS.length - 1;
  element('progress').textContent = `${current + 1} of ${STEPS.length}`;
  (element('way') as HTMLDetailsElement).open = matchMedia('(min-width: 901px)').matches;
  element('step').replaceChildren(...stepView(step));
  element('stage').scrollTop = 0;
  window.scrollTo(0, 0);
  element('status').textContent = '';
  history.replaceState(null, '', `#tour-${current + 1}`);
}

function stepView(step: Step): HTMLElement[] {
  const heading = make('h2', '', step.title);
  heading.tabIndex = -1;
  const parts: HTMLElement[] = [make('p', 'chapter', step.chapter), heading, ...step.prose.map(prose)];
  if (step.figure !== undefined) parts.push(step.figure());
  if (step.without !== undefined) {
    const box = prose(`**Without it?** ${step.without}`);
    box.className = 'without';
    parts.push(box);
  }
  if (step.messages !== undefined) parts.push(messageLinks(step.messages));
  const shown = workings.filter(({ id }) =>
    step.workings?.some((start) => id === start || (start.endsWith(' ') && id.startsWith(start))),
  );
  if (shown.length > 0)
    parts.push(section('Computed here', 'with the code that runs on the board'), ...shown.map(workingView));
  const made = step.checks === undefined ? [] : checks.filter(step.checks);
  if (made.length > 0) parts.push(section('Checked', checkSummary(made)), checksView(made));
  if (step.attacks !== undefined) parts.push(section('Attack it', 'and see who notices'), attacksView(step.attacks));
  return parts;
}

function section(title: string, note: string): HTMLElement {
  const heading = make('h3', 'section', title);
  heading.append(make('span', '', ` ${note}`));
  return heading;
}

/** Buttons that lead to the bytes of messages. */
function messageLinks(messages: readonly ['in' | 'out', string][]): HTMLElement {
  const row = make('p', 'links', 'See the bytes, and break one: ');
  for (const [direction, name] of messages) {
    const entry = data.entries.findIndex(({ kind, titles }) => kind === direction && titles.includes(name));
    if (entry >= 0)
      row.append(
        button(name, `link ${direction}`, () => go({ view: 'inspect', entry })),
        ' ',
      );
  }
  return row;
}
