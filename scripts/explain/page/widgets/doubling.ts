/** n·G by double-and-add, and the way back by trying. */
import { pointsText } from '../../curveNumbers.ts';
import { BASE, multiply, ORDER, pointText } from '../../smallCurve.ts';
import { curve } from '../connection.ts';
import { button, make } from '../dom.ts';
import { smallGrid } from './smallGrid.ts';

export function doublingFigure(): HTMLElement {
  const figure = make('figure', 'curve doubling');
  const grid = smallGrid(() => undefined);
  const side = make('div', 'side');
  side.append(thereView(grid), backView());
  figure.append(grid.picture, side);
  return figure;
}

/** A slider for n, and the steps that lead to n·G. */
function thereView(grid: ReturnType<typeof smallGrid>): HTMLElement {
  const box = make('div', 'there');
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.min = '1';
  slider.max = String(ORDER - 1);
  slider.value = '17';
  slider.setAttribute('aria-label', 'n');
  const title = make('p', 'sum');
  const steps = make('ol', 'steps-of-n');
  const show = (): void => {
    const n = Number(slider.value);
    const { result, steps: made } = multiply(n, BASE);
    title.textContent = `${n}·G = ${pointText(result)}`;
    steps.replaceChildren(
      ...made.map(({ bit, what, count, point }) => {
        const words = what === 'begin' ? 'begin with G' : what === 'double' ? 'double' : 'add G';
        const item = make('li', what);
        item.append(make('code', '', bit), ` ${words}: ${count}·G = ${pointText(point)}`);
        return item;
      }),
    );
    grid.clearLabels();
    grid.mark(
      'passed',
      made.map(({ point }) => point),
    );
    grid.mark('sum', [result]);
    grid.label(BASE, 'G');
    grid.label(result, `${n}·G`);
  };
  slider.addEventListener('input', show);
  // The arrow keys move the slider, not the tour.
  slider.addEventListener('keydown', (event) => event.stopPropagation());
  box.append(title, slider, steps);
  show();
  return box;
}

/** A point whose number is to be guessed. */
function backView(): HTMLElement {
  const box = make('div', 'guess');
  let secret = 0;
  let tries = 0;
  const question = make('p');
  const answer = make('p', 'answer');
  answer.setAttribute('aria-live', 'polite');
  const input = document.createElement('input');
  input.inputMode = 'numeric';
  input.size = 3;
  input.setAttribute('aria-label', 'Your guess of n');
  const ask = (): void => {
    secret = 1 + Math.floor(Math.random() * (ORDER - 1));
    tries = 0;
    question.textContent = `The way back: which n makes n·G = ${pointText(multiply(secret, BASE).result)}?`;
    answer.textContent = '';
    input.value = '';
  };
  const guess = (): void => {
    const n = Number(input.value);
    if (!(n >= 1 && n < ORDER)) {
      answer.textContent = `A whole number from 1 to ${ORDER - 1}.`;
      return;
    }
    tries += 1;
    answer.textContent =
      n === secret
        ? `Yes, after ${tries === 1 ? 'one try' : `${tries} tries`}. On ${curve} there are about ${pointsText(curve)} to try.`
        : `No, ${n}·G is ${pointText(multiply(n, BASE).result)}. Nothing tells whether you were close.`;
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') guess();
    event.stopPropagation();
  });
  const controls = make('div', 'controls');
  controls.append(input, button('Try', 'primary', guess), button('Another point', '', ask));
  box.append(question, controls, answer);
  ask();
  return box;
}
