/** Every value that `explain` computes is the one that was on the wire, or that the client itself reported. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { mock, test } from 'node:test';
import { promisify } from 'node:util';
import { toHex } from '../../../src/bytes/encoding.ts';
import { Sha256 } from '../../../src/index.ts';
import { codePlaces } from '../../../scripts/explain/codePlaces.ts';
import { checksOf } from '../../../scripts/explain/checks.ts';
import { factsOf } from '../../../scripts/explain/facts.ts';
import { hashBlocks } from '../../../scripts/explain/hashBlocks.ts';
import { replay } from '../../../scripts/explain/replay.ts';
import { decodeTape, encodeTape, shownTape, streamOf } from '../../../scripts/explain/tape.ts';
import { isRight } from '../../../scripts/explain/working.ts';
import { workingsOf } from '../../../scripts/explain/workings.ts';
import { talkOf } from './tapes.ts';

const run = promisify(execFile);

/** Stands between what two commands print. */
const MARK = '-- next --';

/** PATH with the folder of Python itself first: what stands for it (pyenv) may take half a second a call. Null without the tools. */
async function toolsPath(): Promise<string | null> {
  try {
    await run('openssl', ['version']);
    const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
    return [dirname(stdout.trim()), process.env['PATH']].join(delimiter);
  } catch {
    return null;
  }
}

for (const kind of ['rsa', 'ecdsa', 'p384'] as const) {
  test(`a tape runs again as it ran before, ${kind}`, async () => {
    const { tape, recording, error } = await talkOf(kind);
    assert.equal(error, null);
    const again = replay(decodeTape(encodeTape(tape)));
    assert.equal(again.error, null);
    assert.ok(again.isClosed);
    assert.equal(toHex(again.sent), toHex(streamOf(tape, 'out')));
    assert.deepEqual(
      again.recording.transcript.map(({ name }) => name),
      recording.transcript.map(({ name }) => name),
    );
  });

  test(`the computed values are those that the client reported and that were on the wire, ${kind}`, async () => {
    const { tape, recording } = await talkOf(kind);
    const workings = workingsOf(factsOf(tape));
    const result = (id: string): string =>
      toHex(workings.find((working) => working.id === id)?.result.bytes ?? new Uint8Array(0));
    const secrets = recording.happenings.flatMap((one) => (one.kind === 'secret' ? [one] : []));
    assert.equal(secrets.length, 3);
    for (const { name, bytes } of secrets) assert.equal(result(name), toHex(bytes), name);
    const proven = workings.filter((working) => isRight(working) !== null).map(({ id }) => id);
    assert.deepEqual(proven.slice(0, 7), [
      'link 0',
      'link 1',
      'server signature',
      'client point',
      'device link',
      'device signature',
      'client finished',
    ]);
    for (const working of workings) {
      const { id, result, expected } = working;
      assert.notEqual(isRight(working), false, id);
      if (expected !== null) assert.equal(toHex(result.bytes ?? new Uint8Array(0)), toHex(expected.bytes), id);
    }
    const checks = checksOf(factsOf(tape), workings);
    assert.ok(checks.length > 15);
    for (const check of checks) assert.equal(check.isRight, true, check.id);
  });

  test(`every command line prints the value that stands beside it, ${kind}`, async (t) => {
    const { tape } = await talkOf(kind);
    // The commands that open records are the same for all kinds.
    const wanted = workingsOf(factsOf(tape)).filter(({ id }) => kind === 'rsa' || !id.startsWith('record '));
    const commands = wanted.flatMap(({ id, commands }) => commands.map((one) => ({ id, ...one })));
    assert.ok(commands.length > 12);
    const path = await toolsPath();
    if (path === null) return t.skip('openssl and python3 are wanted');
    // All in one shell, for each of its own would cost more than what it runs.
    const script = commands.map(({ shell }) => `(\n${shell}\n)\necho ${MARK}`).join('\n');
    const { stdout } = await run('bash', ['-c', script], { maxBuffer: 1 << 24, env: { ...process.env, PATH: path } });
    const printed = stdout.split(`${MARK}\n`).map((text) => text.trim());
    for (const [i, { id, prints }] of commands.entries()) assert.equal(printed[i], prints, id);
  });
}

test('blocks of SHA-256 are counted as the client hashes them', async () => {
  const { tape } = await talkOf('rsa');
  const lengths = new WeakMap<Sha256, number>();
  let blocks = 0;
  const grow = (hash: Sha256, count: number): void => {
    const before = lengths.get(hash) ?? 0;
    blocks += Math.floor((before + count) / 64) - Math.floor(before / 64);
    lengths.set(hash, before + count);
  };
  // oxlint-disable-next-line typescript/unbound-method -- each is called on the hash that it is called for
  const { update, copy, digest } = Sha256.prototype;
  const mocks = [
    mock.method(Sha256.prototype, 'update', function (this: Sha256, data: Uint8Array, start = 0, end = data.length) {
      grow(this, end - start);
      return update.call(this, data, start, end);
    }),
    mock.method(Sha256.prototype, 'copy', function (this: Sha256, other: Sha256) {
      lengths.set(this, lengths.get(other) ?? 0);
      return copy.call(this, other);
    }),
    mock.method(Sha256.prototype, 'digest', function (this: Sha256) {
      blocks += ((lengths.get(this) ?? 0) & 63) >= 56 ? 2 : 1;
      return digest.call(this);
    }),
  ];
  assert.equal(replay(tape).error, null);
  for (const { mock } of mocks) mock.restore();
  const { transcript, signed, derived } = hashBlocks(factsOf(tape));
  assert.equal(transcript + signed + derived, blocks);
});

test('a page without secrets computes what anybody can, and says what it cannot compute', async () => {
  const { tape, recording } = await talkOf('rsa');
  const shown = shownTape({ ...tape, kind: 'configured' }, { withSecrets: false });
  const workings = workingsOf(factsOf(shown));
  const right = workings.filter((working) => isRight(working) === true).map(({ id }) => id);
  assert.deepEqual(right, ['link 0', 'link 1', 'server signature', 'device link', 'device signature']);
  for (const { kind, ...happening } of recording.happenings) {
    if (kind === 'secret' && 'bytes' in happening) assert.ok(!encodeTape(shown).includes(toHex(happening.bytes)));
  }
  const asked = shownTape({ ...tape, kind: 'configured' }, { withSecrets: true });
  assert.equal(asked.secrets?.deviceKey, null);
  assert.equal(asked.secrets?.entropy.length, 64);
  assert.ok(workingsOf(factsOf(asked)).every((working) => isRight(working) !== false));
});

test('the page points to lines of src that exist', () => {
  const lost = Object.entries(codePlaces()).filter(([, { line }]) => line === 0);
  assert.deepEqual(
    lost.map(([name, { file }]) => `scripts/explain/code.ts: ${name} is not in ${file}`),
    [],
  );
});
