/** The page of `npm run explain` in a browser, where there is one: CHROMIUM names it, else the usual places are tried. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { assemble } from '../../scripts/explain/assemble.ts';
import { converse } from '../../scripts/explain/converse.ts';
import { renderPage } from '../../scripts/explain/html.ts';
import { localTarget } from '../../scripts/explain/target.ts';

const BROWSER = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (file) => file !== '' && existsSync(file),
);

const folder = mkdtempSync(join(tmpdir(), 'explain-page-'));
after(() => rmSync(folder, { recursive: true }));

test('bytes and fields light up together, by mouse and by keyboard', { skip: BROWSER === undefined }, async () => {
  const { target, close } = await localTarget('ecdsa');
  const { recording } = await converse(target).finally(close);
  const file = join(folder, 'page.html');
  const facts = { host: target.host, port: target.port, time: new Date(0), secrets: false };
  writeFileSync(file, renderPage(assemble(recording, { withSecrets: false }), facts));

  const browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    const selected = (): Promise<string | null> => page.textContent('#flow [aria-selected=true] .titles');
    const status = async (): Promise<string> => (await page.textContent('#status')) ?? '';

    assert.equal(await selected(), 'ClientHello');
    await page.hover('.field:has(> .body > .name:text-is("random"))');
    assert.equal(await page.locator('.hex i.hover').count(), 32);
    assert.match(await status(), /^bytes 11–42 \(32\) +ClientHello › random: /);
    await page.hover('.row .hex i >> nth=3');
    assert.equal(await page.locator('.field.hover .name').textContent(), 'length');
    await page.click('.row .hex i >> nth=5');
    assert.equal(await page.locator('[role=treeitem][aria-selected=true] > .field .name').textContent(), 'msg_type');
    assert.equal(await page.locator('.hex i.pick').count(), 1);

    await page.focus('#flow ol');
    await page.keyboard.press('ArrowDown');
    assert.equal(await selected(), 'ServerHello');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.match(await status(), /record header/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowDown');
    assert.match(await status(), /^bytes 5–\d+ \(\d+\) +ServerHello$/);
    await page.keyboard.press('/');
    await page.keyboard.type('verify_data');
    await page.keyboard.press('Enter');
    assert.equal(await selected(), 'Finished');
    assert.equal(await page.locator('.hex i.pick').count(), 12);
    const link = page.locator('[aria-selected=true] > .field a');
    assert.equal(await link.getAttribute('href'), 'https://www.rfc-editor.org/rfc/rfc5246#section-7.4.9');

    // What it comes back to after a reload, and that nothing was asked of any network.
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    assert.equal(await page.locator('.hex i.pick').count(), 12);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.filter((url) => /^https?:/.test(url)),
      [],
    );
  } finally {
    await browser.close();
  }
});
