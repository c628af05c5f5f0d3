/** `npm run build`: turns the board config into the files to flash, and prints what takes how many of their bytes. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import budgets from './budgets.json' with { type: 'json' };
import { buildProgram } from './image/program.ts';
import { describeSettings } from './image/settings.ts';
import { sizeTable } from './image/sizes.ts';
import { combinedUf2, programUf2 } from './image/uf2.ts';
import { DEFAULT_BOARD_FILE, describeBoard, readConfigForBoard } from './config/config.ts';
import { boardOption, distFolder } from './lib/boardPaths.ts';
import { quotePath } from './lib/shell.ts';
import { defineCommand, main, systemProblem, UserError } from './lib/cli.ts';
import { writePrivateFile } from './lib/files.ts';

await main(
  defineCommand({
    name: 'npm run build --',
    summary: [
      'Checks a board config and builds the program for that board: DIR/program.js for npm run flash, and',
      'DIR/program.uf2 to drop on a board that has Kaluma, in BOOTSEL mode. With --kaluma also DIR/pico-w.uf2, with',
      "Kaluma and the program, for a bare board. The files hold the board's key and Wi-Fi password.",
    ].join('\n'),
    options: {
      board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
      out: {
        type: 'string',
        value: 'DIR',
        description: 'folder of the results (default: dist/ and the name of the board)',
      },
      kaluma: { type: 'string', value: 'UF2', description: 'the UF2 of Kaluma 1.2.1 for pico-w, for DIR/pico-w.uf2' },
    },
    examples: [
      'npm run build',
      'npm run build -- --kaluma kaluma-rp2-pico-w-1.2.1.uf2',
      'npm run build -- --board ~/boards/kitchen-2/config.json',
    ],
    async run({ options, console }) {
      const kaluma = options.kaluma === undefined ? null : { file: options.kaluma, bytes: readKaluma(options.kaluma) };
      // Refuses a file that is not Kaluma's before anything is written.
      if (kaluma !== null) combinedUf2(kaluma.bytes, '', kaluma.file);

      const config = readConfigForBoard(options.board);
      const out = options.out ?? distFolder(config.thing);
      console.line(`for ${describeBoard(config)}`);
      const { file, code, bytes, settingsBytes, settings, modules } = await buildProgram({
        boardFile: options.board,
        outDir: out,
      });
      const programFile = join(out, 'program.uf2');
      writePrivateFile(programFile, programUf2(code));
      const combinedFile = join(out, 'pico-w.uf2');
      // Removes the file of an earlier build, which would be taken for one of this build.
      if (kaluma === null) rmSync(combinedFile, { force: true });
      else writePrivateFile(combinedFile, combinedUf2(kaluma.bytes, code, kaluma.file));

      for (const row of sizeTable(await modules(), bytes, budgets.programBytes)) console.line(row);
      console.line(
        `${'settings'.padEnd(22)}${settingsBytes.toLocaleString('en').padStart(8)} B  of this board, beside the program`,
      );
      console.line(`only the settings hold: ${describeSettings(settings)}`);
      console.line(`written to ${[file, programFile, ...(kaluma === null ? [] : [combinedFile])].join(', ')}`);
      const option = boardOption(options.board);
      const program = options.out === undefined ? '' : ` --program ${quotePath(file)}`;
      console.line(`next: npm run flash --${option}${program} --monitor`);
    },
  }),
);

function readKaluma(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}`);
  }
}
