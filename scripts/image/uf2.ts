/**
 * UF2, the format of files that are dropped on a board in BOOTSEL mode (https://github.com/microsoft/uf2). A block
 * has 512 bytes: 256 bytes of flash, and the address where they belong.
 */
import { UserError } from '../lib/cli.ts';

/** RP2040 datasheet, section 2.8.5.2. */
const FAMILY_RP2040 = 0xe48bff56;
const FAMILY_PRESENT = 0x2000;
const BLOCK = 512;
const PAYLOAD = 256;
const MAGIC_START = [0x0a324655, 0x9e5d5157];
const MAGIC_END = 0x0ab16f30;

/** The address at which Kaluma 1.2.1 for pico-w looks for its program, a text that ends with a NUL. */
export const PROGRAM_AREA = { address: 0x10100000, size: 512 * 1024 };

/** The only release that this project is measured on. */
const KALUMA = 'kaluma-rp2-pico-w-1.2.1';

/** A UF2 that writes the program, and changes neither Kaluma nor files on the board. */
export function programUf2(code: string): Buffer {
  const text = Buffer.from(`${code}\0`, 'latin1');
  if (text.length > PROGRAM_AREA.size)
    throw new UserError(`the program has ${text.length} bytes, its area ${PROGRAM_AREA.size}`);
  const pages: Page[] = [];
  for (let at = 0; at < text.length; at += PAYLOAD) {
    // Erased flash reads as FF, so bytes after the NUL look as if they were never written.
    const data = Buffer.alloc(PAYLOAD, 0xff);
    text.copy(data, 0, at, at + PAYLOAD);
    pages.push({ address: PROGRAM_AREA.address + at, data });
  }
  return encode(pages);
}

/**
 * One file that turns a bare board into a thermometer: Kaluma's own UF2, followed by the program.
 * @throws UserError for a file that is not Kaluma for a Pico W
 */
export function combinedUf2(kaluma: Buffer, code: string, file: string): Buffer {
  const pages = decode(kaluma, file);
  const overlap = pages.find(({ address }) => address + PAYLOAD > PROGRAM_AREA.address);
  if (overlap !== undefined) {
    throw new UserError(
      `${file}: writes to 0x${overlap.address.toString(16)}, where the program belongs; wanted Kaluma 1.2.1 for pico-w`,
    );
  }
  // The name that Kaluma's build leaves in its image. The build for a Pico without Wi-Fi would boot, but find no network.
  const image = Buffer.concat(pages.map(({ data }) => data)).toString('latin1');
  const name = /kaluma-rp2-[a-z-]+-\d+\.\d+\.\d+/.exec(image)?.[0] ?? 'no Kaluma';
  if (name !== KALUMA) throw new UserError(`${file}: holds ${name}; wanted ${KALUMA}`);
  return encode([...pages, ...decode(programUf2(code), 'program.uf2')]);
}

interface Page {
  address: number;
  data: Buffer;
}

function encode(pages: readonly Page[]): Buffer {
  const file = Buffer.alloc(pages.length * BLOCK);
  pages.forEach(({ address, data }, i) => {
    const block = file.subarray(i * BLOCK, (i + 1) * BLOCK);
    const head = [...MAGIC_START, FAMILY_PRESENT, address, PAYLOAD, i, pages.length, FAMILY_RP2040];
    head.forEach((word, at) => block.writeUInt32LE(word, 4 * at));
    data.copy(block, 32);
    block.writeUInt32LE(MAGIC_END, BLOCK - 4);
  });
  return file;
}

function decode(file: Buffer, name: string): Page[] {
  const refuse = (problem: string): never => {
    throw new UserError(`${name}: ${problem}; wanted the UF2 file of Kaluma 1.2.1 for pico-w`);
  };
  if (file.length === 0 || file.length % BLOCK !== 0) refuse(`has ${file.length} bytes, not a multiple of ${BLOCK}`);
  const pages: Page[] = [];
  for (let at = 0; at < file.length; at += BLOCK) {
    const word = (i: number): number => file.readUInt32LE(at + 4 * i);
    if (word(0) !== MAGIC_START[0] || word(1) !== MAGIC_START[1] || file.readUInt32LE(at + BLOCK - 4) !== MAGIC_END) {
      refuse(`no UF2 block at byte ${at}`);
    }
    if ((word(2) & FAMILY_PRESENT) !== 0 && word(7) !== FAMILY_RP2040) refuse('is for another chip than the RP2040');
    if (word(4) !== PAYLOAD) refuse(`a block of ${word(4)} bytes at byte ${at}`);
    pages.push({ address: word(3), data: file.subarray(at + 32, at + 32 + PAYLOAD) });
  }
  return pages;
}
