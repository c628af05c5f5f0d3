/** Updates through the air, in the flashed program on the simulated board, from the offer to the end of the trial. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS } from '../../firmware/layout.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { makeUpdate, type Update } from '../../scripts/update/file.ts';
import type { Kitchen } from './kitchen.ts';
import {
  BAD_PROGRAMS,
  NEVER_CONNECTS,
  openUpdatable,
  offerTo,
  programOf,
  resigned,
  signedProgram,
  signedSettings,
  smallProgram,
  type Offering,
} from './updates.ts';

test('a new program is received, put on trial and confirmed, and readings go on', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 10 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const update = signedProgram(programOf(kitchen, '1.3.0'));
    const { health, ...offering } = offerTo(kitchen, update);
    const offer = await offering.finish();
    assert.equal(offer.state, 'done', offer.detail);
    assert.match(board.serial, /firmware 1\.3\.0 on trial; last reset: update/);
    const { firmware, slot, state, update: id } = health[health.length - 1];
    assert.deepEqual([firmware, slot, state, id], ['1.3.0', 1, 'confirmed', update.manifest.id]);
    await kitchen.acknowledged(2);
    const seqs = kitchen.readings.map(({ seq }) => seq);
    assert.deepEqual(
      [...new Set(seqs)],
      seqs.map((_, i) => i + 1).slice(0, new Set(seqs).size),
      'every reading, in order',
    );
    // Somebody who did not hear of the update offers it again, and it is not refused as an older version.
    const again = await offerTo(kitchen, update).finish(60);
    assert.equal(again.state, 'done', again.detail);
    // An ordinary start of what is confirmed.
    board.powerCycle();
    await kitchen.acknowledged(1);
    assert.match(board.serial.slice(-2000), /firmware 1\.3\.0; last reset: power/);
    // The very file of a program that another one replaced, though it still lies whole in its slot.
    const newer = await offerTo(kitchen, signedProgram(programOf(kitchen, '1.4.0'), { version: '1.4.0' })).finish();
    assert.equal(newer.detail, 'runs 1.4.0 from slot 0');
    const replayed = await offerTo(kitchen, update).finish(60);
    assert.match(replayed.detail, /version 1\.3\.0, not newer than 1\.4\.0/);
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});

test('bad programs are replaced by the old one without help, one after the other', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const [first] = BAD_PROGRAMS;
    // One that was rejected and is offered again gets another trial, and ends as before.
    for (const [what, payload, why, limitSeconds] of [first, ...BAD_PROGRAMS, NEVER_CONNECTS]) {
      const resets = board.resets.length;
      const { offer, ...offering } = offerTo(kitchen, signedProgram(payload));
      await offering.finish(limitSeconds + 60);
      assert.equal(offer.state, 'failed', what);
      assert.match(offer.detail, why, what);
      const seconds = (board.resets.at(-1)?.at ?? Infinity) - board.resets[resets].at;
      assert.equal(board.resets.length - resets, 2, what);
      assert.ok(seconds <= limitSeconds, `${what}: back after ${seconds} s`);
    }
    await kitchen.acknowledged(1, 120);
    assert.deepEqual([board.violations], [[]]);
  } finally {
    await kitchen.close();
  }
});

/** Installs an update and stops where the board has restarted into it. */
async function install(kitchen: Kitchen, update: Update): Promise<Offering> {
  const offering = offerTo(kitchen, update);
  const resets = kitchen.board.resets.length;
  const isTrial = (): boolean => kitchen.board.resets.length > resets;
  await offering.finish(300, isTrial);
  return offering;
}

test('power cuts do not decide a trial', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const { offer, ...offering } = await install(kitchen, signedProgram(programOf(kitchen, '1.3.0')));
    for (const seconds of [0.05, 1, 3]) {
      await board.run(seconds);
      board.powerCycle();
    }
    await offering.finish(60);
    assert.equal(offer.state, 'done', offer.detail);
    assert.equal((board.serial.match(/1\.3\.0 on trial; last reset: power/g) ?? []).length >= 2, true);
  } finally {
    await kitchen.close();
  }
});

test('a trial without a network is not decided or repeated at once; another trial follows when the network is back', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const { offer, ...offering } = await install(kitchen, signedProgram(programOf(kitchen, '1.3.0')));
    board.faults.accessPointIsPresent = false;
    const boots = (): string[] =>
      [...board.serial.matchAll(/firmware (\S+?)( on trial)?;/g)].map(([, version]) => version);
    await board.run(2000);
    assert.deepEqual(boots(), ['1.2.3', '1.3.0', '1.2.3'], 'back once, and there it stays');
    board.faults.accessPointIsPresent = true;
    await offering.finish(400);
    assert.equal(offer.state, 'done', offer.detail);
    assert.deepEqual(boots().slice(2), ['1.2.3', '1.3.0']);
    await kitchen.acknowledged(1, 120);
    assert.equal(kitchen.dropped(), 0);
  } finally {
    await kitchen.close();
  }
});

