/** The firmware publishes the messages that are declared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { obey } from '../../firmware/commands.ts';
import { healthJson } from '../../firmware/health.ts';
import { MESSAGES, type FieldDeclaration, type MessageName } from '../../firmware/messages.ts';
import { readingJson } from '../../firmware/reading.ts';
import { OFFLINE } from '../../firmware/topics.ts';

/** Checks each field of a message against its declaration. */
function check(name: MessageName, json: string): void {
  const message = JSON.parse(json) as Record<string, unknown>;
  const fields: Record<string, FieldDeclaration> = MESSAGES[name].fields;
  for (const field of Object.keys(message)) assert.ok(field in fields, `${name}.${field} is declared`);
  for (const [field, declaration] of Object.entries(fields)) {
    const value = message[field];
    const label = `${name}.${field} = ${JSON.stringify(value)}`;
    if (value === undefined) assert.ok(declaration.missing, `${label} may be missing`);
    else if (value === null) assert.ok(declaration.null, `${label} may be null`);
    else if (declaration.type === 'text list') assert.ok(Array.isArray(value), label);
    else if (declaration.type === 'number' || declaration.type === 'integer') {
      assert.ok(typeof value === 'number', label);
      assert.ok(value >= declaration.minimum && value <= (declaration.maximum ?? Infinity), label);
      if (declaration.type === 'integer') assert.ok(Number.isInteger(value), label);
    } else {
      assert.equal(typeof value, declaration.type, label);
      if (declaration.type === 'string' && declaration.values) assert.ok(declaration.values.includes(value as string));
    }
  }
}

test('readings follow their declaration, with and without the fields that may be missing', () => {
  check('reading', readingJson('kitchen-1', { celsius: 21.5, seq: 1, uptime: 0, time: null }));
  const whole = { celsius: -40, humidity: 45, pressure: 1013.2, seq: 2, uptime: 4_147_200, time: 1_795_420_800_000 };
  check('reading', readingJson('kitchen-1', whole));
  assert.throws(() => check('reading', '{"device":"k"}'), /celsius/);
});

test('health, state and replies follow their declarations', () => {
  const heap = { heapTotal: 184_312, heapUsed: 120_000, heapPeak: 140_000 };
  check(
    'health',
    healthJson({
      device: 'k',
      firmware: '0.1.0',
      uptime: 61_500,
      heap,
      connections: 3,
      queued: 1,
      dropped: 0,
      skipped: 0,
      lastReset: 'power',
      update: { slot: 1, update: '0a1b2c3d', state: 'rejected', why: 'the watchdog ended it' },
    }),
  );
  check('status', OFFLINE);
  const targets = { setInterval: () => undefined, measureNow: () => undefined, update: () => undefined };
  for (const text of ['{"command":"read","id":"7"}', '{"command":"interval"}', 'nonsense']) {
    check('reply', obey(new TextEncoder().encode(text), targets));
  }
});
