import assert from 'node:assert/strict';
import { test } from 'node:test';
import { obey } from '../../firmware/commands.ts';

function send(payload: string | Uint8Array): { answer: unknown; done: string[] } {
  const done: string[] = [];
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const answer: unknown = JSON.parse(
    obey(bytes, {
      setInterval: (seconds) => done.push(`interval ${seconds}`),
      measureNow: () => done.push('read'),
      update: (id) => done.push(`update ${id}`),
    }),
  );
  return { answer, done };
}

test('a command changes the interval', () => {
  assert.deepEqual(send('{"command":"interval","seconds":30,"id":7}'), {
    answer: { command: 'interval', id: 7, ok: true },
    done: ['interval 30'],
  });
});

test('a command takes a reading', () => {
  assert.deepEqual(send('{"command":"read"}'), { answer: { command: 'read', ok: true }, done: ['read'] });
});

for (const seconds of ['0', '86401', '1.5', '-1', '"30"', 'null', '1e99', '{}']) {
  test(`a command with an interval of ${seconds} is refused`, () => {
    const { answer, done } = send(`{"command":"interval","seconds":${seconds}}`);
    assert.deepEqual(done, []);
    assert.deepEqual(answer, {
      command: 'interval',
      ok: false,
      error: 'expected "seconds", a whole number from 1 to 86400',
    });
  });
}

const nonsense: [string, string | Uint8Array][] = [
  ['an unknown command', '{"command":"reboot"}'],
  ['no command', '{}'],
  ['no object', '[1]'],
  ['null', 'null'],
  ['no JSON', '{"command":'],
  ['nothing', ''],
  ['what is not UTF-8', Uint8Array.of(0xff, 0xfe)],
  ['more than 256 bytes', JSON.stringify({ command: 'read', padding: 'x'.repeat(256) })],
  ['nesting that the engine would not survive', `{"command":"read","a":${'['.repeat(100)}${']'.repeat(100)}}`],
  ['a command that is an object', '{"command":{"command":"read"}}'],
];
for (const [what, payload] of nonsense) {
  test(`the board answers ${what} with an error and does nothing`, () => {
    const { answer, done } = send(payload);
    assert.deepEqual(done, []);
    const { ok, error } = answer as { ok: boolean; error: string };
    assert.equal(ok, false);
    assert.match(error, /"interval", "read" or "update"/);
  });
}

test('a reply does not repeat long ids and commands', () => {
  const { answer } = send(JSON.stringify({ command: 'x'.repeat(65), id: 'y'.repeat(65) }));
  assert.deepEqual(Object.keys(answer as object), ['ok', 'error']);
});
