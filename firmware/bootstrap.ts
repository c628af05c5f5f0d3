/**
 * The first program that Kaluma runs, in sector 0: it chooses a slot and loads the program in it. An update never writes
 * this sector, because a board whose first sector is torn stops at the prompt for good.
 *
 * A program on trial runs with the watchdog armed from here on, and with a time limit; when it throws, hangs or never
 * connects, the program before it is loaded again. A start that the power ended says nothing about the program.
 */
import { toBinaryString } from '../src/bytes/encoding.ts';
import {
  countMarks,
  ENDED,
  EXPIRED,
  HUNG,
  markPage,
  MOST_STARTS,
  MOST_TRIALS,
  readRecord,
  STARTS,
  stateOf,
  THREW,
  TOO_MANY_STARTS,
  type BootRecord,
} from './bootRecord.ts';
import { kaluma } from './kaluma/globals.ts';
import { readFlash, writeFlash } from './kaluma/flash.ts';
import { flashBytes, flashText } from './kaluma/program.ts';
import { hasBitten } from './kaluma/watchdog.ts';
import { AREA_SECTOR, HEADER_LENGTH, HEADER_START, PAGE, RECORD_SECTOR, SLOT_SECTOR, SLOT_SECTORS } from './layout.ts';

/** What a manifest's `bootstrap` asks for at least. */
const VERSION = 1;
/** ms; the hardware takes 8,388 at most. */
const WATCHDOG = 8000;
/** ms that a program on trial has to get a reading acknowledged. */
const TRIAL = 600_000;

const setMark = (record: BootRecord, mark: number): void => {
  writeFlash(record.sector, PAGE, markPage(mark));
  record.marks[mark] = 0;
};
const arm = (ms: number): unknown => new (kaluma.require('wdt').WDT)(ms);

// Before the watchdog is armed, which leaves the same sign as its bite.
const bitten = hasBitten();
const first = readRecord(RECORD_SECTOR, readFlash);
const second = readRecord(RECORD_SECTOR + 1, readFlash);
const [newer, older] = first && (!second || first.sequence > second.sequence) ? [first, second] : [second, first];

const starts = newer ? countMarks(newer, STARTS, MOST_STARTS) : 0;
if (newer && stateOf(newer) === 'trial') {
  if (bitten && starts > 0 && newer.marks[ENDED + starts - 1] === 0xff) setMark(newer, HUNG);
  else setMark(newer, starts < MOST_STARTS ? STARTS + starts : TOO_MANY_STARTS);
}
const state = newer ? stateOf(newer) : 'rejected';
const trial = state === 'trial';
let failed = false;
if (newer && state !== 'confirmed' && !trial && starts > 0 && newer.marks[ENDED + starts - 1] === 0xff) {
  setMark(newer, ENDED + starts - 1);
  failed = bitten;
}
const chosen = trial || state === 'confirmed' ? newer : older && stateOf(older) === 'confirmed' ? older : null;
const sector = AREA_SECTOR + SLOT_SECTOR + (chosen ? chosen.slot * SLOT_SECTORS : 0);

kaluma.boot = {
  version: VERSION,
  sector,
  settings: chosen ? chosen.settings : 0,
  record: chosen ? chosen.sector : 0,
  newest: newer ? newer.sector : 0,
  trial,
  waiting: state === 'waiting',
  bitten,
  failed,
};

const load = (): void => {
  const [start, length, line] = JSON.parse(toBinaryString(flashBytes(sector, HEADER_START, HEADER_LENGTH))) as [
    number,
    number,
    number,
  ];
  // Stack traces then name the lines of the slot's text.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is our own
  new Function(flashText(sector, start, length, '\n'.repeat(line)))();
};

if (newer && trial) {
  arm(WATCHDOG);
  kaluma.setTimeout(() => {
    const now = readRecord(newer.sector, readFlash);
    if (!now || stateOf(now) !== 'trial') return;
    setMark(now, EXPIRED + countMarks(now, EXPIRED, MOST_TRIALS));
    arm(1);
  }, TRIAL);
  try {
    load();
  } catch (error) {
    kaluma.console.log(`the new program fails: ${String(error)}`);
    setMark(newer, THREW);
    arm(1);
  }
} else {
  load();
}
