/** Settings that come through the air and that the board keeps: other keys for updates, and the other changes that a person makes. */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS } from '../../firmware/layout.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { boardSettings } from '../../scripts/image/settings.ts';
import {
  basicConstraints,
  encodeKeyPem,
  encodePem,
  keyUsage,
  makeCertificate,
  makeServerChain,
  type Name,
} from '../../scripts/lib/certificates.ts';
import type { Offer } from '../../scripts/update/offer.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import type { Kitchen } from './kitchen.ts';
import { offerTo, openUpdatable, signedSettings, signingKey, type Offering } from './updates.ts';

type Change = (settings: BoardSettings) => void;

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Offers one change after the other: each settings contain those before. */
function changing(kitchen: Kitchen, sensors: string[] = []): (change: Change, key?: KeyObject) => Offering {
  const changes: Change[] = [];
  return (change, key) => {
    changes.push((settings) => {
      settings.made += 60;
      change(settings);
    });
    return offerTo(
      kitchen,
      signedSettings(kitchen, (settings) => changes.forEach((one) => one(settings)), { sensors }, key),
    );
  };
}

function assertDone(offer: Offer, what: string): void {
  assert.equal(offer.state, 'done', `${what}: ${offer.detail}`);
}

test('the key of updates is replaced by settings with both keys, then by settings without the old one', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 3600 });
  try {
    await kitchen.acknowledged(1);
    const [oldKey, key] = [signingKey, newKey()];
    const offer = changing(kitchen);
    const unknown = await offer(() => undefined, key).finish();
    assert.equal(unknown.detail, 'signed with a key that this board does not know');
    const both = [oldKey, key].map(publicKeyHex);
    assertDone(await offer((settings) => (settings.updateKeys = both), oldKey).finish(), 'both keys');
    assertDone(await offer((settings) => (settings.updateKeys = both.slice(1)), key).finish(), 'the new key only');
    const refused = await offer((settings) => (settings.updateKeys = both), oldKey).finish();
    assert.equal(refused.detail, 'signed with a key that this board does not know');
    assertDone(await offer(() => undefined, key).finish(), 'the new key again');
    assert.deepEqual(kitchen.board.violations, []);
  } finally {
    await kitchen.close();
  }
});

/** A device certificate for the key that the board has, by another authority. */
function renewed({ folder }: Kitchen): { certificate: Buffer; authority: string } {
  const issuerKey = newKey();
  const issuer: Name = { CN: 'Another authority of devices' };
  const dates = { from: new Date(Date.now() - 1e8), to: new Date(Date.now() + 1e10) };
  const usages = [basicConstraints(true), keyUsage('keyCertSign')];
  const authority = makeCertificate({
    subject: issuer,
    subjectKey: issuerKey,
    issuer,
    issuerKey,
    ...dates,
    extensions: usages,
  });
  const certificate = makeCertificate({
    subject: { CN: 'kitchen-1' },
    subjectKey: createPrivateKey(readFileSync(join(folder, 'device.key.pem'))),
    ...{ issuer, issuerKey, ...dates },
    extensions: [basicConstraints(false), keyUsage('digitalSignature')],
  });
  return { certificate, authority: encodePem('CERTIFICATE', authority) };
}

test('a board keeps new settings of each kind if they work', async () => {
  const sensors = [
    { name: 'fridge', type: 'ds18b20', id: '28-0316a2794aff' },
    { name: 'freezer', type: 'ds18b20', id: '28-00000d4e2b8c' },
    { name: 'room', type: 'sht4x' },
  ];
  const kitchen = await openUpdatable({ intervalSeconds: 60, sensors });
  const HOST = 'other.test';
  const chain = await makeServerChain({ kind: 'ecdsa', host: HOST, age: 'today' });
  const { certificate, authority } = renewed(kitchen);
  const other = await Endpoint.start({
    host: HOST,
    key: encodeKeyPem(chain.key),
    chain: chain.certificates.map((one) => encodePem('CERTIFICATE', one)).join(''),
    // It knows neither the board's first certificate nor its authority.
    deviceAuthority: authority,
    port: 0,
  });
  try {
    const { board, folder, config } = kitchen;
    await kitchen.acknowledged(3);
    const offer = changing(kitchen, ['ds18b20', 'sht4x']);

    let whole: Pick<BoardSettings, 'sensors' | 'names'> = { sensors: [], names: null };
    const fewer = await offer((settings) => {
      const { sensors, names } = settings;
      whole = { sensors, names };
      Object.assign(settings, { sensors: sensors.slice(1), names: names?.slice(1), namesMark: 1 });
    }).finish();
    assertDone(fewer, 'a sensor less');
    const from = kitchen.readings.length;
    await kitchen.acknowledged(2, 130);
    const names = (at: number): Set<unknown> => new Set(kitchen.readings.slice(at).map(({ sensor }) => sensor));
    assert.deepEqual(names(from), new Set(['freezer', 'room']));
    const more = await offer((settings) => Object.assign(settings, { ...whole, namesMark: 2 })).finish();
    assertDone(more, 'a sensor whose code is in the program');
    await kitchen.acknowledged(3, 130);
    assert.ok(names(from).has('fridge'));

    const resets = board.resets.length;
    const password = offer((settings) => (settings.wifi.password = 'another horse'));
    await password.finish(60, () => board.resets.length > resets);
    board.faults.accessPoint.password = 'another horse';
    assertDone(await password.finish(), 'another Wi-Fi password');

    const deviceAuthority = readFileSync(join(folder, 'device-authority.crt.pem'), 'utf8') + authority;
    await kitchen.restartEndpoint({ deviceAuthority });
    const renewal = await offer(({ identity }) => {
      assert.ok(identity !== null);
      identity.certificates = [certificate.toString('base64')];
    }).finish();
    assertDone(renewal, 'a renewed certificate');

    const files = readBoardFiles(config, join(folder, 'board.json'), Date.now());
    const { anchors } = boardSettings(config, { ...files, anchors: [chain.anchor] }, Date.now());
    assertDone(await offer((settings) => settings.anchors.push(...anchors)).finish(), 'another anchor');

    // What the other endpoint hears concerns this offer as well.
    other.on('message', (message) => kitchen.endpoint.emit('message', message));
    const moved = await offer(({ endpoint }) => Object.assign(endpoint, { host: HOST, port: other.port })).finish();
    assertDone(moved, 'another endpoint');
    const acknowledged: unknown[] = [];
    other.on('reading', ({ reading }) => acknowledged.push(reading));
    await kitchen.acknowledged(3, 130);
    assert.equal(acknowledged.length, 3);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
    await other.close();
  }
});

test('settings of which the copy in use is damaged are made whole from the other one, not the other way round', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    assertDone(await changing(kitchen)((settings) => (settings.intervalSeconds = 20)).finish(), 'another interval');
    const [first, second] = [0, 1].map((copy) =>
      board.flash.area.subarray(
        (SETTINGS_SECTOR + copy * SETTINGS_SECTORS) * SECTOR,
        (SETTINGS_SECTOR + (copy + 1) * SETTINGS_SECTORS) * SECTOR,
      ),
    );
    const whole = Buffer.from(first);
    assert.deepEqual(Buffer.from(second), whole);
    // Its length is still there; nothing but the checksum shows the damage.
    second.fill(0x23, 500, 510);
    for (let i = 0; i < 2; i++) {
      board.powerCycle();
      await kitchen.acknowledged(3, 90);
    }
    assert.deepEqual([Buffer.from(first), Buffer.from(second)], [whole, whole]);
  } finally {
    await kitchen.close();
  }
});
