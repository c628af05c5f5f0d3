/** The PRF as a tap: secret, label and seed go in, bytes flow. */
import { encodeUtf8 } from '../../../../src/bytes/utf8.ts';
import { HmacKey } from '../../../../src/crypto/hmac.ts';
import { prf } from '../../../../src/crypto/prf.ts';
import { finish } from '../../../../src/index.ts';
import { digits, make } from '../dom.ts';

export function tapFigure(): HTMLElement {
  const figure = make('figure', 'tap');
  const field = (name: string, value: string): HTMLInputElement => {
    const input = document.createElement('input');
    input.value = value;
    input.setAttribute('aria-label', name);
    figure.append(make('span', 'name', name), input);
    return input;
  };
  const secret = field('a secret', 'open sesame');
  const label = field('a label', 'master secret');
  const seed = field('a seed', 'all messages so far');
  const length = document.createElement('input');
  length.type = 'range';
  length.min = '1';
  length.max = '96';
  length.value = '48';
  length.setAttribute('aria-label', 'How many bytes');
  length.addEventListener('keydown', (event) => event.stopPropagation());
  const count = make('span', 'name');
  const flow = make('code', 'digest');
  figure.append(count, length, make('span', 'name', 'what flows'), flow);
  const show = (): void => {
    const key = new HmacKey(encodeUtf8(secret.value));
    // A label is ASCII.
    const text = label.value.replace(/[^ -~]/g, '?');
    count.textContent = `${length.value} bytes`;
    flow.textContent = digits(finish(prf(key, text, encodeUtf8(seed.value), Number(length.value))));
  };
  for (const input of [secret, label, seed, length]) input.addEventListener('input', show);
  show();
  return figure;
}
