/** Elements of the page. Text from the wire becomes text nodes: no markup is ever made from it. */

export function element(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

export function make(tag: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

export function button(label: string, className: string, press: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = className;
  made.textContent = label;
  made.addEventListener('click', press);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Words with `**bold**` and `` `code` `` in them. */
export function prose(text: string): HTMLElement {
  const paragraph = make('p');
  for (const part of text.split(/(\*\*[^*]+\*\*|`[^`]+`)/)) {
    if (part.startsWith('**')) paragraph.append(make('b', '', part.slice(2, -2)));
    else if (part.startsWith('`')) paragraph.append(make('code', '', part.slice(1, -1)));
    else paragraph.append(part);
  }
  return paragraph;
}

/** A link to the section on the RFC editor's or OASIS's site; the page itself never goes there. */
export function reference(text: string): HTMLElement {
  const [, name, kind, section] = /^(.+), (section|appendix) ([\dA-F.]+)$/.exec(text) ?? [];
  if (name === undefined) return make('span', 'reference', text);
  const link = document.createElement('a');
  link.className = 'reference';
  link.textContent = `${name} ${kind === 'section' ? '§' : kind} ${section}`;
  link.rel = 'noreferrer';
  link.target = '_blank';
  link.href = name.startsWith('RFC ')
    ? `https://www.rfc-editor.org/rfc/rfc${name.slice(4)}#${kind}-${section}`
    : 'https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html';
  return link;
}

/** Two digits a byte, with a blank behind each `group` bytes. */
export function digits(bytes: Uint8Array, group = 4): string {
  let text = '';
  bytes.forEach((byte, i) => {
    if (i > 0 && i % group === 0) text += ' ';
    text += byte.toString(16).padStart(2, '0');
  });
  return text;
}

/** `1 byte`, `2,345 bytes`. */
export function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`;
}
