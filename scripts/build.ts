/** `npm run build`: from the board config to the program that is flashed, and a table of what takes how much of it. */
import budgets from './budgets.json' with { type: 'json' };
import { buildProgram } from './build/program.ts';
import { sizeTable } from './build/sizes.ts';
import { DEFAULT_BOARD_FILE } from './config/config.ts';
import { defineCommand, main } from './lib/cli.ts';

await main(
  defineCommand({
    name: 'npm run build --',
    summary: 'Checks a board config and builds the program for that board.',
    options: {
      board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
      out: { type: 'string', value: 'DIR', description: 'folder of the results', default: 'dist' },
    },
    examples: ['npm run build', 'npm run build -- --board ~/boards/kitchen-2/config.json --out dist/kitchen-2'],
    async run({ options, console }) {
      const { file, bytes, modules } = await buildProgram({ boardFile: options.board, outDir: options.out });
      for (const row of sizeTable(modules, bytes, budgets.programBytes)) console.line(row);
      console.line(`written to ${file}`);
    },
  }),
);
