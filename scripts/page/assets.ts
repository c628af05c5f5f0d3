/**
 * The files of the page, bundled when they are first served. uPlot comes from node_modules, and nothing from the
 * internet.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleText } from '../lib/buildCache.ts';

export interface Asset {
  type: string;
  body: Uint8Array;
}

const CLIENT = 'scripts/page/client';

/** The files, by the path that a browser asks for. */
export function bundlePage(): Map<string, Asset> {
  const bundled = (name: string): Uint8Array => {
    const text = bundleText(`${CLIENT}/${name}`, {
      minify: true,
      format: 'iife',
      target: 'es2022',
      legalComments: 'inline',
    });
    return Buffer.from(text);
  };
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: readFileSync(join(CLIENT, 'index.html')) }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: bundled('main.ts') }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: bundled('style.css') }],
  ]);
}
