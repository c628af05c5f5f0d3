/** The static site: an index that leads to two pages, which need nothing else. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeSite } from '../../../scripts/explain/site.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-site-'));
after(() => rmSync(folder, { recursive: true }));

test('the index leads to a page for each kind of certificate, and a web server may read them', async () => {
  const site = join(folder, 'deep', 'site');
  const files = await writeSite(site);
  assert.deepEqual(
    files.map((file) => file.slice(site.length + 1)),
    ['rsa.html', 'p-256.html', 'index.html'],
  );
  const index = readFileSync(join(site, 'index.html'), 'utf8');
  const links = [...index.matchAll(/href="([^"]+)"/g)].map(([, link]) => link);
  assert.deepEqual(links, ['rsa.html', 'p-256.html']);
  for (const file of files) {
    const { size, mode } = statSync(file);
    assert.ok(size <= 600_000, `${file} has ${size} bytes`);
    if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o644);
  }
  assert.match(readFileSync(join(site, 'rsa.html'), 'utf8'), /TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256/);
});
