/** What settings hold, and how `npm run update -- --settings` makes them, run after run. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import { boardSettings, describeSettings } from '../../scripts/image/settings.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { forgetSettings, settingsUpdate } from '../../scripts/update/payloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-payloads-'));
after(() => rmSync(folder, { recursive: true }));

let prepared: EndpointFolder;
before(async () => (prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' })));

test('unchanged settings are the same update, changed ones a newer one, and refused ones are made anew', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const start = Math.floor(Date.now() / 1000);
  const run = (seconds: number, intervalSeconds: number): { id: string; later: number } => {
    const board = { file: prepared.boardFile, config: prepared.writeBoardConfig(8883, intervalSeconds) };
    const wishes = { key, rollback: false, now: (start + seconds) * 1000, outDir: folder };
    const { id, made } = settingsUpdate(board, [publicKeyHex(key)], wishes).manifest;
    return { id, later: made - start };
  };
  const first = run(0, 10);
  assert.deepEqual(run(5, 10), first);
  const changed = run(7, 20);
  assert.equal(changed.later, 7);
  assert.deepEqual(run(8, 20), changed);
  // Back to what it was: boards take only what is newer.
  assert.equal(run(9, 10).later, 9);
  forgetSettings(folder, 'kitchen-1');
  assert.equal(run(11, 10).later, 11);
  // What is kept holds neither passwords nor the rest of the settings.
  assert.doesNotMatch(readFileSync(join(folder, 'update-settings-kitchen-1.bin'), 'latin1'), /wifi|correct horse/);
});

test('the build names what the settings hold, and that without an update key only USB is left', () => {
  const config = prepared.writeBoardConfig(8883, 10);
  const files = readBoardFiles(config, prepared.boardFile, Date.now());
  assert.match(describeSettings(boardSettings(config, files, 0)), /interval, no update key, so updates by USB only$/);
  const more = checkBoardConfig({ ...config, alarms: [{ above: 30 }, { below: 5 }] }, 'f');
  assert.match(describeSettings(boardSettings(more, files, 0, ['x', 'y'])), /2 alarms, topics .*, 2 update keys$/);
});
