import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIRMED, encodeRecord, ENDED, HUNG, STARTS } from '../../firmware/bootRecord.ts';
import { PAGE, SECTOR } from '../../firmware/layout.ts';
import { checkBoard, type Ports } from '../../scripts/doctor/overSerial.ts';
import { Walk } from '../../scripts/doctor/walk.ts';
import { UserError } from '../../scripts/lib/cli.ts';
import { LineClosedError, type SerialLine } from '../../scripts/serial/line.ts';
import { KalumaSerial } from '../support/kalumaSerial.ts';

/** The output of Kaluma 1.2.1 on a Pico W, copied from its image. */
const PRINTED: Record<string, string> = {
  '.hi': [
    '         ___',
    '   _____/ . \\   Welcome to Kaluma v1.2.1',
    '  /        __>  https://kaluma.io',
    ' |/\\________/',
    "  \\__@  v  v    Type '.help' for more info.",
    '-----------------------------------------------',
    '',
  ].join('\r\n'),
  'board.name': "\x1b[93m'pico-w'",
  'typeof __ieee80211dev': "\x1b[93m'object'",
  '.flash -t': '524288',
  '.flash -s': '60000',
  '.load': [
    '1.1 INFO board kitchen-1, firmware 1.2.3; last reset: power; 0 readings kept',
    '1.1 INFO sensor fridge (DS18B20)',
    '1.1 INFO sensor freezer (DS18B20)',
    '1.1 INFO sensor room (SHT4x)',
    '1.1 INFO sensor GP15 has 28-00000d4e2b8c, 28-0316a2794aff',
    '1.2 INFO sensor reading 1: room 21.5 C',
    '1.2 INFO wifi joining kitchen',
  ]
    .map((line) => `\x1b[2K\r\x1b[0m${line}\r\n`)
    .join(''),
};

/** In place of an answer: the cable is pulled out. */
const UNPLUGGED = 'unplugged';

interface Plugged {
  ports: Ports;
  board: KalumaSerial;
  /** How often the port was opened. */
  opened: () => number;
}

/** @param resets how often the watchdog resets the board when its program is stopped */
function plugIn(printed = PRINTED, resets = 0): Plugged {
  let onData: (bytes: Uint8Array) => void = () => undefined;
  const board = new KalumaSerial((bytes) => setImmediate(() => onData(bytes)));
  let opened = 0;
  const open = (path: string): Promise<SerialLine> => {
    opened++;
    const attempt = opened;
    let onClose = (): void => undefined;
    let isOpen = true;
    board.onReset = (): void => {
      isOpen = false;
      onClose();
    };
    return Promise.resolve({
      path,
      write: (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const answer = printed[text.trimEnd()];
        if (!isOpen) return Promise.resolve();
        if (text.includes('\x04') && attempt <= resets) board.onReset();
        else if (answer === UNPLUGGED) board.onReset();
        else if (answer !== undefined) {
          board.print(`${answer}\x1b[0m`);
          // The rest of the output comes later: a command must not take it for the output of the next one.
          if (!text.startsWith('.')) setTimeout(() => board.print('\r\n\x1b[0m'), 5);
        } else board.receive(Buffer.from(bytes));
        return Promise.resolve();
      },
      onData: (listener) => (onData = listener),
      onClose: (listener) => (onClose = listener),
      close: () => Promise.resolve(board.stop()),
    } satisfies SerialLine);
  };
  return { ports: { find: () => Promise.resolve('/dev/test'), open, reopen: open }, board, opened: () => opened };
}

async function check(ports: Ports): Promise<{ isWell: boolean; hops: string[]; causes: string }> {
  const walk = new Walk(() => undefined);
  const isWell = await walk.run((self) => checkBoard(self, ports));
  const { findings } = walk;
  return {
    isWell,
    hops: findings.map(({ hop, detail }) => `${hop}: ${detail}`),
    causes: findings[findings.length - 1].causes.join('\n'),
  };
}

test('doctor accepts a board with the right Kaluma, and its program runs again afterwards', async () => {
  const { ports, board } = plugIn();
  assert.deepEqual(await check(ports), {
    isWell: true,
    hops: [
      'port: /dev/test',
      'prompt: it answers; its program is stopped',
      'Kaluma: 1.2.1',
      'board: pico-w',
      'radio: the CYW43439 answers',
      'flash: a program of 60000 bytes, 464288 of 524288 bytes free',
      'update: slot 0, settings 0; no update since it was flashed',
      'sensors: fridge (DS18B20); freezer (DS18B20); room (SHT4x); GP15 has 28-00000d4e2b8c, 28-0316a2794aff',
    ],
    causes: '',
  });
  assert.equal(board.running, true);
});

