import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combinedUf2, PROGRAM_AREA, programUf2 } from '../../../scripts/image/uf2.ts';

/** Writes a UF2's blocks into 2 MB of flash as the boot ROM does: in order of their numbers, all of them, erased before. */
function drop(file: Buffer): Buffer {
  const flash = Buffer.alloc(0x200000, 0xff);
  assert.equal(file.length % 512, 0);
  for (let i = 0; i < file.length / 512; i++) {
    const block = file.subarray(512 * i, 512 * (i + 1));
    assert.equal(block.readUInt32LE(0), 0x0a324655);
    assert.equal(block.readUInt32LE(4), 0x9e5d5157);
    assert.equal(block.readUInt32LE(8), 0x2000);
    assert.equal(block.readUInt32LE(20), i);
    assert.equal(block.readUInt32LE(24), file.length / 512);
    assert.equal(block.readUInt32LE(28), 0xe48bff56);
    assert.equal(block.readUInt32LE(508), 0x0ab16f30);
    block.copy(flash, block.readUInt32LE(12) - 0x10000000, 32, 32 + block.readUInt32LE(16));
  }
  return flash;
}

const code = `console.log('${'x'.repeat(1000)}')`;

test('the program lies in its area, ended by a NUL, and nothing else is written', () => {
  for (const length of [1, 255, 256, 257, 1000]) {
    const flash = drop(programUf2(code.slice(0, length)));
    const start = PROGRAM_AREA.address - 0x10000000;
    assert.equal(flash.toString('latin1', start, start + length), code.slice(0, length));
    assert.equal(flash[start + length], 0);
    assert.ok(flash.subarray(0, start).every((byte) => byte === 0xff));
    assert.ok(flash.subarray(start + length + 1).every((byte) => byte === 0xff));
  }
});

/** A stand-in of the firmware's UF2: pages from the start of the flash. */
function firmware(pages: number, name = 'kaluma-rp2-pico-w-1.2.1'): Buffer {
  // The name lies across two pages.
  const file = programUf2(name.padStart(256 + 7, 'f').padEnd(256 * pages - 1, 'f'));
  for (let i = 0; i < pages; i++) file.writeUInt32LE(0x10000000 + 256 * i, 512 * i + 12);
  return file;
}

test('the combined file holds the firmware and the program', () => {
  const flash = drop(combinedUf2(firmware(5), code, 'kaluma.uf2'));
  assert.match(flash.toString('latin1', 0, 1279), /^f{240}kaluma-rp2-pico-w-1\.2\.1f{1016}$/);
  const start = PROGRAM_AREA.address - 0x10000000;
  assert.equal(flash.toString('latin1', start, start + code.length + 1), `${code}\0`);
});

test('an error says that a file is not Kaluma for a Pico W', () => {
  const refused = (change: (file: Buffer) => Buffer, pattern: RegExp): void => {
    assert.throws(() => combinedUf2(change(firmware(3)), code, 'k.uf2'), { name: 'UserError', message: pattern });
  };
  refused(() => Buffer.alloc(0), /k\.uf2: has 0 bytes/);
  refused((file) => file.subarray(1), /has 1535 bytes, not a multiple of 512/);
  refused((file) => (file.fill(0, 512, 516), file), /no UF2 block at byte 512/);
  refused((file) => (file.writeUInt32LE(0xe48bff59, 28), file), /another chip/);
  refused(
    (file) => (file.writeUInt32LE(PROGRAM_AREA.address, 12), file),
    /writes to 0x10100000, where the program belongs/,
  );
  refused(
    () => firmware(3, 'kaluma-rp2-pico-1.2.1'),
    /k\.uf2: holds kaluma-rp2-pico-1\.2\.1; wanted kaluma-rp2-pico-w-1\.2\.1/,
  );
  refused(() => firmware(3, 'micropython'), /holds no Kaluma/);
});

test('a program larger than its area is refused', () => {
  assert.throws(() => programUf2('x'.repeat(PROGRAM_AREA.size)), /has 524289 bytes, its area 524288/);
});
