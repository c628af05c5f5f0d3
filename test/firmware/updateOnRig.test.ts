/** Updates on the real engine, Kaluma's own image on an emulated RP2040, where it is to be had. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeDeviceIdentity } from '../../scripts/lib/certificates.ts';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { Kitchen, type KitchenOptions } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import type { RigBoard } from './rig/rigBoard.ts';
import {
  BAD_PROGRAMS,
  DEADLY_PROGRAMS,
  NEVER_CONNECTS,
  offerTo,
  programOf,
  signedProgram,
  signedSettings,
  signingKey,
} from './updates.ts';

const skip = rigMissing() ?? false;
/** Seconds between readings. */
const INTERVAL = 10;
const TIMEOUT = 3_600_000;

const rows: string[][] = [['New program', 'limit', 'back after']];
const settingsRows: string[][] = [['New settings', 'limit', 'back after']];
const whole: string[] = [];

async function open(configure?: KitchenOptions['configure']): Promise<Kitchen<RigBoard>> {
  const kitchen = await Kitchen.openOnRig({
    intervalSeconds: INTERVAL,
    ...(configure && { configure }),
    updateKeys: [publicKeyHex(signingKey)],
    pauseMillis: 1,
  });
  after(() => kitchen.close());
  await kitchen.acknowledged(1, 60);
  return kitchen;
}

/**
 * Seconds from each reading to its acknowledgement. A board that starts takes its first reading long before it is connected, so
 * each boot's first one is left out.
 */
function delaysOf(serial: string): [seq: number, seconds: number][] {
  const takenAt = new Map<number, number>();
  const delays: [number, number][] = [];
  let isFirst = true;
  for (const [, time, taken, acknowledged] of serial.matchAll(
    /([\d.]+) INFO (?:board \S+, firmware .*|sensor reading (\d+):.*|mqtt reading (\d+) acknowledged)/g,
  )) {
    if (taken !== undefined) {
      if (!isFirst) takenAt.set(Number(taken), Number(time));
      isFirst = false;
    } else if (acknowledged !== undefined) {
      const at = takenAt.get(Number(acknowledged));
      if (at !== undefined) delays.push([Number(acknowledged), Number(time) - at]);
    } else {
      isFirst = true;
      takenAt.clear();
    }
  }
  return delays;
}

/** What a channel's update of the whole program must not take: seconds from the offer on, and bytes of heap since power-on. */
const CHANNELS: [name: string, isJob: boolean, seconds: number, heap: number][] = [
  ['offered by `npm run update`', false, 60, 161_500],
  ["as a job with AWS's streams in JSON", true, 80, 164_500],
];

for (const [name, isJob, limit, heapLimit] of CHANNELS) {
  test(
    `real engine: a whole program, ${name}, is received while readings go on`,
    { skip, timeout: TIMEOUT },
    async () => {
      const kitchen = await open(({ endpoint }) => {
        if (isJob) endpoint.jobs = true;
      });
      const { board, endpoint } = kitchen;
      const update = signedProgram(programOf(kitchen, '1.3.0'), isJob ? { sensors: ['rp2040', 'jobs'] } : {});
      const { id, size, packed = size } = update.manifest;
      if (isJob) {
        endpoint.jobs.addStream('stream', new Map([[0, update.file]]));
        endpoint.jobs.addJob('job', { operation: 'pico-kitchen-update', update: id, stream: 'stream' }, ['kitchen-1']);
      }
      const isComplete = (): boolean => board.serial.includes(`${id} complete; on trial`);
      const offering = isJob ? null : offerTo(kitchen, update);
      await (offering?.finish(300, isComplete) ?? board.runUntil(isComplete, { limitSeconds: 300 }));
      const heap = await board.heapPeak();
      const at = (pattern: RegExp): number => Number(pattern.exec(board.serial)?.[1]);
      const begun = at(
        isJob ? /([\d.]+) INFO update job job: update/ : /([\d.]+) INFO mqtt command answered: .*"update"/,
      );
      const seconds = at(/([\d.]+) INFO update \w+ complete/) - begun;
      assert.ok(seconds <= limit, `${seconds} s`);
      assert.ok(heap <= heapLimit, `${heap} B of heap`);
      const from = board.serial.length;
      const isConfirmed = (): boolean => /on trial; [^]*reading \d+ acknowledged/.test(board.serial.slice(from));
      await (offering?.finish(60, isConfirmed) ?? board.runUntil(isConfirmed, { limitSeconds: 60 }));
      assert.match(board.serial.slice(from), /firmware 1\.3\.0 on trial; last reset: update/);
      const taken = [...board.serial.slice(0, from).matchAll(/([\d.]+) INFO sensor reading \d+:/g)];
      const gaps = taken.slice(1).map(([, time], i) => Number(time) - Number(taken[i][1]));
      for (const gap of gaps) assert.ok(gap < INTERVAL + 5, `${gap} s between two readings`);
      const delays = delaysOf(board.serial);
      for (const [seq, delay] of delays) assert.ok(delay < 5, `reading ${seq} acknowledged after ${delay} s`);
      // All but the first, and perhaps one that was on its way when the board restarted.
      assert.ok(delays.length >= taken.length - 2, `${delays.length} of ${taken.length} acknowledged`);
      const seqs = [...new Set(kitchen.readings.map(({ seq }) => seq))];
      assert.deepEqual(
        seqs,
        seqs.map((_, i) => i + 1),
        'none lost',
      );
      whole.push(
        `- ${name}: ${Math.round(seconds)} s, of ${packed} B that travel and ${size} B in flash; two readings are at most ${Math.max(...gaps).toFixed(1)} s apart, and the heap's peak since power-on is ${heap} B`,
      );
    },
  );
}

