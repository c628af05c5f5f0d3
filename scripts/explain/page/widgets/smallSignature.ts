/** Signing and checking with small numbers: the owner's way, anybody's way, and a stranger who tries. */
import { encodeUtf8 } from '../../../../src/bytes/utf8.ts';
import { sha256 } from '../../../../src/crypto/sha256.ts';
import { MODULUS, power, PRIVATE_EXPONENT, PUBLIC_EXPONENT } from '../../smallRsa.ts';
import { button, make } from '../dom.ts';

export function smallSignatureFigure(): HTMLElement {
  const figure = make('figure', 'signing');
  const text = field('a letter', 'It is 21.5 °C');
  const print = make('code', 'digest');
  const seal = field('signature', '');
  seal.inputMode = 'numeric';
  const opened = make('code', 'digest');
  const verdict = make('p', 'answer');
  verdict.setAttribute('aria-live', 'polite');
  const fingerprint = (): number => {
    const [first, second] = sha256(encodeUtf8(text.value));
    return ((first << 8) | second) % MODULUS;
  };
  const show = (): void => {
    const wanted = fingerprint();
    print.textContent = `${wanted}`;
    const signature = Number(seal.value);
    const isNumber = seal.value.trim() !== '' && signature >= 0 && signature < MODULUS && Number.isInteger(signature);
    const found = isNumber ? power(signature, PUBLIC_EXPONENT) : null;
    opened.textContent = isNumber ? `${signature}^${PUBLIC_EXPONENT} mod ${MODULUS} = ${found}` : '–';
    verdict.className = `answer ${found === wanted ? 'right' : 'wrong'}`;
    verdict.textContent =
      found === null
        ? `A whole number from 0 to ${MODULUS - 1}.`
        : found === wanted
          ? '✓ It is the fingerprint: the owner of the private key has signed this letter.'
          : `✗ The fingerprint is ${wanted}: nobody has signed this letter so.`;
  };
  const sign = button('Sign it with the private key', 'primary', () => {
    seal.value = String(power(fingerprint(), PRIVATE_EXPONENT));
    show();
  });
  for (const input of [text, seal]) input.addEventListener('input', show);
  figure.append(
    ...named('a letter', text),
    ...named('its fingerprint, cut to four digits', print),
    ...named('the owner', sign),
    ...named('the signature', seal),
    ...named('what anybody computes of it', opened),
    verdict,
    make(
      'figcaption',
      '',
      `RSA with tiny numbers. Public key: n = ${MODULUS} and 17. Private key: ${PRIVATE_EXPONENT}, and signature = fingerprint^${PRIVATE_EXPONENT} mod n. “mod” is what is left after dividing. Change the letter, or be a stranger: try to find a signature without the button.`,
    ),
  );
  sign.click();
  return figure;
}

function field(name: string, value: string): HTMLInputElement {
  const input = document.createElement('input');
  input.value = value;
  input.setAttribute('aria-label', name);
  return input;
}

function named(name: string, value: HTMLElement): HTMLElement[] {
  return [make('span', 'name', name), value];
}
