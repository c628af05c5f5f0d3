/** `npm run bench`: measures the primitives and, on the rig, the whole program, and prints tables. */
import { writeFileSync } from 'node:fs';
import { brokenBudgets } from './bench/budgets.ts';
import { HANDSHAKES, measureHandshake, WITH_AMAZON } from './bench/handshake.ts';
import { measureCase } from './bench/layouts.ts';
import { measurePrimitive, PRIMITIVES } from './bench/measure.ts';
import { alignRows, benchmarksPage, handshakeRows, primitiveRows, type Figures } from './bench/report.ts';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';
import { rigMissing } from './lib/rig.ts';

const PAGE = 'BENCHMARKS.md';

await main(
  defineCommand({
    name: 'npm run bench --',
    summary: [
      'Times the cryptography in Node and, if KALUMA_ELF and RP2040_BOOTROM name a Kaluma image and a boot ROM, on an',
      'emulated Pico W, together with whole handshakes, which it compares with the budgets of scripts/budgets.json.',
    ].join('\n'),
    options: {
      json: { type: 'boolean', description: 'print JSON instead of tables' },
      write: { type: 'boolean', description: `write ${PAGE} (needs the rig)` },
      readings: {
        type: 'integer',
        value: 'N',
        description: 'readings after the second handshake',
        minimum: 1,
        maximum: 10_000,
        default: 10,
      },
      layouts: {
        type: 'integer',
        value: 'N',
        description: 'layouts of the heap in which each handshake is measured, without and with stalls of the flash',
        minimum: 1,
        maximum: 50,
        default: 5,
      },
    },
    examples: ['npm run bench', 'npm run bench -- --json --layouts 1', 'npm run bench -- --write --readings 1000'],
    exitCodes: { 1: 'a budget is exceeded, or something could not be measured; a line says which' },
    async run({ options, console }) {
      const missing = rigMissing();
      if (options.write && missing !== null) throw new UserError(`${PAGE} needs the rig's figures, but ${missing}`);
      const figures: Figures = { primitives: [], handshakes: [], amazon: [] };
      for (const name of PRIMITIVES) {
        console.progress(`measuring ${name}`);
        figures.primitives.push(await measurePrimitive(name, missing === null));
      }
      for (const kind of missing === null ? HANDSHAKES : []) {
        figures.handshakes.push(await measureCase(kind, options, (what) => console.progress(what)));
      }
      for (const kind of missing === null ? WITH_AMAZON : []) {
        console.progress(`measuring with Amazon's roots, ${kind.title}`);
        const once = { readings: options.readings, layout: 0, xipMiss: 0 };
        figures.amazon.push({ title: kind.title, figures: await measureHandshake(kind, once) });
      }
      console.progress('');
      if (options.json) {
        console.line(JSON.stringify(figures, null, 2));
      } else {
        for (const row of alignRows(primitiveRows(figures.primitives))) console.line(row);
        if (missing !== null) console.line(`\nno figures of the board: ${missing}`);
        else {
          for (const which of ['plain', 'stalled'] as const) {
            for (const row of ['', ...alignRows(handshakeRows(figures.handshakes, which))]) console.line(row);
          }
        }
      }
      const { layouts, readings } = options;
      const conditions = { node: `Node ${process.version}`, layouts, readings };
      if (options.write) writeFileSync(PAGE, benchmarksPage(figures, conditions));
      const broken = brokenBudgets(figures.handshakes);
      for (const line of broken) console.error(line);
      return broken.length === 0 ? EXIT.ok : EXIT.failure;
    },
  }),
);
