/** Switches between light and dark colours. The system's preference counts until somebody chooses. */
import { element } from './dom.ts';

export function startTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let theme = dark.matches ? 'dark' : 'light';
  const paint = (): void => {
    document.documentElement.dataset['theme'] = theme;
  };
  dark.addEventListener('change', ({ matches }) => {
    theme = matches ? 'dark' : 'light';
    paint();
  });
  element('theme').addEventListener('click', () => {
    theme = theme === 'dark' ? 'light' : 'dark';
    paint();
  });
  paint();
}
