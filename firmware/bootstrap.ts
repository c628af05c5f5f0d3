/**
 * The first program that Kaluma runs, in sector 0: it chooses a slot and loads the program in it. An update never writes
 * this sector, because a board whose first sector is damaged stops at the prompt for good.
 *
 * A program on trial runs with the watchdog armed and with a time limit, both set here. If it throws, hangs or never
 * connects, the next boot loads the older program again. A start that ended with a power cut proves nothing against it.
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
import { wasResetByWatchdog } from './kaluma/watchdog.ts';
import {
  AREA_SECTOR,
  HEADER_LENGTH,
  HEADER_START,
  PAGE,
  RECORD_SECTOR,
  SLOT_SECTOR,
  SLOT_SECTORS,
  STARTED_SECTOR,
} from './layout.ts';

/** Version of this bootstrap; a manifest's `bootstrap` names the lowest version that its program needs. */
const VERSION = 1;
/** ms; the hardware takes 8,388 at most. */
const WATCHDOG = 8000;
/** ms within which a program on trial must get a reading acknowledged. */
const TRIAL = 600_000;

const setMark = (record: BootRecord, mark: number): void => {
  writeFlash(record.sector, PAGE, markPage(mark));
  record.marks[mark] = 0;
};
const arm = (ms: number): unknown => new (kaluma.require('wdt').WDT)(ms);

// `npm run flash` ends with a reset by the watchdog, which is no fault of the program that starts then.
const isNew = readFlash(STARTED_SECTOR, 0, 1)[0] === 0xff;
if (isNew) writeFlash(STARTED_SECTOR, 0, markPage(0));
// This must come before the watchdog is armed, because arming leaves the same sign as a reset by the watchdog.
const bitten = wasResetByWatchdog() && !isNew;
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
  // The line feeds in front make stack traces name the lines of the slot's text.
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call -- it is our own code
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
