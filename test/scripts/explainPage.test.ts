/** The page of `npm run explain` in a browser, where there is one: CHROMIUM names it, else the usual places are tried. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { assemble } from '../../scripts/explain/assemble.ts';
import { ATTACKS } from '../../scripts/explain/attacks.ts';
import { flipByte, Judge } from '../../scripts/explain/breaking.ts';
import { factsOf } from '../../scripts/explain/facts.ts';
import { renderPage } from '../../scripts/explain/html.ts';
import type { PageData } from '../../scripts/explain/page/data.ts';
import { stepOfWorking } from '../../scripts/explain/page/tour/places.ts';
import { replay } from '../../scripts/explain/replay.ts';
import { shownTape } from '../../scripts/explain/tape.ts';
import { isRight } from '../../scripts/explain/working.ts';
import { workingsOf } from '../../scripts/explain/workings.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { talkOf } from './explain/tapes.ts';

const BROWSER = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (file) => file !== '' && existsSync(file),
);
const STEPS = 20;
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const folder = mkdtempSync(join(tmpdir(), 'explain-page-'));
after(() => rmSync(folder, { recursive: true }));

void describe('the page', { skip: BROWSER === undefined, timeout: 300_000 }, () => {
  let browser: Browser;
  /** The page with all secrets, on a desk. */
  let page: Page;
  const problems: string[] = [];
  const requests: string[] = [];
  const files: Record<string, string> = {};

  const open = async (file: string, viewport: { width: number; height: number }): Promise<Page> => {
    const opened = await browser.newPage({ viewport });
    opened.on('pageerror', (error) => problems.push(error.message));
    opened.on('console', (message) => problems.push(message.text()));
    opened.on('request', (request) => requests.push(request.url()));
    await opened.goto(pathToFileURL(file).href);
    return opened;
  };
  const goto = async (where: Page, hash: string): Promise<void> => {
    await where.evaluate(`location.hash = '${hash}'`);
  };

  before(async () => {
    const { recording, tape } = await talkOf('rsa');
    for (const secrets of [true, false]) {
      const file = join(folder, `${secrets}.html`);
      const shown = secrets ? tape : shownTape({ ...tape, kind: 'configured' }, { withSecrets: false });
      const facts = { host: tape.host, port: 8883, time: new Date(0), secrets, tape: shown };
      writeFileSync(file, renderPage(assemble(recording, { withSecrets: secrets }), facts));
      files[String(secrets)] = file;
    }
    browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ['--no-sandbox', '--disable-gpu'] });
    page = await open(files['true'], DESK);
  });
  after(() => browser?.close());

  test('the tour goes forward and back, by button and by key, and remembers where it was', async () => {
    const title = (): Promise<string | null> => page.textContent('#step h2');
    assert.equal(await title(), 'A thermometer and a stranger');
    assert.equal(await page.locator('#steps .step').count(), STEPS);
    await page.click('#next');
    assert.equal(await page.textContent('#progress'), `2 of ${STEPS}`);
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.textContent('#progress'), `3 of ${STEPS}`);
    assert.match((await title()) ?? '', /^ClientHello/);
    await page.keyboard.press('ArrowLeft');
    await page.click('#back');
    assert.ok(await page.locator('#back').isDisabled());
    await goto(page, `tour-${STEPS}`);
    assert.ok(await page.locator('#next').isDisabled());
    await page.reload();
    assert.equal(await page.textContent('#progress'), `${STEPS} of ${STEPS}`);
  });

  test('each step and record fits its window, on a desk and on a phone, and can be read, in light and dark', async () => {
    const places = [...Array.from({ length: STEPS }, (_, i) => `tour-${i + 1}`), ...['1', '3', '8', '13']];
    for (const viewport of [DESK, PHONE]) {
      const own = await open(files['true'], viewport);
      for (const place of places) {
        await goto(own, place);
        assert.deepEqual(await cutOff(own), [], `${place}, ${viewport.width} wide`);
        // Colours are the same in any window.
        for (const theme of viewport === DESK ? ['light', 'dark'] : []) {
          await own.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
          assert.deepEqual(await unreadable(own), [], `${place}, ${theme}`);
        }
      }
      await goto(own, '1');
      if (viewport === PHONE) assert.equal(await own.locator('.row').first().locator('.hex i').count(), 8);
      await own.close();
    }
  });

  test('the page computes every value, and it is the one that was on the wire', async () => {
    const { tape } = await talkOf('rsa');
    const expected = workingsOf(factsOf(tape));
    const seen = new Map<string, { value: string; right: boolean }>();
    for (let step = 1; step <= STEPS; step++) {
      await goto(page, `tour-${step}`);
      for (const working of await page.locator('#step .working').all()) {
        const id = (await working.getAttribute('data-working')) ?? '';
        const result = working.locator('.outcome .bytes.result');
        const short = result.locator('.all');
        const shown = (await short.count()) > 0 ? short : result;
        const value = (await result.count()) > 0 ? ((await shown.textContent()) ?? '').replaceAll(' ', '') : '';
        assert.equal(await working.locator('.wrong').count(), 0, id);
        assert.equal(stepOfWorking(id), step - 1, `${id} is where links to it lead`);
        seen.set(id, { value, right: (await working.locator('.outcome .right').count()) === 1 });
      }
      assert.equal(await page.locator('#step .checks li.wrong, #step .checks li.unknown').count(), 0, `step ${step}`);
    }
    assert.deepEqual([...seen.keys()].sort(), expected.map(({ id }) => id).sort());
    for (const working of expected) {
      const { id, result } = working;
      if (result.bytes !== null) assert.equal(seen.get(id)?.value, toHex(result.bytes), id);
      assert.equal(seen.get(id)?.right, isRight(working) === true, id);
    }
  });

  test('inputs lead to the field that they come from, and results to the field where they go', async () => {
    const lit = async (): Promise<string> => {
      const cells = await page.locator('#bytes .hex i.pick, #bytes .hex i.within').allTextContents();
      return cells.join('');
    };
    const input = (id: string, name: string): Locator =>
      page.locator(`[data-working="${id}"] dt`, { hasText: name }).locator('button');
    const { tape } = await talkOf('rsa');
    const { randoms, chain } = factsOf(tape);
    await goto(page, 'tour-11');
    await input('server signature', 'server_random').click();
    assert.equal(await lit(), toHex(randoms?.subarray(32) ?? new Uint8Array(0)));
    // The second certificate's signature, not the first one of that name.
    await goto(page, 'tour-7');
    await input('link 1', 'signatureValue').click();
    assert.ok((await lit()).endsWith(toHex(chain?.path[1].signature ?? new Uint8Array(0))));
    await goto(page, 'tour-18');
    await page.locator('#step .working').first().locator('dt', { hasText: 'ciphertext' }).locator('button').click();
    assert.equal(await page.textContent('#flow [aria-selected=true] .titles'), 'PUBLISH');
    await goto(page, 'tour-14');
    const uses = page.locator('[data-working="master_secret"] .uses button');
    assert.deepEqual(await uses.allTextContents(), ['step 15', 'step 17']);
    await uses.first().click();
    assert.equal(await page.textContent('#progress'), `15 of ${STEPS}`);
  });

  test('a click on a byte of each message breaks it, and the page says who notices', async () => {
    const { tape } = await talkOf('rsa');
    const judge = new Judge(tape, replay(tape).recording);
    const data = JSON.parse((await page.textContent('#data')) ?? '') as PageData;
    for (const [entry, { kind, titles, at, size }] of data.entries.entries()) {
      if (kind === 'secret' || at === null) continue;
      await goto(page, `${entry + 1}`);
      const byte = Math.floor((size + 5) / 2);
      await page.locator('#bytes .rows').first().locator('.hex i').nth(byte).click();
      const input = page.locator('#break input');
      const old = parseInt((await page.locator('#break .line code').textContent()) ?? '', 16);
      assert.equal(
        await page
          .locator('#break .line')
          .textContent()
          .then((text) => text?.includes(`Byte ${byte}: `)),
        true,
      );
      await input.fill((old ^ 0x10).toString(16).padStart(2, '0'));
      await page.click('#break button.primary');
      const verdict = judge.judge(flipByte(tape, kind, at.offset + byte, 0x10));
      const box = page.locator('#break .verdict');
      assert.equal(await box.getAttribute('class'), `verdict ${verdict.who}`, titles.join());
      assert.notEqual(verdict.who, 'nobody', titles.join());
      if (verdict.alert !== null) assert.equal(await box.locator('.alert code').textContent(), verdict.alert);
      assert.ok(((await box.textContent()) ?? '').includes(verdict.sentence));
    }
    // The version of the first record, which says nothing.
    await goto(page, '1');
    await page.locator('#bytes .hex i').nth(1).click();
    // From here on without the mouse.
    await page.focus('#break [aria-label="The next byte"]');
    await page.keyboard.press('Enter');
    assert.match((await page.textContent('#break .line')) ?? '', /Byte 2: /);
    assert.equal(await page.locator('#bytes .hex i.target').count(), 1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#break .verdict.nobody .reason').count(), 1);
  });

  test('every ready-made attack is noticed', async () => {
    await goto(page, `tour-${STEPS}`);
    assert.equal(await page.locator('.attack').count(), ATTACKS.length);
    for (const { id } of ATTACKS) {
      const attack = page.locator(`[data-attack=${id}]`);
      await attack.locator('button').click();
      assert.match((await attack.locator('.verdict').getAttribute('class')) ?? '', /board|server/, id);
    }
  });

  test('points of the small curve are added by keyboard', async () => {
    await goto(page, 'tour-8');
    await page.focus('.points circle >> nth=3');
    await page.keyboard.press('Enter');
    await page.focus('.points circle >> nth=8');
    await page.keyboard.press('Enter');
    assert.match((await page.textContent('.said .sum')) ?? '', /^P \+ Q = (O|\(\d+, \d+\))$/);
    await goto(page, 'tour-9');
    assert.match((await page.textContent('.there .sum')) ?? '', /^17·G = \(/);
    assert.equal(await page.locator('.steps-of-n li').count(), 6);
    await page.focus('.there input');
    await page.keyboard.press('ArrowRight');
    assert.match((await page.textContent('.there .sum')) ?? '', /^18·G = \(/);
    assert.equal(await page.textContent('#progress'), `9 of ${STEPS}`);
  });

  test('a small signature fits its letter only, and two numbers meet at one point', async () => {
    await goto(page, 'tour-6');
    const answer = async (): Promise<string> => (await page.textContent('.signing .answer')) ?? '';
    assert.match(await answer(), /^✓/);
    await page.fill('.signing input >> nth=0', 'It is 29.5 °C');
    assert.match(await answer(), /^✗/);
    await page.click('.signing button');
    assert.match(await answer(), /^✓/);
    await page.fill('.signing input >> nth=1', '3233');
    assert.match(await answer(), /^A whole number/);
    await goto(page, 'tour-13');
    const secret = (side: number): Promise<string | null> => page.textContent(`.mix tr:last-child td >> nth=${side}`);
    const before = await secret(0);
    assert.equal(before, await secret(2));
    await page.focus('.mix input >> nth=1');
    await page.keyboard.press('ArrowRight');
    assert.equal(await secret(0), await secret(2));
    assert.notEqual(await secret(0), before);
    assert.equal(await page.textContent('#progress'), `13 of ${STEPS}`);
  });

  test('each message says what would go wrong without it, in the tour and among the records', async () => {
    const data = JSON.parse((await page.textContent('#data')) ?? '') as PageData;
    const said = data.entries.flatMap(({ kind, prose }) => (kind === 'secret' ? [] : prose));
    assert.ok(said.length > 15);
    let tour = '';
    for (let step = 1; step <= STEPS; step++) {
      await goto(page, `tour-${step}`);
      if ((await page.locator('#step .without').count()) > 0) tour += await page.textContent('#step .without');
    }
    for (const { name, without } of said) {
      assert.notEqual(without, '', name);
      // The server's ChangeCipherSpec is the board's once more.
      if (name !== 'ChangeCipherSpec') assert.ok(tour.includes(without), name);
    }
  });

  test('a turned bit of the sealed reading changes the text, and the tag notices', async () => {
    await goto(page, 'tour-18');
    assert.match((await page.textContent('.seal-figure .tag')) ?? '', /^✓/);
    const plain = await page.textContent('.plain');
    assert.match(plain ?? '', /celsius/);
    await page.click('.cells button >> nth=12');
    assert.notEqual(await page.textContent('.plain'), plain);
    assert.match((await page.textContent('.seal-figure .tag')) ?? '', /^✗ .*bad_record_mac/);
  });

  test('bytes and fields light up together, by mouse and by keyboard', async () => {
    const selected = (): Promise<string | null> => page.textContent('#flow [aria-selected=true] .titles');
    const status = async (): Promise<string> => (await page.textContent('#status')) ?? '';
    await goto(page, 'tour-1');
    await page.click('#tab-inspect');

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
    await page.focus('#fields [tabindex="0"]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.match(await status(), /record header/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowDown');
    assert.match(await status(), /^bytes 5–\d+ \(\d+\) +ServerHello$/);
  });

  test('finding works as one types, with a count, and goes on with Enter', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('verify_data');
    assert.equal(await page.textContent('#find-count'), '1 of 2');
    assert.equal(await page.textContent('#flow [aria-selected=true] .titles'), 'Finished');
    assert.equal(await page.locator('.hex i.pick').count(), 12);
    const link = page.locator('[aria-selected=true] > .field a');
    assert.equal(await link.getAttribute('href'), 'https://www.rfc-editor.org/rfc/rfc5246#section-7.4.9');
    const first = await page.locator('#flow [aria-selected=true]').getAttribute('id');
    await page.keyboard.press('Enter');
    assert.equal(await page.textContent('#find-count'), '2 of 2');
    assert.notEqual(await page.locator('#flow [aria-selected=true]').getAttribute('id'), first);

    // The place to which it returns after a reload.
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    assert.equal(await page.locator('.hex i.pick').count(), 12);
    await page.fill('#find-input', 'no such thing');
    assert.equal(await page.textContent('#find-count'), 'none');
  });

  test('without secrets each step says what it lacks, and shows none', async () => {
    const own = await open(files['false'], DESK);
    for (const [step, id] of [
      [10, 'client point'],
      [13, 'pre_master_secret'],
      [14, 'master_secret'],
      [15, 'key_block'],
    ] as const) {
      await goto(own, `tour-${step}`);
      const working = own.locator(`[data-working="${id}"]`);
      assert.match((await working.locator('.outcome').textContent()) ?? '', /withheld/);
      assert.equal(await working.locator('.wrong').count(), 0);
    }
    await goto(own, 'tour-18');
    assert.match((await own.textContent('.seal-figure')) ?? '', /withheld/);
    await goto(own, '7');
    await own.locator('#bytes .hex i').nth(3).click();
    assert.match((await own.textContent('#break')) ?? '', /does not have/);
    await own.close();
  });

  test('the page met no error, and asked no network for anything', () => {
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.filter((url) => /^https?:/.test(url)),
      [],
    );
  });
});

/** Elements that are wider than the window, or hide a part of their text. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(CUT_OFF);
}

/** Texts whose contrast is below AA's 4.5 to 1 (WCAG 2.2, 1.4.3), or 3 to 1 for large ones. */
function unreadable(page: Page): Promise<string[]> {
  return page.evaluate(CONTRAST);
}

const CUT_OFF = readFileSync(new URL('explain/cutOff.js', import.meta.url), 'utf8');
const CONTRAST = readFileSync(new URL('explain/contrast.js', import.meta.url), 'utf8');
