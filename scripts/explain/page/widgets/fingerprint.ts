/** SHA-256 of what is typed, and of the ClientHello with one bit turned. */
import { encodeUtf8 } from '../../../../src/bytes/utf8.ts';
import { sha256 } from '../../../../src/crypto/sha256.ts';
import { seen } from '../../observe.ts';
import { facts } from '../connection.ts';
import { button, digits, make } from '../dom.ts';

export function fingerprintFigure(): HTMLElement {
  const figure = make('figure', 'fingerprint');
  const input = document.createElement('input');
  input.value = '21.5 °C';
  input.setAttribute('aria-label', 'Anything');
  const typed = make('code', 'digest');
  const show = (): void => {
    typed.textContent = digits(sha256(encodeUtf8(input.value)));
  };
  input.addEventListener('input', show);
  show();
  figure.append(make('span', 'name', 'anything you write'), input, make('span', 'name', 'its SHA-256'), typed);

  const hello = seen(facts.observed, 'out', 'ClientHello');
  if (hello !== undefined) figure.append(...bitTurner(hello));
  return figure;
}

/** Shows which bits of the fingerprint change when one bit of the message does. */
function bitTurner(message: Uint8Array): HTMLElement[] {
  const original = sha256(message);
  const grid = make('div', 'bits');
  const count = make('p', 'count', 'No bit is turned yet: the fingerprint is as it was.');
  let turned = 0;
  const draw = (digest: Uint8Array): number => {
    let differences = 0;
    grid.replaceChildren();
    digest.forEach((byte, i) => {
      for (let bit = 7; bit >= 0; bit--) {
        const isSet = ((byte >> bit) & 1) === 1;
        const isOther = ((byte ^ original[i]) >> bit) & 1;
        differences += isOther;
        grid.append(make('i', `${isSet ? 'set' : ''}${isOther ? ' other' : ''}`));
      }
    });
    return differences;
  };
  draw(original);
  grid.setAttribute('role', 'img');
  grid.setAttribute('aria-label', 'The 256 bits of the fingerprint of the ClientHello');
  const press = button('Turn one bit of the ClientHello', 'primary', () => {
    const changed = message.slice();
    // Another one each time, from the client's random on.
    const at = (6 + turned * 5) % message.length;
    changed[at] ^= 1 << (turned % 8);
    const differences = draw(sha256(changed));
    count.textContent = `Bit ${turned % 8} of byte ${at} is turned: ${differences} of the 256 bits differ.`;
    turned += 1;
  });
  return [make('span', 'name', `of the ClientHello, ${message.length} bytes`), grid, press, count];
}
