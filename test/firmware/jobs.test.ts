/** Updates by AWS IoT Jobs, in the flashed program on the simulated board, with the local endpoint's jobs and streams. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { JobExecution } from '../../scripts/endpoint/jobs.ts';
import { offerJob } from '../../scripts/endpoint/updateJob.ts';
import type { Update } from '../../scripts/update/file.ts';
import type { Kitchen } from './kitchen.ts';
import { openUpdatable, programOf, signedProgram as signed, smallProgram } from './updates.ts';

const OPERATION = 'pico-kitchen-update';
const configure: NonNullable<Parameters<typeof openUpdatable>[0]>['configure'] = ({ endpoint }) => {
  endpoint.jobs = true;
};

/** For boards that ask for jobs. */
function signedProgram(payload: string, facts: Parameters<typeof signed>[1] = {}): Update {
  return signed(payload, { sensors: ['rp2040', 'jobs'], ...facts });
}

/** Makes stream and job of an update, as AWS has them. */
function addJob({ endpoint }: Kitchen, jobId: string, update: Update, document: object = {}): void {
  const { id } = update.manifest;
  endpoint.jobs.addStream(`stream-${id}`, new Map([[0, update.file]]));
  const whole = { operation: OPERATION, update: id, stream: `stream-${id}`, ...document };
  endpoint.jobs.addJob(jobId, whole, ['kitchen-1']);
}

async function finished({ endpoint, board }: Kitchen, jobId: string, limitSeconds = 300): Promise<JobExecution> {
  const find = (): JobExecution | undefined => endpoint.jobs.executions.find((execution) => execution.jobId === jobId);
  const isOver = (): boolean => !['QUEUED', 'IN_PROGRESS'].includes(find()?.status ?? '');
  await board.runUntil(isOver, { limitSeconds });
  return find() as JobExecution;
}

test('a board carries out a job that waits, and one that comes while it is connected', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 10, configure });
  try {
    const { board } = kitchen;
    addJob(kitchen, 'first', signedProgram(programOf(kitchen, '1.3.0')));
    await board.runUntil(/job first: update/, { limitSeconds: 60 });
    assert.deepEqual((await finished(kitchen, 'first')).statusDetails, { step: 'on trial', slot: '1' });
    assert.match(board.serial, /firmware 1\.3\.0 on trial; last reset: update/);
    await kitchen.acknowledged(2);
    addJob(kitchen, 'second', signedProgram(programOf(kitchen, '1.4.0'), { version: '1.4.0' }));
    const { status, statusDetails } = await finished(kitchen, 'second');
    assert.deepEqual([status, statusDetails], ['SUCCEEDED', { step: 'on trial', slot: '0' }]);
    const seqs = [...new Set(kitchen.readings.map(({ seq }) => seq))];
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => i + 1),
      'none lost',
    );
    assert.deepEqual([board.violations, board.exceptions, kitchen.refusals], [[], [], []]);
  } finally {
    await kitchen.close();
  }
});

test('a job that fails says why, and a job that is not for the board is rejected', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60, configure });
  try {
    await kitchen.acknowledged(1);
    const { board, endpoint } = kitchen;
    const cases: [string, Update, object, string, RegExp][] = [
      ['throws', signedProgram(smallProgram("throw new Error('no');")), {}, 'FAILED', /threw an exception/],
      // AWS makes another job of the same update, and the board gives it another trial.
      ['throws-again', signedProgram(smallProgram("throw new Error('no');")), {}, 'FAILED', /threw an exception/],
      ['older', signedProgram('x', { version: '1.2.2' }), {}, 'FAILED', /not newer than/],
      ['other', signedProgram('x'), { operation: 'reboot' }, 'REJECTED', /expected the operation pico-kitchen-update/],
      ['no-stream', signedProgram('x'), { stream: 'gone' }, 'FAILED', /stream says ResourceNotFound/],
      ['bad-name', signedProgram('x'), { stream: 'a/b' }, 'REJECTED', /expected the operation/],
    ];
    for (const [jobId, update, document, status, why] of cases) {
      const resets = board.resets.length;
      addJob(kitchen, jobId, update, document);
      const found = await finished(kitchen, jobId);
      assert.equal(found.status, status, jobId);
      assert.match(found.statusDetails.why, why, jobId);
      assert.equal(board.resets.length - resets, jobId.startsWith('throws') ? 2 : 0, jobId);
    }
    // Brackets that would overrun the engine's stack; the board goes on with its readings.
    const nested = JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) as object;
    endpoint.jobs.addJob('nested', { operation: OPERATION, nested }, ['kitchen-1']);
    await board.runUntil(/a job passed over: its message cannot be read/, { limitSeconds: 60 });
    await kitchen.acknowledged(1, 100);
    assert.deepEqual([board.violations, kitchen.refusals], [[], []]);
  } finally {
    await kitchen.close();
  }
});