test('settings change on trial, and the old ones come back if the new ones lead nowhere', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const good = await offerTo(
      kitchen,
      signedSettings(kitchen, (settings) => (settings.intervalSeconds = 20)),
    ).finish();
    assert.equal(good.state, 'done', good.detail);
    await kitchen.acknowledged(3, 70);
    // Both copies are the same now: if the one in use, which the update wrote, is damaged, the board starts with the new
    // interval all the same.
    const copy = board.flash.area.subarray(
      (SETTINGS_SECTOR + SETTINGS_SECTORS) * SECTOR,
      (SETTINGS_SECTOR + 2 * SETTINGS_SECTORS) * SECTOR,
    );
    const whole = copy.slice();
    copy.fill(0);
    board.powerCycle();
    // One of them may be the last one from before.
    await kitchen.acknowledged(5, 90);
    copy.set(whole);

    const wrong: [string, (settings: BoardSettings) => void][] = [
      ['Wi-Fi password', (settings) => (settings.wifi.password = 'wrong horse')],
      ['host', (settings) => (settings.endpoint.host = 'nowhere.test')],
      ['anchors', (settings) => (settings.anchors = [])],
    ];
    let later = 0;
    for (const [what, change] of wrong) {
      later += 100;
      const made = (settings: BoardSettings): void => {
        settings.made += later;
        change(settings);
      };
      const bad = await offerTo(kitchen, signedSettings(kitchen, made)).finish(800);
      assert.equal(bad.state, 'failed', what);
      assert.match(bad.detail, /did not connect, and the program before it did/, what);
    }
    await kitchen.acknowledged(2, 60);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
  }
});

test('an update that is not for the board is refused, with the reason', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 3600 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const payload = smallProgram("console.log('never run');");
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const facts = { kind: 'program', version: '1.3.0', made: 2e9, sensors: ['rp2040'], bootstrap: 1 } as const;
    const good = signedProgram(payload);
    /** A header whose signature is for another manifest. */
    const forged = (): Update => {
      const { manifest, file } = signedProgram(payload, { version: '1.4.0' });
      const text = file.toString('latin1').replace('"bootstrap":1', '"bootstrap":0');
      return { manifest, file: Buffer.from(text, 'latin1') };
    };
    /** A header with brackets that nobody has signed: the engine's stack would end in the parser. */
    const nested = (): Update => {
      const { manifest, file } = signedProgram(payload, { version: '1.5.0' });
      const text = file.toString('latin1', 0, 1024).trimEnd();
      const brackets = `,"x":${'['.repeat(80)}${']'.repeat(80)}}\n`;
      const header = text.replace('}\n', brackets).padEnd(1024);
      return { manifest, file: Buffer.concat([Buffer.from(header, 'latin1'), file.subarray(1024)]) };
    };
    /** The header is that of another update. */
    const another = (): Update => {
      const { file } = signedProgram(payload, { version: '1.6.0' });
      return { manifest: good.manifest, file };
    };
    const longer = signedProgram('x'.repeat(300_000));
    const longPacked = signedProgram('x'.repeat(3000), { version: '1.7.0' });
    const cases: [string, Update, RegExp][] = [
      [
        'another key',
        makeUpdate({ ...facts, sensors: ['rp2040'] }, Buffer.from(payload), other),
        /key that this board does not know/,
      ],
      ['a header that the engine would not survive', nested(), /expected a manifest and its signature/],
      ['a changed manifest', forged(), /signature is wrong/],
      ['an older version', signedProgram(payload, { version: '1.2.2' }), /version 1\.2\.2, not newer than 1\.2\.3/],
      ['the version that runs', signedProgram(payload, { version: '1.2.3', made: 1 }), /not newer than 1\.2\.3/],
      ['another thing', signedProgram(payload, { thing: 'kitchen-2' }), /made for kitchen-2/],
      ['other sensors', signedProgram(payload, { sensors: ['tmp117'] }), /no code for rp2040 in it/],
      ['a newer bootstrap', signedProgram(payload, { bootstrap: 9 }), /flash the board over USB/],
      ['another program', resigned(good, { name: 'pico-garden' }), /program pico-garden, expected pico-kitchen/],
      ['another format', resigned(good, { format: 2 }), /format 2, expected 1/],
      ['another kind', resigned(good, { kind: 'firmware' as 'program' }), /format 1, expected 1/],
      ['the header of another update', another(), /another update came/],
      ['too long', longer, /300000 bytes, expected at most/],
      ['of no length', resigned(good, { size: 0 }), /0 bytes, expected at most/],
      ['of half a byte', resigned(good, { size: 10.5 }), /10.5 bytes, expected at most/],
      ['packed to nothing', resigned(good, { packed: -1 }), /-1 bytes packed, expected more than none/],
      ['a hash that is none', resigned(good, { sha256: 'x' }), /expected a SHA-256/],
      ['longer than its manifest says', resigned(longPacked, { size: 256 }), /longer than its manifest says/],
      ['shorter than its manifest says', resigned(longPacked, { size: 9000 }), /packed program is too short/],
      [
        'settings of another thing',
        signedSettings(kitchen, (settings) => (settings.thing = 'kitchen-2')),
        /made for kitchen-2/,
      ],
      [
        'settings for another program',
        signedSettings(kitchen, () => undefined, { sensors: ['tmp117'] }),
        /needs code for tmp117: update the program first/,
      ],
      ['old settings', signedSettings(kitchen, (settings) => (settings.made -= 60)), /older than the board's/],
      ['a changed byte', { ...good, file: changed(good.file, 1024 + 10) }, /hash differs/],
    ];
    for (const [what, update, why] of cases) {
      const offer = await offerTo(kitchen, update).finish(60);
      assert.equal(offer.state, 'failed', what);
      assert.match(offer.detail, why, what);
    }
    assert.equal(board.resets.length, 0);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
  }
});

test('an older version is taken if its manifest says that it is a rollback', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const update = signedProgram(programOf(kitchen, '1.0.0'), { version: '1.0.0', rollback: true });
    const offer = await offerTo(kitchen, update).finish();
    assert.equal(offer.state, 'done', offer.detail);
    assert.match(offer.detail, /runs 1\.0\.0 from slot 1/);
  } finally {
    await kitchen.close();
  }
});

function changed(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] ^= 1;
  return copy;
}
