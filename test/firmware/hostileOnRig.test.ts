/** Hostile servers, brokers and time servers on the real engine, where it is to be had. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { TYPESCRIPT } from '../support/command.ts';
import { ATTACKS } from './hostile.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import { COLUMNS } from './withstand.ts';

const skip = rigMissing() ?? false;
/** HOSTILE=REGEXP chooses attacks by their names. */
const chosen = new RegExp(process.env.HOSTILE ?? '.');
/** Seconds for which an attack goes on. */
const DURATION = 20;
/** Lines of the table, by the names of the attacks. */
const rows = new Map<string, string[]>();

/** @returns the line of the table */
async function endure(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...TYPESCRIPT, 'test/firmware/rig/hostileAttack.ts', name],
    { env: { ...process.env, HOSTILE_SECONDS: String(DURATION) }, maxBuffer: 1 << 24 },
  );
  return JSON.parse(stdout) as string[];
}

void suite('real engine: a board survives a hostile peer', { concurrency: availableParallelism() }, () => {
  for (const { name } of ATTACKS) {
    if (!chosen.test(name)) continue;
    test(name, { skip }, async (t) => {
      const cells = await endure(name);
      rows.set(name, cells);
      t.diagnostic(cells.slice(1).join(', '));
    });
  }
});

after(() => {
  if (!isWriting || rows.size === 0) return;
  assert.equal(rows.size, ATTACKS.length, 'the table has all attacks, or is left as it is');
  writeSection(
    'Hostile peers, on the real image',
    `Each goes on for ${DURATION} s, or longer where it needs to, with a reading every 10 s, on a board that was just switched on. _Heap peak_ is the most
that the JavaScript heap held since then, of 184,312 B.\n\n${table([
      COLUMNS,
      ...ATTACKS.map(({ name }) => rows.get(name) ?? []),
    ])}`,
  );
});
