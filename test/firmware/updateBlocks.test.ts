/** What reaches the board while it receives an update, and what its flash makes of it. The tests share a board. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import {
  RECORD_SECTOR,
  SECTOR,
  SETTINGS_SECTOR,
  SETTINGS_SECTORS,
  SLOT_SECTOR,
  SLOT_SECTORS,
} from '../../firmware/layout.ts';
import { HEADER } from '../../firmware/update/manifest.ts';
import type { Update } from '../../scripts/update/file.ts';
import type { Kitchen } from './kitchen.ts';
import { offerTo, openUpdatable, programOf, signedProgram, signedSettings, smallProgram } from './updates.ts';

/** Bytes of a message in front of the block's. */
const HEAD = 13;

let opened: Promise<Kitchen> | null = null;
after(async () => (await opened)?.close());

/** A board that is connected and has nothing to do. */
function idle(): Promise<Kitchen> {
  return (opened ??= openUpdatable({ intervalSeconds: 3600 }).then(async (kitchen) => {
    await kitchen.acknowledged(1);
    return kitchen;
  }));
}

/** A program of some blocks and more than a sector: random text does not get shorter when it is packed. */
function program(version: string): Update {
  return signedProgram(smallProgram(`/*${randomBytes(5000).toString('hex')}*/`), { version });
}

function send({ endpoint, board }: Kitchen, message: Buffer): void {
  endpoint.publish('kitchen/kitchen-1/command', message);
  board.awaitPeers();
}

/** A message with a block of nonsense. */
function nonsense(id: string, offset: number, length: number): Buffer {
  const message = Buffer.alloc(HEAD + length, '#');
  message[0] = 0;
  message.write(id, 1, 'latin1');
  message.writeUInt32BE(offset, 9);
  return message;
}

test('a bit of flash that does not take is noticed wherever an update is written, and the board stays as it is', async () => {
  const kitchen = await idle();
  const { board } = kitchen;
  // In ASCII the highest bit of each byte is clear.
  const slot = SLOT_SECTOR + SLOT_SECTORS;
  const cases: [what: string, place: number, update: Update][] = [
    ['header', (slot + SLOT_SECTORS - 1) * SECTOR + 5, program('1.3.0')],
    ['program', slot * SECTOR + 300, program('1.3.0')],
    ['program', (slot + 1) * SECTOR + 300, program('1.3.1')],
    [
      'settings',
      (SETTINGS_SECTOR + SETTINGS_SECTORS) * SECTOR + 700,
      signedSettings(kitchen, (settings) => (settings.intervalSeconds = 20)),
    ],
    ['record', RECORD_SECTOR * SECTOR, program('1.3.2')],
  ];
  for (const [what, place, update] of cases) {
    board.faults.stickFlashBits(place, 0x80);
    const offer = await offerTo(kitchen, update).finish(60);
    assert.deepEqual([offer.state, offer.detail], ['failed', `flash does not keep the ${what}`]);
    board.faults.stickFlashBits(place, 0);
  }
  assert.equal(board.resets.length, 0);
  board.powerCycle();
  await kitchen.acknowledged(1);
  assert.match(board.serial.slice(-3000), /firmware 1\.2\.3; last reset: power/);
  assert.deepEqual([board.violations, board.exceptions], [[], []]);
});

test('a file that is cut short is not installed: the board asks for the rest, seven times in all', async () => {
  const kitchen = await idle();
  const { board } = kitchen;
  const { manifest, file } = program('1.3.3');
  const asked: { offset: number; at: number }[] = [];
  const resets = board.resets.length;
  const { offer, ...offering } = offerTo(kitchen, { manifest, file: file.subarray(0, -100) }, (block) => {
    asked.push({ offset: block.readUInt32BE(9), at: board.seconds });
    return block;
  });
  await offering.finish(120, () => board.serial.includes(`${manifest.id}: nobody answers`));
  offer.fail('');
  const last = Math.floor((file.length - 1) / HEADER) * HEADER;
  const again = asked.filter(({ offset }) => offset === last);
  assert.equal(again.length, 7);
  assert.ok(again.slice(1).every(({ at }, i) => Math.abs(at - again[i].at - 10) < 1));
  assert.equal(asked.length, last / HEADER + 7, 'each of the other blocks once');
  await board.run(60);
  assert.equal(asked.length, last / HEADER + 7, 'it has given up');
  assert.equal(board.resets.length, resets);
});

test('blocks that nobody asked for do no harm, whatever is in them, and lost ones are asked for again', async () => {
  const kitchen = await idle();
  const { board } = kitchen;
  const update = program('1.3.4');
  const { id } = update.manifest;
  // While no update is under way.
  const { length } = kitchen.messages;
  for (const message of [nonsense(id, 0, HEADER), nonsense(id, HEADER, 0), Buffer.of(0), Buffer.alloc(5)]) {
    send(kitchen, message);
  }
  await board.run(5);
  assert.equal(kitchen.messages.length, length);
  const resets = board.resets.length;
  const offering = offerTo(kitchen, update, (block, count) => {
    const offset = block.readUInt32BE(9);
    const asked = block.length - HEAD;
    // Other places, other lengths, and another update; before the header as well as behind it.
    for (const other of [0, HEADER, offset + HEADER, offset + 1, 0xffff_fc00]) {
      if (other !== offset) send(kitchen, nonsense(id, other, asked));
    }
    for (const other of [0, 1, asked - 1, asked + 1, 2 * HEADER]) send(kitchen, nonsense(id, offset, other));
    send(kitchen, nonsense('00000000', offset, asked));
    if (count === 1 || count === 3) return null;
    send(kitchen, block);
    // The place is right, but the block is there already.
    send(kitchen, nonsense(id, offset, asked));
    return null;
  });
  await offering.finish(120, () => board.resets.length > resets);
  assert.match(board.serial, new RegExp(`${id} complete; on trial`));
  assert.deepEqual([board.violations, board.exceptions], [[], []]);
});

test('an update writes nothing over a program that is flashed meanwhile', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 3600 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    // Into slot 1, then into slot 0, in which the flashed program lies.
    for (const version of ['1.3.0', '1.4.0']) {
      const update = signedProgram(programOf(kitchen, version), { version });
      const { offer, ...offering } = offerTo(kitchen, update);
      await offering.finish(60, () => offer.received > 5000);
      const before = board.flash.area.slice();
      // As @kaluma/cli does it, which leaves the program running. Its own slot is erased as well.
      const flashed = kitchen.program.replaceAll('1.2.3', '0.9.9');
      board.flashProgram(flashed);
      // The sender goes on answering, if it is asked for blocks.
      await board.run(20);
      assert.ok(Buffer.from(board.flash.area.subarray(0, flashed.length)).equals(Buffer.from(flashed)), version);
      board.flash.area.set(before);
      board.powerCycle();
      const again = await offerTo(kitchen, update).finish(200);
      assert.equal(again.state, 'done', again.detail);
    }
  } finally {
    await kitchen.close();
  }
});
