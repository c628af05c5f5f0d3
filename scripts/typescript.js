/**
 * `node --import ./scripts/typescript.js FILE.ts` runs TypeScript. Node does so itself from 22.18 on, and a command then
 * starts in a third of the time; for older versions tsx does it.
 */
import module from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

if (process.features.typescript)
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)));
else await import('tsx');
