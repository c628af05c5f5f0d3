/** The answers of the local endpoint's jobs and streams, as AWS documents them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobsService } from '../../../scripts/endpoint/jobs.ts';

const THING = '$aws/things/kitchen-1';

type Message = [topic: string, fields: Record<string, unknown>];

function setUp() {
  const published: Message[] = [];
  const record =
    (list: Message[]) =>
    (topic: string, payload: string): void =>
      void list.push([topic.replace(`${THING}/`, ''), JSON.parse(payload) as Record<string, unknown>]);
  const service = new JobsService(record(published));
  /** Sends a request, and returns the answers. */
  const ask = (topic: string, body: unknown = {}): Message[] => {
    const answers: Message[] = [];
    const payload = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    service.take(`${THING}/${topic}`, payload, record(answers));
    return answers;
  };
  /** The code of a refusal; what was said instead if there is none. */
  const refusal = (topic: string, body: unknown): unknown => {
    const [[name, { code }]] = ask(topic, body);
    return name === `${topic}/rejected` ? code : name;
  };
  return { service, published, ask, refusal };
}

test('a thing is told of its next job, gets it when it asks, and the one that has begun first', () => {
  const { service, published, ask } = setUp();
  assert.deepEqual(
    ask('jobs/$next/get', { clientToken: 'x' }).map(([topic, { clientToken, execution }]) => [
      topic,
      clientToken,
      execution,
    ]),
    [['jobs/$next/get/accepted', 'x', undefined]],
  );
  const next = (): unknown => (ask('jobs/$next/get')[0][1]['execution'] as { jobId: string } | undefined)?.jobId;
  service.addJob('one', { a: 1 }, ['kitchen-1', 'kitchen-2']);
  service.addJob('two', { a: 2 }, ['kitchen-1']);
  assert.deepEqual(
    published.map(([topic]) => topic),
    ['jobs/notify-next', '$aws/things/kitchen-2/jobs/notify-next'],
    'a job behind another one changes nothing',
  );
  assert.equal(next(), 'one');
  assert.deepEqual(
    ask('jobs/two/update', { status: 'IN_PROGRESS', statusDetails: { step: 'x' } })[0][0],
    'jobs/two/update/accepted',
  );
  assert.equal(next(), 'two');
  const [[, described]] = ask('jobs/two/get');
  const { queuedAt, startedAt, lastUpdatedAt, ...rest } = described['execution'] as Record<string, unknown>;
  assert.deepEqual(
    [rest, [queuedAt, startedAt, lastUpdatedAt].every((time) => Math.abs(Number(time) - Date.now() / 1000) < 60)],
    [
      {
        jobId: 'two',
        status: 'IN_PROGRESS',
        statusDetails: { step: 'x' },
        versionNumber: 2,
        executionNumber: 1,
        jobDocument: { a: 2 },
      },
      true,
    ],
  );
  ask('jobs/two/update', { status: 'SUCCEEDED', statusDetails: { slot: '1' } });
  assert.deepEqual(service.executions[2].statusDetails, { step: 'x', slot: '1' });
  assert.equal((published[2][1]['execution'] as { jobId: string }).jobId, 'one');
  service.cancel('one');
  assert.equal(next(), undefined);
});

test('updates of an execution that AWS refuses are refused, and change nothing', () => {
  const { service, ask, refusal } = setUp();
  service.addJob('one', {}, ['kitchen-1']);
  const update = (body: unknown): unknown => refusal('jobs/one/update', body);
  assert.equal(update('nonsense'), 'InvalidJson');
  assert.equal(update([1]), 'InvalidJson');
  for (const body of [
    {},
    { status: 'QUEUED' },
    { status: 'CANCELED' },
    { status: 'IN_PROGRESS', statusDetails: { 'a key': 'x' } },
    { status: 'IN_PROGRESS', statusDetails: { key: 1 } },
    { status: 'IN_PROGRESS', statusDetails: { key: '' } },
    { status: 'IN_PROGRESS', statusDetails: { key: 'a\nb' } },
    { status: 'IN_PROGRESS', statusDetails: { key: 'x'.repeat(1025) } },
  ]) {
    assert.equal(update(body), 'InvalidRequest', JSON.stringify(body));
  }
  assert.equal(update({ status: 'IN_PROGRESS', expectedVersion: 2 }), 'VersionMismatch');
  assert.deepEqual([service.executions[0].status, service.executions[0].versionNumber], ['QUEUED', 1]);
  assert.equal(update({ status: 'IN_PROGRESS', expectedVersion: 1 }), 'jobs/one/update/accepted');
  assert.equal(update({ status: 'IN_PROGRESS', expectedVersion: '2' }), 'VersionMismatch');
  assert.equal(update({ status: 'FAILED', expectedVersion: 2 }), 'jobs/one/update/accepted');
  for (const status of ['IN_PROGRESS', 'SUCCEEDED', 'FAILED'])
    assert.equal(update({ status }), 'InvalidStateTransition');
  assert.equal(service.executions[0].status, 'FAILED');
  for (const request of ['get', 'update']) assert.equal(refusal(`jobs/two/${request}`, {}), 'ResourceNotFound');
  assert.equal(ask('jobs/two/get', { clientToken: 'x' })[0][1]['clientToken'], 'x');
  service.addJob('other', {}, ['kitchen-2']);
  assert.equal(refusal('jobs/other/update', { status: 'FAILED' }), 'ResourceNotFound', "another thing's job");
});

test('a stream gives the blocks that it is asked for, each as a message, and refuses others', () => {
  const { service, published, ask } = setUp();
  const file = Buffer.from(Array.from({ length: 700 }, (_, i) => i % 251));
  service.addStream('s', new Map([[3, file]]));
  const get = (body: object, stream = 's'): Message[] => {
    published.length = 0;
    assert.deepEqual(ask(`streams/${stream}/get/json`, body), [], 'nothing goes to the connection itself');
    return [...published];
  };
  const block = (i: number, l: number): Message => [
    'streams/s/data/json',
    { f: 3, l, i, p: file.subarray(256 * i, 256 * i + l).toString('base64') },
  ];
  assert.deepEqual(get({ f: 3, l: 256, o: 1, n: 1 }), [block(1, 256)]);
  assert.deepEqual(get({ f: 3, l: 256, n: 9 }), [block(0, 256), block(1, 256), block(2, 188)]);
  assert.equal(get({ f: 3, l: 256, c: 'x' })[0][1]['c'], 'x');
  const cases: [body: object, why: string, stream?: string][] = [
    [{ f: 3, l: 255 }, 'BlockSizeOutOfBounds'],
    [{ f: 3, l: 131_073 }, 'BlockSizeOutOfBounds'],
    [{ f: 3 }, 'BlockSizeOutOfBounds'],
    [{ f: 3, l: 256, o: 3 }, 'OffsetOutOfBounds'],
    [{ f: 0, l: 256 }, 'ResourceNotFound'],
    [{ f: 3, l: 256 }, 'ResourceNotFound', 'other'],
  ];
  for (const [body, why, stream = 's'] of cases) {
    const [[topic, { o, c }], ...more] = get({ ...body, c: 'x' }, stream);
    assert.deepEqual([topic, o, c, more], [`streams/${stream}/rejected/json`, why, 'x', []], JSON.stringify(body));
  }
  assert.equal(
    service.take('kitchen/kitchen-1/reading', Buffer.alloc(0), () => undefined),
    false,
  );
  assert.equal(
    service.take(`${THING}/jobs/start-next`, Buffer.alloc(0), () => undefined),
    false,
  );
});