test('real engine: bad programs are replaced by the old one without help', { skip, timeout: TIMEOUT }, async () => {
  const kitchen = await open();
  const { board } = kitchen;
  for (const [what, payload, why, limit] of [...BAD_PROGRAMS, ...DEADLY_PROGRAMS, NEVER_CONNECTS]) {
    const resets = board.resets.length;
    const { offer, ...offering } = offerTo(kitchen, signedProgram(payload));
    await offering.finish(120, () => board.resets.length > resets);
    board.expectDeath();
    await offering.finish(limit + 120);
    assert.equal(offer.state, 'failed', what);
    assert.match(offer.detail, why, what);
    const back = (board.resets.at(-1)?.at ?? Infinity) - board.resets[resets].at;
    assert.ok(back <= limit, `${what}: back after ${back} s`);
    rows.push([what, `${limit} s`, `${back.toFixed(1)} s`]);
  }
});

interface BadSettings {
  what: string;
  change: (settings: BoardSettings) => void;
  /** The password of the access point, if the settings have none of their own to change. */
  password?: string;
  /** Why the board goes back, and within how many seconds. */
  why: RegExp;
  limit: number;
}

const [, , NO_CONNECTION, TRIAL] = NEVER_CONNECTS;
const [[, , THROWS]] = BAD_PROGRAMS;
const unknown = await makeDeviceIdentity({ thing: 'kitchen-1' });
const BAD_SETTINGS: BadSettings[] = [
  {
    what: 'another Wi-Fi password',
    change: (settings) => (settings.wifi.password = 'wrong horse'),
    password: 'wrong horse',
    why: NO_CONNECTION,
    limit: TRIAL,
  },
  {
    what: 'another host',
    change: (settings) => (settings.endpoint.host = 'nowhere.test'),
    why: NO_CONNECTION,
    limit: TRIAL,
  },
  { what: 'no anchors', change: (settings) => (settings.anchors = []), why: NO_CONNECTION, limit: TRIAL },
  {
    what: 'a certificate by an authority that the broker does not know',
    change: ({ identity }) => {
      if (identity !== null) identity.certificates = [Buffer.from(unknown.certificate).toString('base64')];
    },
    why: NO_CONNECTION,
    limit: TRIAL,
  },
  {
    what: 'a sensor whose code the program lacks',
    change: ({ sensors }) => (sensors[0].type = 'tmp117'),
    why: THROWS,
    limit: 20,
  },
];

test('real engine: settings that lead nowhere are replaced by the old ones', { skip, timeout: TIMEOUT }, async () => {
  const kitchen = await open();
  const { board } = kitchen;
  const { password } = board.faults.accessPoint;
  let later = 0;
  for (const { what, change, password: wrong = password, why, limit } of BAD_SETTINGS) {
    const resets = board.resets.length;
    const update = signedSettings(kitchen, (settings) => {
      settings.made += later += 100;
      change(settings);
    });
    const { offer, ...offering } = offerTo(kitchen, update);
    await offering.finish(120, () => board.resets.length > resets);
    board.faults.accessPoint.password = wrong;
    const from = board.serial.length;
    // The settings on trial may restart the board themselves, when its connections fall silent.
    await offering.finish(610, () => board.serial.includes('last reset: failed update', from));
    board.faults.accessPoint.password = password;
    await offering.finish(200);
    assert.equal(offer.state, 'failed', what);
    assert.match(offer.detail, why, what);
    const back = (board.resets.at(-1)?.at ?? Infinity) - board.resets[resets].at;
    assert.ok(back <= limit, `${what}: back after ${back} s`);
    settingsRows.push([what, `${limit} s`, `${back.toFixed(1)} s`]);
  }
});

after(() => {
  if (isWriting && whole.length === CHANNELS.length && rows.length > 1 && settingsRows.length > 1) {
    writeSection(
      'Updates, on the real image',
      `A whole program, with a reading every ${INTERVAL} s:\n\n${whole.join('\n')}\n\n${table(rows)}\n\n${table(settingsRows)}`,
    );
  }
});
