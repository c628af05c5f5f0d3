/**
 * The layout of the 512 KB of flash that Kaluma reserves for a program: sectors of 4,096 B, counted from the beginning of
 * that area. Kaluma itself uses only sector 0: at every boot it parses the text there, up to the first NUL.
 *
 *     0          the bootstrap (bootstrap.ts), which chooses a slot and loads the program in it
 *     1, 2       the records that say which slot and which settings the board uses
 *     3-5, 6-8   two copies of the settings (settings.ts)
 *     9-67       slot 0: one program
 *     68-126     slot 1: another program
 *     127        a mark: the board has started since it was flashed over USB
 */

/** Bytes of a sector, the unit in which flash is erased, and of a page, the unit in which it is written. */
export const SECTOR = 4096;
export const PAGE = 256;

/** The first sector of the area, in the numbering of Kaluma's flash device. */
export const AREA_SECTOR = 4;

export const RECORD_SECTOR = 1;

export const SETTINGS_SECTOR = 3;
/** Sectors of one copy of the settings. */
export const SETTINGS_SECTORS = 3;

export const SLOT_SECTOR = 9;
/** Sectors of one slot. The last one keeps the header of the update that is being, or was, received into the slot. */
export const SLOT_SECTORS = 59;

/** Flashing over USB erases this sector with all others, and the bootstrap then clears its first byte. */
export const STARTED_SECTOR = 127;

/** Longest program, in bytes. */
export const SLOT_CAPACITY = 237_568;

/**
 * A program's text begins with `/*`, then `[start, length, line]` in JSON, padded with blanks to so many characters: the place of
 * the code that runs first, its length, and its line. Between the two lie texts that the program reads when it needs them, the
 * pieces that it loads, and the descriptions by which `kaluma/parts.ts` connects the pieces.
 */
export const HEADER_START = 2;
export const HEADER_LENGTH = 29;

/** A text is named by a number: its place among the characters of the whole, times MAX_TEXT + 1, plus its length. */
export const MAX_TEXT = 4095;

/** Names that a part may share with others, and those that belong to no part. */
export const PART_NUMBERS = 256;
