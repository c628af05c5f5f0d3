/** The page of a board's own handshake: what the endpoint saw of it and TLS's key log are enough for every byte. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { toHex } from '../../../src/bytes/encoding.ts';
import { prepareFolder } from '../../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../../scripts/endpoint/localEndpoint.ts';
import type { Tapped } from '../../../scripts/endpoint/tap.ts';
import { assemble } from '../../../scripts/explain/assemble.ts';
import { explainFirstReading, renderBoardPage } from '../../../scripts/explain/boardPage.ts';
import { converse } from '../../../scripts/explain/converse.ts';
import { leavesOf } from '../../../scripts/explain/fields.ts';
import type { PageData } from '../../../scripts/explain/page/data.ts';
import { seenRecording } from '../../../scripts/explain/seenRecording.ts';
import { decodeTape, streamOf } from '../../../scripts/explain/tape.ts';
import { targetFor } from '../../../scripts/explain/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-board-'));
after(() => rmSync(folder, { recursive: true }));

test('the endpoint’s tap records what the client saw, and the page has a name for every byte', async () => {
  const prepared = await prepareFolder({ folder, kind: 'rsa', host: 'endpoint.test' });
  const taps: Tapped[] = [];
  const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1', onTap: (tap) => taps.push(tap) });
  const { port } = endpoint;
  const talk = await converse(targetFor(prepared, port));
  await endpoint.close();
  assert.equal(talk.error, null);
  const [tap] = taps;
  const page = renderBoardPage(tap, prepared, port);
  const json = /<script type="application\/json" id="data">\s*(.*?)\s*<\/script>/s.exec(page)?.[1] ?? '';
  const tape = decodeTape((JSON.parse(json) as PageData).tape);
  assert.equal(tape.kind, 'board');
  for (const direction of ['out', 'in'] as const) {
    const [seen, told] = [streamOf(tape, direction), streamOf(talk.tape, direction)];
    // The good-byes of both sides may have been on their way when the endpoint ended.
    const both = Math.min(seen.length, told.length);
    assert.ok(both > told.length - 100, `${both} of ${told.length} bytes`);
    assert.equal(toHex(seen.subarray(0, both)), toHex(told.subarray(0, both)), direction);
  }
  const [seen, told] = [seenRecording(tape), talk.recording];
  const entries = assemble(seen, { withSecrets: true });
  const meanings = (one: typeof entries): string[] =>
    one.flatMap((entry) =>
      entry.kind !== 'record'
        ? []
        : leavesOf([...entry.wire.fields, ...(entry.content?.fields ?? [])])
            // Who reads a string names its length otherwise than who writes it.
            .filter(({ name }) => !name.startsWith('length'))
            .map(({ name, meaning }) => `${name}: ${meaning}`),
    );
  const client = meanings(assemble(told, { withSecrets: true }));
  const seenMeanings = meanings(entries);
  const both = Math.min(seenMeanings.length, client.length);
  assert.ok(seenMeanings.some((text) => text.startsWith('Topic Name: kitchen/')));
  assert.deepEqual(seenMeanings.slice(0, both), client.slice(0, both));
  assert.deepEqual(
    seen.happenings.flatMap((one) => (one.kind === 'secret' ? [one.name] : [])),
    ['master_secret', 'key_block'],
  );
});

test('a page that waits for its reading is written before the endpoint ends, and not without a reading', async () => {
  const prepared = await prepareFolder({ folder, kind: 'rsa', host: 'endpoint.test' });
  const file = join(folder, 'page.html');
  const said: string[] = [];
  const explain = explainFirstReading(file, prepared, (text) => said.push(text));
  explain.finish();
  assert.deepEqual(said, [`no reading came: ${file} was not written`]);
  const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1', onTap: explain.onTap });
  explain.follow(endpoint);
  assert.equal((await converse(targetFor(prepared, endpoint.port))).error, null);
  explain.finish();
  assert.deepEqual([existsSync(file), said.length], [true, 2]);
  await endpoint.close();
});