test('a job fails whose stream does not answer, or lacks the end of the file; other blocks do no harm', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 3600, configure });
  try {
    await kitchen.acknowledged(1);
    const { board, endpoint } = kitchen;
    const { jobs } = endpoint;
    const { manifest, file } = signedProgram(smallProgram(`/*${randomBytes(3000).toString('hex')}*/`));
    addJob(kitchen, 'cut-short', { manifest, file: file.subarray(0, -9) });
    const data = `$aws/things/kitchen-1/streams/stream-${manifest.id}/data/json`;
    const nonsense = Buffer.alloc(1024, '#').toString('base64');
    const take = jobs.take.bind(jobs);
    // Before each block others come: of other places and lengths, and messages without a block.
    jobs.take = (topic, payload, answer) => {
      if (topic.endsWith('/get/json')) {
        const { o } = JSON.parse(Buffer.from(payload).toString()) as { o: number };
        for (const message of [
          ...[o + 1, o + 7, -1].map((i) => ({ f: 0, l: 1024, i, p: nonsense })),
          ...[0, 100].map((length) => ({ f: 0, l: length, i: o, p: nonsense.slice(0, length) })),
          ...[{ i: o }, { p: nonsense }, { i: `${o}`, p: nonsense }, [], null],
        ]) {
          endpoint.publish(data, JSON.stringify(message));
        }
      }
      return take(topic, payload, answer);
    };
    const cutShort = await finished(kitchen, 'cut-short');
    assert.deepEqual([cutShort.status, cutShort.statusDetails.why], ['FAILED', 'the stream does not answer']);
    assert.ok(new RegExp(`${manifest.id}: nobody answers`).test(board.serial));
    // From now on there are no answers at all.
    jobs.take = (topic, ...rest) => topic.includes('/streams/') || take(topic, ...rest);
    addJob(kitchen, 'silent', signedProgram('x'));
    const silent = await finished(kitchen, 'silent');
    assert.deepEqual([silent.status, silent.statusDetails.why], ['FAILED', 'the stream does not answer']);
    assert.deepEqual([board.resets, board.violations, board.exceptions, kitchen.refusals], [[], [], [], []]);
  } finally {
    await kitchen.close();
  }
});

test('the local endpoint offers an update as a job to a board that connects, and once only', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60, configure });
  try {
    const { board, endpoint } = kitchen;
    const { manifest, file } = signedProgram(smallProgram("throw new Error('no');"));
    const lines: string[] = [];
    const look = offerJob(endpoint, { manifest, file }, (line) => lines.push(line));
    await finished(kitchen, `update-${manifest.id}`);
    look();
    board.faults.cutConnections('reset');
    await board.runUntil(/mqtt connected/, { limitSeconds: 100 });
    await board.run(10);
    look();
    assert.deepEqual(lines, [
      `job update-${manifest.id} of kitchen-1: FAILED, on trial, it threw an exception when it started`,
    ]);
    assert.equal(endpoint.jobs.executions.length, 1);
  } finally {
    await kitchen.close();
  }
});

test('the download of a job goes on after a lost connection and after a power cut', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60, configure });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    addJob(kitchen, 'long', signedProgram(programOf(kitchen, '1.3.0')));
    await board.runUntil(/, \d+ B received/, { limitSeconds: 60 });
    await board.run(2);
    board.faults.cutConnections('reset');
    await board.runUntil(/mqtt connected/, { limitSeconds: 60 });
    await board.run(3);
    board.powerCycle();
    assert.equal((await finished(kitchen, 'long')).status, 'SUCCEEDED');
    const there = [...board.serial.matchAll(/, (\d+) B received/g)].map(([, bytes]) => Number(bytes));
    assert.equal(there.length, 2, 'the lost connection cost nothing');
    assert.ok(there[1] > 4096, `${there[1]} B were kept over the power cut`);
  } finally {
    await kitchen.close();
  }
});

test('a policy without jobs costs three connections, and then the board does not ask for an hour', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60, configure });
  try {
    const { board, endpoint } = kitchen;
    endpoint.forbid = (topic) => topic.startsWith('$aws/');
    await board.runUntil(/nothing on \$aws\/things\/kitchen-1\/jobs\/notify-next for an hour/, { limitSeconds: 300 });
    const refusals = kitchen.refusals.length;
    assert.equal(refusals, 3);
    endpoint.forbid = () => false;
    await board.run(3000);
    assert.equal(kitchen.refusals.length, refusals);
    addJob(kitchen, 'late', signedProgram('x', { version: '1.2.2' }));
    board.faults.cutConnections('reset');
    await board.run(700);
    board.faults.cutConnections('reset');
    assert.equal((await finished(kitchen, 'late')).status, 'FAILED');
  } finally {
    await kitchen.close();
  }
});
