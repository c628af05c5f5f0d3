/**
 * The files of the page, bundled when they are first served. uPlot comes from node_modules, and nothing from the
 * internet.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface Asset {
  type: string;
  body: Uint8Array;
}

const CLIENT = 'scripts/page/client';

/** The files, by the path that a browser asks for. */
export async function bundlePage(): Promise<Map<string, Asset>> {
  const { outputFiles } = await build({
    entryPoints: [join(CLIENT, 'main.ts'), join(CLIENT, 'style.css')],
    bundle: true,
    minify: true,
    write: false,
    outdir: '/',
    format: 'iife',
    target: 'es2022',
    legalComments: 'inline',
  });
  const file = (ending: string): Uint8Array => {
    const found = outputFiles.find(({ path }) => path.endsWith(ending));
    if (found === undefined) throw new Error(`the page has no ${ending}`);
    return found.contents;
  };
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: readFileSync(join(CLIENT, 'index.html')) }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: file('main.js') }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: file('style.css') }],
  ]);
}
