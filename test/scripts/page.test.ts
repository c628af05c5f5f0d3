import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { LivePage, type PageAction } from '../../scripts/page/livePage.ts';
import type { PageNews } from '../../scripts/page/events.ts';

const CHROMIUM = '/usr/bin/chromium';
const needsBrowser = { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` };

const pressed: string[] = [];
const actions: PageAction[] = [
  { name: 'wifi', label: () => 'Pull the Wi-Fi', active: () => pressed.length > 0, press: () => pressed.push('wifi') },
];
const reading = (seq: number, celsius: number, device = 'kitchen-1'): Parameters<LivePage['addReading']>[0] => ({
  device,
  celsius,
  time: Date.UTC(2026, 10, 23, 8, 0, seq),
  seq,
  uptime: seq,
});

/** Asks as any program could, with headers that no browser would let a page choose. */
async function ask(url: string, method: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(url, { method, headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  return response.statusCode;
}

void describe('the server of the live page', () => {
  let page: LivePage;
  before(async () => (page = await LivePage.start(0, actions)));
  after(() => page.close());

  test('tells a new browser everything and then the news', async () => {
    page.addReading(reading(1, 21.5));
    page.setConnection({ device: 'kitchen-1', connected: true, detail: 'suite' });
    const { body } = await fetch(`${page.url}events`);
    assert.ok(body !== null);
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<PageNews> => {
      const { value } = await reader.read();
      return JSON.parse(/^data: (.*)\n\n$/.exec(value ?? '')?.[1] ?? '') as PageNews;
    };
    assert.deepEqual(await next(), {
      whole: true,
      readings: [reading(1, 21.5)],
      lines: [],
      buttons: [{ name: 'wifi', label: 'Pull the Wi-Fi', active: false }],
      connection: { device: 'kitchen-1', connected: true, detail: 'suite' },
    });
    page.addLine({ side: 'board', level: 'info', text: 'two\n\nlines' });
    assert.deepEqual(await next(), { lines: [{ side: 'board', level: 'info', text: 'two\n\nlines' }] });
    await reader.cancel();
  });

  test('serves this machine only, and lets no other site press its buttons', async () => {
    assert.match(page.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const own = page.url.slice(0, -1);
    assert.equal(await ask(page.url, 'GET', { host: 'kitchen.example' }), 403);
    assert.equal(await ask(`${page.url}press/wifi`, 'POST', {}), 403);
    assert.equal(await ask(`${page.url}press/wifi`, 'POST', { origin: 'https://kitchen.example' }), 403);
    assert.equal(await ask(`${page.url}press/none`, 'POST', { origin: own }), 404);
    assert.equal(await ask(`${page.url}../package.json`, 'GET', {}), 404);
    assert.deepEqual(pressed, []);
    assert.equal(await ask(`${page.url}press/wifi`, 'POST', { origin: own }), 204);
    assert.deepEqual(pressed, ['wifi']);
  });

  test('a port that is taken is said', async () => {
    const port = Number(new URL(page.url).port);
    await assert.rejects(LivePage.start(port), {
      name: 'UserError',
      message: `cannot serve the page on port ${port}: the port is in use; --page chooses another`,
    });
  });
});

void describe('the page in a browser', { ...needsBrowser, timeout: 240_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  after(() => browser.close());

  /** Opens a page that may talk to its own server only, and fails on whatever it complains about. */
  async function open(
    url: string,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{ view: Page; complaints: string[] }> {
    const view = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
    const complaints: string[] = [];
    view.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    view.on('pageerror', (error) => complaints.push(error.message));
    view.on('request', (sent) => {
      if (!sent.url().startsWith(url) && !sent.url().startsWith('data:')) complaints.push(`asked for ${sent.url()}`);
    });
    await view.goto(url);
    return { view, complaints };
  }

  /** How many pixels of the plot have the colour of the curve. */
  const curvePixels = (view: Page): Promise<number> =>
    view.evaluate<number>(`(() => {
      const canvas = document.querySelector('#curve canvas');
      const probe = document.createElement('canvas').getContext('2d');
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--curve');
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += data[i] === r && data[i + 1] === g && data[i + 2] === b ? 1 : 0;
      return count;
    })()`);

  for (const scheme of ['light', 'dark'] as const) {
    test(`shows the curve, the last reading and the log in ${scheme} colours, and text as text`, async () => {
      const page = await LivePage.start(0);
      const { view, complaints } = await open(page.url, scheme);
      assert.equal(await view.textContent('#connection'), 'waiting for a board');
      assert.equal(await curvePixels(view), 0);
      for (let seq = 1; seq <= 20; seq++) page.addReading(reading(seq, 20 + (seq % 7)));
      // One kept while offline comes late: it is not the last one.
      page.addReading(reading(0, 99, '<img src=x onerror=alert(1)>'));
      page.addLine({ side: 'board', level: 'error', text: '<script>alert(1)</script>' });
      page.setConnection({ device: '<b>x</b>', connected: true, detail: '<i>suite</i>' });
      await view.waitForSelector('#connection[data-state=connected]');
      assert.equal(await view.textContent('#celsius'), '26.0 °C');
      assert.equal(await view.textContent('#device'), 'kitchen-1');
      assert.equal(await view.textContent('#connection'), '<b>x</b> is connected');
      assert.equal(await view.textContent('#log li[data-level=error] .text'), '<script>alert(1)</script>');
      assert.equal(await view.locator('main img, main b, main i, main script').count(), 0);
      // Drawn with the next frame.
      while ((await curvePixels(view)) < 300) await view.waitForTimeout(50);
      const ground = await view.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(ground, scheme === 'light' ? 'rgb(244, 242, 238)' : 'rgb(23, 22, 20)');
      assert.deepEqual(complaints, []);
      await page.close();
      await view.waitForSelector('#connection[data-state=gone]');
      await view.close();
    });
  }

  test('npm start: the buttons break the simulated board, and it comes back', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts', '--chain', 'ecdsa']);
    after(() => child.kill());
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    while (!/ page +http/.test(stdout)) await once(child.stdout, 'data');
    const url = / page +(\S+)/.exec(stdout)?.[1] ?? '';
    const { view, complaints } = await open(url);
    const log = (text: string): Promise<unknown> =>
      view.waitForSelector(`#log li:has-text("${text}")`, { timeout: 60_000, state: 'attached' });

    await view.waitForSelector('#connection[data-state=connected]', { timeout: 60_000 });
    await log('acknowledged');
    await view.click('text=Reset the connection');
    await view.waitForSelector('#connection[data-state=gone]');
    await view.waitForSelector('#connection[data-state=connected]', { timeout: 60_000 });
    await view.click('text=Pull the Wi-Fi');
    await view.waitForSelector('button[aria-pressed=true]:has-text("Give the Wi-Fi back")');
    await log('WARN wifi');
    // Within 2 s it looks for the network, for 30 s in which it does nothing else; the page goes on.
    await view.waitForTimeout(4_000);
    await view.click('text=Give the Wi-Fi back');
    await view.waitForSelector('button[aria-pressed=false]:has-text("Pull the Wi-Fi")');
    await view.click('text=Power cycle');
    await view.waitForSelector('#log li:has-text("firmware") ~ li:has-text("firmware")', { state: 'attached' });
    assert.match((await view.textContent('#celsius')) ?? '', /^\d+\.\d °C$/);
    assert.deepEqual(complaints, []);
    // For a person who wants to see it.
    if (process.env.SCREENSHOT !== undefined) await view.screenshot({ path: process.env.SCREENSHOT });
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [0, null]);
    await view.close();
  });
});
