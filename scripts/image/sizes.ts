/** The table of what takes how many bytes of the program, by area. */
import type { LinkedModule } from '../linker/link.ts';

/** Areas in the order of the table; a module belongs to the first whose pattern its path matches. */
const AREAS: [name: string, RegExp][] = [
  ['cryptography', /(^|\/)src\/crypto\//],
  ['X.509', /(^|\/)src\/x509\//],
  ['TLS', /(^|\/)src\/tls\//],
  ['MQTT', /(^|\/)src\/mqtt\//],
  ['bytes', /(^|\/)src\//],
  ['device program', /(^|\/)firmware\//],
  ['packages and runtime', /./],
];

interface AreaSize {
  area: string;
  bytes: number;
}

/** Minified bytes an area; they add up to a little more than the program, whose names are shared. */
function sizesByArea(modules: readonly LinkedModule[]): AreaSize[] {
  const sizes = AREAS.map(([area]) => ({ area, bytes: 0 }));
  for (const { path, bytes } of modules) {
    const i = AREAS.findIndex(([, pattern]) => pattern.test(path));
    sizes[i].bytes += bytes;
  }
  return sizes.filter(({ bytes }) => bytes > 0);
}

/** A table for people: bytes and share of the whole. */
export function sizeTable(modules: readonly LinkedModule[], total: number, budget: number): string[] {
  const rows = sizesByArea(modules).map(({ area, bytes }) => [area, bytes.toLocaleString('en'), percent(bytes, total)]);
  rows.push([
    'program',
    total.toLocaleString('en'),
    `${percent(total, budget)} of the ${budget.toLocaleString('en')} B budget`,
  ]);
  return rows.map(([area, bytes, share]) => `${area.padEnd(22)}${bytes.padStart(8)} B  ${share}`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
