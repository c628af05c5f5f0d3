import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boardTopics } from '../../firmware/topics.ts';

test("the topics are siblings of the readings' topic", () => {
  assert.deepEqual(boardTopics('kitchen/kitchen-1/temperature', 'kitchen-1'), {
    telemetry: 'kitchen/kitchen-1/temperature',
    status: 'kitchen/kitchen-1/status',
    health: 'kitchen/kitchen-1/health',
    command: 'kitchen/kitchen-1/command',
    reply: 'kitchen/kitchen-1/reply',
  });
});

for (const [telemetry, why] of [
  ['kitchen/temperature', 'a place that all boards share'],
  ['temperature', 'a topic without a place'],
  ['home/kitchen-12/temperature', "another thing's place"],
  ['$aws/rules/kitchen-1/kitchen-1/temperature', "AWS's own place"],
]) {
  test(`the topics lie below the thing's name instead of in ${why}`, () => {
    const topics = boardTopics(telemetry, 'kitchen-1');
    assert.equal(topics.telemetry, telemetry);
    assert.equal(topics.status, 'kitchen-1/status');
    assert.equal(topics.command, 'kitchen-1/command');
  });
}

test('alarms and the shadow have topics only on boards that use them', () => {
  const topics = boardTopics('kitchen/k/temperature', 'k', {}, { alarms: true, shadow: true });
  assert.equal(topics.alarm, 'kitchen/k/alarm');
  assert.equal(topics.shadow, '$aws/things/k/shadow/update');
});
