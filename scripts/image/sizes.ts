/** A table of the bytes that each area of the program takes. */
import type { LinkedModule } from '../linker/link.ts';

/** The areas in the order of the table. A module belongs to the first one whose pattern matches its path. */
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

/** Minified bytes of each area. Their sum is slightly above the program's size, because modules share names there. */
function sizesByArea(modules: readonly LinkedModule[]): AreaSize[] {
  const sizes = AREAS.map(([area]) => ({ area, bytes: 0 }));
  for (const { path, bytes } of modules) {
    const i = AREAS.findIndex(([, pattern]) => pattern.test(path));
    sizes[i].bytes += bytes;
  }
  return sizes.filter(({ bytes }) => bytes > 0);
}

/** A table for people: bytes, and their share of the whole. */
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
