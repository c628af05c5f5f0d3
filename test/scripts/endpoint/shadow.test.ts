import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShadowService } from '../../../scripts/endpoint/shadow.ts';

const PREFIX = '$aws/things/kitchen-1/shadow';
const NOW = 1_700_000_000_500;
const TIMESTAMP = 1_700_000_000;

function setUp() {
  const service = new ShadowService();
  const ask = (action: string, body: unknown = ''): [string, Record<string, unknown>][] =>
    service
      .take(`${PREFIX}/${action}`, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), NOW)
      .map(({ topic, payload }) => [topic.replace(`${PREFIX}/`, ''), JSON.parse(payload) as Record<string, unknown>]);
  const report = (reported: unknown) => ask('update', { state: { reported } });
  const wish = (desired: unknown) => ask('update', { state: { desired } });
  return { service, ask, report, wish };
}

test('the shadow service merges what is reported, and null removes it', () => {
  const { ask, report } = setUp();
  const [accepted, ...more] = report({ a: { b: 1, c: [1] }, d: 2 });
  assert.deepEqual(accepted, [
    'update/accepted',
    { state: { reported: { a: { b: 1, c: [1] }, d: 2 } }, version: 1, timestamp: TIMESTAMP },
  ]);
  assert.deepEqual(more, []);
  report({ a: { c: [2, 3] }, d: null });
  assert.deepEqual(ask('get'), [
    [
      'get/accepted',
      { state: { desired: {}, reported: { a: { b: 1, c: [2, 3] } } }, version: 2, timestamp: TIMESTAMP },
    ],
  ]);
});

test('the shadow service sends the delta after each update as long as a wish is open', () => {
  const { wish, report } = setUp();
  const deltaOf = (answers: [string, Record<string, unknown>][]): unknown =>
    answers.find(([topic]) => topic === 'update/delta')?.[1]['state'];
  assert.deepEqual(deltaOf(wish({ intervalSeconds: 30, deep: { x: 1 } })), { intervalSeconds: 30, deep: { x: 1 } });
  assert.deepEqual(deltaOf(report({ intervalSeconds: 60, deep: { x: 1 } })), { intervalSeconds: 30 });
  assert.deepEqual(deltaOf(report({ other: 1 })), { intervalSeconds: 30 });
  assert.equal(deltaOf(report({ intervalSeconds: 30 })), undefined);
  wish({ intervalSeconds: 20 });
  assert.equal(deltaOf(wish({ intervalSeconds: null })), undefined, 'a wish that is withdrawn');
});

test('the shadow service refuses what AWS refuses', () => {
  const { ask, report, service } = setUp();
  const code = (action: string, body?: unknown): unknown => ask(action, body)[0]?.[1]['code'];
  assert.equal(code('get'), 404);
  assert.equal(code('delete'), 404);
  for (const body of ['', '[]', 'nonsense', {}, { state: 1 }, { state: { reported: [] } }]) {
    assert.equal(code('update', body), 400, JSON.stringify(body));
  }
  report({ a: 1 });
  assert.equal(code('update', { state: { reported: { a: 2 } }, version: 7 }), 409);
  assert.equal(code('update', { state: { reported: { a: 'x'.repeat(8192) } } }), 413);
  assert.deepEqual(ask('delete')[0], ['delete/accepted', { version: 1, timestamp: TIMESTAMP }]);
  assert.equal(code('get'), 404);
  for (const topic of [`${PREFIX}/update/delta`, '$aws/things/a/b/shadow/update', 'kitchen/kitchen-1/status']) {
    assert.deepEqual(service.take(topic, Buffer.from('{}'), NOW), [], topic);
  }
});
