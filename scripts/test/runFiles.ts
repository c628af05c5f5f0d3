/** Runs the test files that its arguments name, in this one process; `scripts/test/reporter.ts` tells how they went. */
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
