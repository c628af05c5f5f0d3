/**
 * The text that flashing writes into Kaluma's program area, from its first sector on: the bootstrap, the board's
 * settings, and one program. It is ASCII, because Kaluma's own command line tool writes it as UTF-8.
 */
import { SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_CAPACITY, SLOT_SECTOR } from '../../firmware/layout.ts';
import { bundleText } from '../lib/buildCache.ts';
import { UserError } from '../lib/cli.ts';

/** Fills the space between them. Blank records do not count as records, so slot 0 is loaded. */
const BLANK = '\n';

/**
 * @param settings from settingsText()
 * @param program from buildImage()
 * @throws UserError for a program that is longer than a slot
 */
export function areaText(settings: string, program: string): string {
  if (program.length > SLOT_CAPACITY)
    throw new UserError(`the program has ${program.length} bytes, a slot holds ${SLOT_CAPACITY}`);
  const pieces: [sector: number, text: string][] = [
    [0, bootstrapText()],
    [SETTINGS_SECTOR, settings],
    [SETTINGS_SECTOR + SETTINGS_SECTORS, settings],
    [SLOT_SECTOR, program],
  ];
  return pieces.reduce((area, [sector, text]) => `${area.padEnd(sector * SECTOR, BLANK)}${text}\0`, '');
}

/** The bootstrap for sector 0. */
export function bootstrapText(): string {
  const text = bundleText('firmware/bootstrap.ts', {
    minify: true,
    format: 'iife',
    platform: 'neutral',
    legalComments: 'none',
    target: 'es2020',
    supported: { bigint: true, 'optional-chain': false },
  }).trim();
  if (text.length >= SECTOR) throw new Error(`the bootstrap has ${text.length} bytes, a sector ${SECTOR}`);
  return text;
}
