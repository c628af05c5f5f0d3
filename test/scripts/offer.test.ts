/** The states of one board's offer, message by message. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { HEADER } from '../../firmware/update/manifest.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { Console } from '../../scripts/lib/console.ts';
import { withTopics } from '../../scripts/update/targets.ts';
import { report } from '../../scripts/update/byBroker.ts';
import { makeUpdate } from '../../scripts/update/file.ts';
import { Offer } from '../../scripts/update/offer.ts';
import example from '../../board/config.example.json' with { type: 'json' };

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const facts = { kind: 'program' as const, version: '1.3.0', made: 1, sensors: ['rp2040'], bootstrap: 1 };
const update = makeUpdate(facts, Buffer.from('x'.repeat(3000)), privateKey);
const { id } = update.manifest;
const asks = { command: 'update', id, ok: true, offset: 0, length: HEADER };
const rejected = { firmware: '1.2.3', slot: 0, update: id, state: 'rejected', why: 'the watchdog ended it' };

test('that the board went back counts only after this offer saw the update on trial', () => {
  const offer = new Offer('kitchen-1', update);
  // The health of a board that took the same update before, when it connects and every ten minutes.
  offer.health(rejected);
  assert.equal(offer.state, 'waiting');
  assert.equal(typeof offer.tick(0), 'string');
  assert.notEqual(offer.reply(asks, 0), null);
  offer.health(rejected);
  assert.deepEqual([offer.state, offer.received], ['receiving', 0]);
  offer.reply({ command: 'update', id, ok: true, state: 'installed' }, 1);
  assert.equal(offer.state, 'restarting');
  offer.health(rejected);
  assert.deepEqual([offer.state, offer.detail], ['failed', 'went back: the watchdog ended it']);
});

test('a trial that an earlier run of the command began is waited for', () => {
  const offer = new Offer('kitchen-1', update);
  offer.health({ firmware: '1.3.0', slot: 1, update: id, state: 'trial' });
  assert.deepEqual([offer.state, offer.tick(0)], ['on trial', null]);
  offer.health(rejected);
  assert.equal(offer.state, 'failed');
});

test('what a board runs is known from its last health, also when it refuses the update or is not done', () => {
  const offer = new Offer('kitchen-1', update);
  assert.equal(offer.running, '');
  offer.health({ firmware: '1.2.3', slot: 1, update: '00000000', state: 'confirmed' });
  offer.reply({ command: 'update', id, ok: false, error: 'no' }, 0);
  const lines: string[] = [];
  const console = new Console({ write: (text) => lines.push(text.trimEnd()) }, { write: () => undefined }, {});
  const board = withTopics({ file: 'f', config: checkBoardConfig(example, 'f') });
  const undone = new Offer('kitchen-2', update);
  undone.health({ firmware: '1.2.3', slot: 0 });
  assert.equal(
    report(
      [offer, undone].map((one) => ({ board, offer: one })),
      console,
    ),
    1,
  );
  assert.deepEqual(lines, [
    'kitchen-1  not updated: no; it still runs 1.2.3 in slot 1',
    'kitchen-2  not done: waiting, 0 % received; run it again; it still runs 1.2.3 in slot 0',
  ]);
});
