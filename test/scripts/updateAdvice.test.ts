/** What `npm run update` says about refused updates, and the way out that it names. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { objection, parseHeader, HEADER, type Recipient } from '../../firmware/update/manifest.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { advised } from '../../scripts/update/advice.ts';
import type { UpdatedBoard } from '../../scripts/update/targets.ts';
import { makeUpdate, type Update, type UpdateFacts } from '../../scripts/update/file.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { programUpdate, readAlso } from '../../scripts/update/payloads.ts';
import example from '../../board/config.example.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'update-advice-'));
after(() => rmSync(folder, { recursive: true }));
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const wishes = { key, rollback: false, now: 2_000_000_000_000, outDir: folder };

function boardWith(more: object): UpdatedBoard {
  return { file: 'f', config: checkBoardConfig({ ...example, ...more }, 'f') };
}

const recipient: Recipient = {
  ...{ thing: 'kitchen-1', needs: ['rp2040'], has: ['rp2040'], bootstrap: 1, version: '0.1.0' },
  ...{ programMade: 1_900_000_000, settingsMade: 1_900_000_000, programCapacity: 1e6, settingsCapacity: 1e5 },
  keys: [publicKeyHex(key)],
};

/** What the command prints after "not updated: "; empty if the board takes it. */
function said(update: Update, board: Partial<Recipient> = {}): string {
  return advised(objection(parseHeader(update.file.toString('latin1', 0, HEADER)), { ...recipient, ...board }));
}

function settingsFor(sensors: string[], more: Partial<UpdateFacts> = {}): Update {
  const facts = { kind: 'settings' as const, version: '0.1.0', made: 2_000_000_000, sensors, bootstrap: 1 };
  return makeUpdate({ ...facts, thing: 'kitchen-1', ...more }, Buffer.from('{}'), key);
}

test('a sensor is replaced, and alarms begin, by the order that the messages name', async () => {
  const sensor = { type: 'tmp117' };
  const alarms = [{ above: 30 }];
  const next = boardWith({ sensor, alarms });
  const alone = await programUpdate([next], wishes);
  assert.equal(
    said(alone),
    "no code for rp2040 in it; the board's settings want it until they are replaced: send the program with --also rp2040, then --settings",
  );
  const settings = settingsFor(['tmp117', 'alarms']);
  assert.match(
    said(settings),
    /^needs code for tmp117: update the program first; .* without --settings, .*--also TYPE/,
  );
  const both = await programUpdate([next], { ...wishes, also: readAlso('rp2040') });
  assert.equal(said(both), '');
  // --via FILE names the same, as a second config.
  const viaConfig = await programUpdate([next, boardWith({ sensor: { type: 'rp2040' } })], wishes);
  assert.deepEqual(viaConfig.manifest.sensors, both.manifest.sensors);
  const has = both.manifest.sensors;
  assert.equal(said(settings, { has }), '');
  assert.equal(said(alone, { has, needs: ['tmp117', 'alarms'] }), '');
  assert.throws(() => readAlso('rp2040,tmp'), /--also: found 'tmp'; wanted one or more of rp2040, .*alarms/);
});

test('an older version, older settings and an unknown key are refused without numbers of seconds, with the way out', () => {
  const make = (version: string): Update =>
    makeUpdate({ kind: 'program', version, made: 1, sensors: ['rp2040'], bootstrap: 1 }, Buffer.from('x'), key);
  assert.equal(
    said(make('0.0.9')),
    'version 0.0.9, not newer than 0.1.0; --rollback makes boards go back, if you want that',
  );
  assert.match(
    said(make('0.1.0')),
    /^version 0\.1\.0, not newer than 0\.1\.0; the board runs a later build .*--rollback/,
  );
  assert.match(
    said(settingsFor([], { made: 5 })),
    /^settings older than the board's; .* run it again, if the clock .*; --rollback/,
  );
  assert.match(
    said(make('0.2.0'), { keys: [] }),
    /this board does not know; sign with .* \(--key FILE\), or npm run flash/,
  );
  // The texts of boards with an older program.
  assert.equal(
    advised('version 0.0.9 of 1796088200, older than what runs'),
    'version 0.0.9 of 2026-12-01 01:23 UTC, older than what runs; --rollback makes boards go back, if you want that',
  );
  assert.match(advised("settings of 1796088200, older than the board's"), /^settings of 2026-12-01 .*; this command/);
  assert.equal(advised('hash differs from that of the manifest'), 'hash differs from that of the manifest');
});
