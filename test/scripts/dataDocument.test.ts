import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MESSAGES } from '../../firmware/messages.ts';
import { readingJson } from '../../firmware/reading.ts';
import { dataDocument, FILE } from '../../scripts/generate/dataDocument.ts';

const document = readFileSync(FILE, 'utf8');

test('docs/DATA.md is as the declarations say', async () => {
  assert.equal(
    document,
    await dataDocument(),
    'run node --import ./scripts/typescript.js scripts/generate/dataDocument.ts',
  );
});

test('docs/DATA.md has every field of every message, and a reading has no others', () => {
  for (const [name, { fields }] of Object.entries(MESSAGES)) {
    const section = document.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const field of Object.keys(fields)) assert.ok(section.includes(`| \`${field}\``), `${name}.${field}`);
  }
  const reading = { seq: 1, uptime: 2, time: 0, celsius: 21.5, humidity: 40, pressure: 1000 };
  for (const field of Object.keys(JSON.parse(readingJson('kitchen-1', reading)) as object)) {
    assert.ok(Object.hasOwn(MESSAGES.reading.fields, field), field);
  }
});

test('the recipes are valid shell, and their rules are valid JSON', () => {
  const blocks = [...document.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text);
  assert.equal(blocks.length, 4);
  // Each `aws` prints the JSON among its arguments.
  const aws = 'aws() { for each in "$@"; do case $each in {*) printf "%s\\n" "$each";; esac; done; }; sleep() { :; }\n';
  const { status, stdout, stderr } = spawnSync('sh', ['-eu'], {
    input: `AWS_REGION=eu-west-1\n${aws}${blocks.join('\n')}`,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const documents = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { sql?: string });
  assert.equal(documents.length, 6);
  assert.deepEqual(
    documents.flatMap(({ sql }) => sql?.replace(/ WHERE .*/, '') ?? []),
    [
      "SELECT * FROM 'kitchen/+/temperature'",
      "SELECT * FROM 'kitchen/+/temperature'",
      "SELECT * FROM 'kitchen/+/alarm'",
    ],
  );
});
