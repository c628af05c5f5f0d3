/** Small helpers for the page's elements. Text from outside is set as text, never as HTML. */

export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

export function make(tag: string, kind: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  if (kind !== '') made.className = kind;
  made.textContent = text;
  return made;
}

/** Sets a text only if it has changed, so that a screen reader or a selection does not lose it. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Shows which of several buttons is chosen. */
export function showChoice<T extends string>(
  place: HTMLElement,
  options: readonly (readonly [value: T, label: string])[],
  chosen: T,
  onChoose: (value: T) => void,
): void {
  place.replaceChildren(
    ...options.map(([value, label]) => {
      const button = document.createElement('button');
      button.textContent = label;
      button.ariaPressed = String(value === chosen);
      button.addEventListener('click', () => onChoose(value));
      return button;
    }),
  );
}

/** Sends a request to the command behind the page. @returns whether it was accepted */
export async function post(path: string, body = ''): Promise<boolean> {
  try {
    return (await fetch(path, { method: 'POST', body })).ok;
  } catch {
    return false;
  }
}
