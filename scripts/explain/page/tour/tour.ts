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
  if (step.points !== undefined) parts.push(pointList(step.points));
  if (step.figure !== undefined) parts.push(step.figure());
  parts.push(...(step.after ?? []).map(prose));
  const lacking = withoutIt(step);
  if (lacking.length > 0) parts.push(withoutBox(lacking));
  parts.push(...messageLinks(step.messages ?? []));
  parts.push(...workingViews(step));
  // The checks are shown at the end of the tour, all together.
  const made = step.checks === undefined ? [] : checks.filter(step.checks);
  const isWhole = made.length === checks.length;
  if (made.length > 0 && !isWhole) parts.push(section('Checked', checkSummary(made)), checksView(made));
  if (step.attacks !== undefined) parts.push(section('Attack it', 'and see who notices'), attacksView(step.attacks));
  if (made.length > 0 && isWhole) {
    const note =
      'in the order in which it happened, with the section that demands it and the lines of the board’s program';
    parts.push(section(`All that was checked: ${checkSummary(made)}`, note), checksView(made));
  }
  return parts;
}

function pointList(points: readonly string[]): HTMLElement {
  const list = make('ul', 'points-made');
  for (const text of points) {
    const item = make('li');
    item.append(...prose(text).childNodes);
    list.append(item);
  }
  return list;
}

/** The harm without the step's idea, and without each of its messages. */
function withoutIt({ without, messages = [] }: Step): string[] {
  const idea = without === undefined ? [] : [without];
  const sentences = messages.flatMap(([direction, name]) => {
    const found = data.entries.find(({ kind, titles }) => kind === direction && titles.includes(name));
    const text = found?.prose.find((one) => one.name === name)?.without;
    if (text === undefined) return [];
    const isTwice = messages.filter(([, other]) => other === name).length > 1;
    const whose = direction === 'out' ? 'The board’s ' : 'The server’s ';
    return [messages.length === 1 ? text : `**${isTwice ? whose : ''}${name}:** ${text}`];
  });
  return [...idea, ...sentences];
}

function withoutBox(texts: readonly string[]): HTMLElement {
  const box = make('div', 'without');
  box.append(make('h3', '', 'What would go wrong without it?'), ...texts.map(prose));
  return box;
}

function workingViews({ workings: wanted = [], firstWorking }: Step): HTMLElement[] {
  const shown = workings.filter(({ id }) =>
    wanted.some((start) => id === start || (start.endsWith(' ') && id.startsWith(start))),
  );
  if (shown.length === 0) return [];
  const title = section('Computed here', 'with the code that runs on the board');
  const first = firstWorking?.() ?? null;
  if (first === null) return [title, ...shown.map(workingView)];
  const more = make('details', 'others');
  const others = shown.filter(({ id }) => id !== first);
  more.append(make('summary', '', `The other ${others.length}`), ...others.map(workingView));
  return [title, ...shown.filter(({ id }) => id === first).map(workingView), more];
}

function section(title: string, note: string): HTMLElement {
  const heading = make('h3', 'section', title);
  heading.append(make('span', '', ` ${note}`));
  return heading;
}

/** Buttons that lead to the bytes of messages, of those that came. */
function messageLinks(messages: readonly ['in' | 'out', string][]): HTMLElement[] {
  const links = messages.flatMap(([direction, name]) => {
    const entry = data.entries.findIndex(({ kind, titles }) => kind === direction && titles.includes(name));
    return entry < 0 ? [] : [button(name, `link ${direction}`, () => go({ view: 'inspect', entry })), ' '];
  });
  if (links.length === 0) return [];
  const row = make('p', 'links', 'See the bytes, and break one: ');
  row.append(...links);
  return [row];
}