test('doctor names the first thing that is wrong, another Kaluma, board or flash, and what to do', async () => {
  const cases: [Record<string, string>, RegExp, RegExp][] = [
    [
      { '.hi': 'Welcome to Kaluma v1.1.0' },
      /^Kaluma: found 1\.1\.0, wanted 1\.2\.1$/,
      /kaluma-rp2-pico-w-1\.2\.1\.uf2/,
    ],
    [{ '.hi': 'MicroPython' }, /^Kaluma: found no version/, /BOOTSEL/],
    [{ 'board.name': "\x1b[93m'pico'" }, /^board: found pico, wanted pico-w$/, /is not a Pico W: a Pico has no Wi-Fi/],
    [{ 'board.name': UNPLUGGED }, /^board: \/dev\/test disappeared meanwhile; try again$/, /^$/],
    [{ '.flash -t': '1048576' }, /^flash: found 60000 of 1048576 bytes in use/, /another layout/],
    [{ '.flash -s': '600000' }, /^flash: found 600000 of 524288 bytes/, /another layout/],
  ];
  for (const [printed, problem, likely] of cases) {
    const { isWell, hops, causes } = await check(plugIn({ ...PRINTED, ...printed }).ports);
    assert.equal(isWell, false);
    assert.match(hops[hops.length - 1], problem);
    assert.match(causes, likely);
  }
});

test('doctor says that a board has no program', async () => {
  const { hops } = await check(plugIn({ ...PRINTED, '.flash -s': '0' }).ports);
  assert.equal(hops[5], 'flash: no program, 524288 of 524288 bytes free');
  assert.equal(hops[7], 'sensors: there is no program that could ask them');
});

test("doctor reports another chip in a sensor's place in the board's words, and the program runs again", async () => {
  const log = PRINTED['.load'].replace(
    '1.2 INFO wifi',
    '1.2 ERROR sensor room (SHT4x): no answer from 0x44 on I2C; check its wires\r\n\x1b[2K\r\x1b[0m1.2 INFO wifi',
  );
  const { ports, board } = plugIn({ ...PRINTED, '.load': log });
  const { isWell, hops } = await check(ports);
  assert.equal(isWell, false);
  assert.equal(
    hops[7],
    'sensors: room (SHT4x): no answer from 0x44 on I2C; check its wires; ' +
      'fridge (DS18B20); freezer (DS18B20); GP15 has 28-00000d4e2b8c, 28-0316a2794aff',
  );
  assert.equal(board.running, true);
});

test('doctor asks a board again that its watchdog resets, but not for ever', async () => {
  const armed = plugIn(PRINTED, 1);
  assert.deepEqual([(await check(armed.ports)).isWell, armed.opened()], [true, 2]);
  const loose = plugIn(PRINTED, 99);
  const { isWell, hops } = await check(loose.ports);
  assert.deepEqual([isWell, loose.opened()], [false, 3]);
  assert.match(hops[1], /keeps disappearing; is the cable loose/);
});

test('a missing board is a failed hop, and an error of the program is not', async () => {
  const none = { ...plugIn().ports, find: () => Promise.reject(new UserError('no board found on USB')) };
  const { isWell, hops } = await check(none);
  assert.deepEqual([isWell, hops], [false, ['port: no board found on USB']]);
  const broken = { ...plugIn().ports, open: () => Promise.reject(new LineClosedError('x')) };
  await assert.rejects(check(broken), LineClosedError);
});

test('doctor reads the state of the last update from the flash', async () => {
  const { ports, board } = plugIn();
  const pages = (sequence: number, slot: number, marks: number[]): string => {
    const record = encodeRecord({ sequence, slot, settings: 0, id: `0000000${sequence}` });
    const set = Buffer.alloc(PAGE, 0xff);
    for (const mark of marks) set[mark] = 0;
    return Buffer.concat([record, set]).toString('latin1').padEnd(SECTOR, '\xff');
  };
  const last = async (hop = 6): Promise<string> => (await check(ports)).hops[hop];
  const bootstrap = 'bootstrap'.padEnd(SECTOR, '\xff');
  board.program = bootstrap + pages(1, 1, [STARTS, CONFIRMED]) + pages(2, 0, [STARTS, HUNG]);
  assert.equal(await last(), 'update: slot 1, settings 0; update 00000002 is rejected: the watchdog ended it');
  board.program = bootstrap + pages(3, 0, [STARTS]) + pages(2, 1, [CONFIRMED]);
  assert.equal(await last(), 'update: slot 1, settings 0; update 00000003 is on trial');
  assert.match(await last(7), /^sensors: an update is on trial, and another start would count against it$/);
  const [before, trial] = [board.program, SECTOR + PAGE];
  assert.equal(before.charCodeAt(trial + ENDED), 0, 'the reset that follows does not look like a program that hangs');
  await last();
  assert.equal(board.program, before);
});
