import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { LivePage, type PageAction } from '../../scripts/page/livePage.ts';
import { Boards } from '../../scripts/watch/watchedBoards.ts';
import type { Order } from '../../scripts/watch/orders.ts';
import { openPage } from '../support/watching.ts';
import { commandLine } from '../support/command.ts';

const CHROMIUM = '/usr/bin/chromium';
const needsBrowser = { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` };

const pressed: string[] = [];
const orders: (Order & { board: string })[] = [];
const actions: PageAction[] = [
  {
    name: 'wifi',
    label: () => 'Pull the Wi-Fi',
    hint: 'no access point',
    active: () => pressed.length > 0,
    press: () => pressed.push('wifi'),
  },
];
/** ms since 1970 of the readings: now, so that they are in the last hour. */
const START = Math.floor(Date.now() / 1000) * 1000 - 60_000;
/** ms between two readings: a curve of an hour shows two readings of 3 s at most. */
const SPACING = 5000;

function publish(boards: Boards, seq: number, celsius: number, extra: object = {}): void {
  const time = new Date(START + seq * SPACING).toISOString();
  const message = { device: 'kitchen-1', celsius, time, seq, uptime_s: seq, ...extra };
  boards.take('telemetry', message.device, 'topic', Buffer.from(JSON.stringify(message)), START + seq * SPACING);
}

/** Asks as any program could, with headers that no browser would let a page choose. */
async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body = '',
): Promise<import('node:http').IncomingMessage> {
  const sent = request(url, { method, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  return response;
}

async function status(...asked: Parameters<typeof ask>): Promise<number | undefined> {
  return (await ask(...asked)).statusCode;
}

void describe('the server of the live page', () => {
  const boards = new Boards(60);
  let page: LivePage;
  before(async () => {
    const onOrder = (board: string, order: Order): void => void orders.push({ board, ...order });
    page = await LivePage.start({ port: 0, boards, title: 'a test', actions, onOrder });
  });
  after(() => page.close());

  test('tells a new browser everything and then the news', async () => {
    publish(boards, 1, 21.5, { humidity_percent: 40 });
    boards.setOnline('kitchen-1', true, START);
    page.setBroker('connected', 'connected to a test');
    const { news: next } = await openPage(page.url);
    const { broker, ...known } = await next();
    assert.deepEqual([broker?.state, broker?.text], ['connected', 'connected to a test']);
    const reading = { sensor: '', celsius: 21.5, humidity: 40, time: START + SPACING, seq: 1, uptime: 1 };
    const board = {
      name: 'kitchen-1',
      online: true,
      onlineSince: null,
      interval: 60,
      readings: [reading],
      health: null,
      alarms: [],
      command: null,
    };
    assert.deepEqual(known, {
      whole: true,
      title: 'a test',
      boards: [board],
      lines: [],
      buttons: [{ name: 'wifi', label: 'Pull the Wi-Fi', hint: 'no access point', active: false }],
      rights: { mayPress: true, wantsToken: false },
      takesOrders: true,
    });
    page.addLine({ side: 'board', level: 'info', text: 'two\n\nlines' });
    const { lines: [{ at = 0, ...line } = {}] = [] } = await next();
    assert.deepEqual(line, { side: 'board', level: 'info', text: 'two\n\nlines' });
    assert.ok(Math.abs(Date.now() - at) < 60_000);
    // Changes that come together are told together.
    publish(boards, 2, 22);
    publish(boards, 3, 23);
    boards.setOnline('kitchen-1', false, START + 4 * SPACING);
    const news = await next();
    assert.deepEqual(
      news.boards?.map(({ online, readings }) => [online, readings[0].celsius]),
      [[false, 23]],
    );
  });

  test('serves this machine only, and lets no other site press its buttons or frame it', async () => {
    assert.match(page.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const origin = page.url.slice(0, -1);
    assert.equal(await status(page.url, 'GET', { host: 'kitchen.example' }), 403);
    assert.equal(await status(`${page.url}events`, 'GET', { host: 'kitchen.example' }), 403);
    assert.equal(await status(`${page.url}press/wifi`, 'POST', {}), 403);
    assert.equal(await status(`${page.url}press/wifi`, 'POST', { origin: 'https://kitchen.example' }), 403);
    assert.equal(await status(`${page.url}press/none`, 'POST', { origin }), 404);
    assert.equal(await status(`${page.url}../package.json`, 'GET', {}), 404);
    assert.deepEqual(pressed, []);
    assert.equal(await status(`${page.url}press/wifi`, 'POST', { origin }), 204);
    assert.deepEqual(pressed, ['wifi']);
    for (const path of ['', 'events', 'curve?board=kitchen-1&span=hour', 'nothing']) {
      const { headers } = await ask(page.url + path, 'GET', {});
      assert.equal(headers['x-frame-options'], 'DENY', path);
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path);
    }
  });

  test('takes commands for boards that it knows, and refuses invalid ones', async () => {
    const origin = page.url.slice(0, -1);
    const order = (body: string): Promise<number | undefined> => status(`${page.url}order`, 'POST', { origin }, body);
    assert.equal(await order('{"board":"kitchen-1","command":"read"}'), 204);
    assert.equal(await order('{"board":"kitchen-1","command":"interval","seconds":30}'), 204);
    assert.deepEqual(orders, [
      { board: 'kitchen-1', command: 'read' },
      { board: 'kitchen-1', command: 'interval', seconds: 30 },
    ]);
    assert.equal(await order('{"board":"kitchen-9","command":"read"}'), 404);
    for (const wrong of ['', 'null', '{}', '{"board":"kitchen-1","command":"reset"}', '{"board":1,"command":"read"}']) {
      assert.equal(await order(wrong), 400, wrong);
    }
    for (const seconds of [0, 86_401, 1.5, '"30"']) {
      assert.equal(await order(`{"board":"kitchen-1","command":"interval","seconds":${seconds}}`), 400, `${seconds}`);
    }
    assert.equal(await order('x'.repeat(2000)), 413);
    assert.equal(await status(`${page.url}order`, 'POST', {}, '{"board":"kitchen-1","command":"read"}'), 403);
    assert.equal(orders.length, 2);
  });

  test('gives the curve of a board that it knows', async () => {
    const curve = async (query: string): Promise<[number, string]> => {
      const answer = await fetch(`${page.url}curve?${query}`);
      return [answer.status, await answer.text()];
    };
    const [code, text] = await curve('board=kitchen-1&span=hour');
    assert.equal(code, 200);
    const { sensors } = JSON.parse(text) as { sensors: { celsius: [number[], number[]]; humidity: unknown }[] };
    assert.deepEqual(sensors[0].celsius, [[1, 2, 3].map((seq) => (START + seq * SPACING) / 1000), [21.5, 22, 23]]);
    assert.deepEqual(sensors[0].humidity, [[(START + SPACING) / 1000], [40]]);
    assert.equal((await curve('board=kitchen-9&span=hour'))[0], 404);
    assert.equal((await curve('board=kitchen-1&span=constructor'))[0], 400);
  });

  test('says that its port is taken', async () => {
    const port = Number(new URL(page.url).port);
    await assert.rejects(LivePage.start({ port, boards, title: '' }), {
      name: 'UserError',
      message: `cannot serve the page on port ${port}: the port is in use; --page chooses another`,
    });
  });
});

void describe('the page in the home network', () => {
  const tokens: string[] = [];
  const said: string[] = [];
  let page: LivePage;
  before(async () => {
    page = await LivePage.start({
      port: 0,
      boards: new Boards(60),
      title: '',
      actions,
      onToken(token, why) {
        tokens.push(token);
        said.push(why);
      },
    });
  });
  after(() => page.close());

  test('lets others look on, and a browser with the token, which serves once, press buttons', async (t) => {
    // Another address of this machine stands for another machine.
    const [url] = page.urls;
    if (url === undefined) return t.skip('this machine has no address but 127.0.0.1');
    const origin = url.slice(0, -1);
    assert.equal(await status(url, 'GET', {}), 200);
    assert.equal(await status(url, 'GET', { host: 'kitchen.example' }), 403);
    assert.deepEqual((await (await openPage(url)).news()).rights, { mayPress: false, wantsToken: true });
    assert.equal(await status(`${url}press/wifi`, 'POST', { origin }), 403);
    assert.equal(await status(`${url}token`, 'POST', { origin }, 'wrong'), 403);

    const [token] = tokens;
    assert.equal(await status(`${url}token`, 'POST', { origin: 'http://kitchen.example' }, token), 403);
    const entered = await ask(`${url}token`, 'POST', { origin }, ` ${token.toUpperCase()} `);
    assert.equal(entered.statusCode, 204);
    const [given] = entered.headers['set-cookie'] ?? [''];
    assert.match(given, /^pico-kitchen=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
    const cookie = given.replace(/;.*/, '');
    assert.deepEqual((await (await openPage(url, { cookie })).news()).rights, { mayPress: true, wantsToken: false });
    const before = pressed.length;
    assert.equal(await status(`${url}press/wifi`, 'POST', { origin, cookie }), 204);
    assert.equal(pressed.length, before + 1);
    assert.equal(await status(`${url}press/wifi`, 'POST', { origin, cookie: 'pico-kitchen=guessed' }), 403);
    assert.equal(await status(`${url}token`, 'POST', { origin }, token), 403);
    assert.match(said[1], /entered the token/);

    // Nobody tries them all: after ten wrong ones there is another.
    for (let i = 0; i < 10; i++) await status(`${url}token`, 'POST', { origin }, `guess ${i}`);
    assert.equal(tokens.length, 3);
    assert.equal(await status(`${url}token`, 'POST', { origin }, tokens[1]), 403);
    assert.equal(new Set(tokens).size, 3);
  });

  test('asks for nothing on this machine', async () => {
    assert.deepEqual((await (await openPage(page.url)).news()).rights, { mayPress: true, wantsToken: false });
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
      if (canvas.width === 0) return 0;
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
    test(`shows the curve, the last reading and the log in ${scheme} colours, and text as text`, async (t) => {
      const boards = new Boards(1);
      const page = await LivePage.start({ port: 0, boards, title: '<b>x</b>' });
      t.after(() => page.close());
      const { view, complaints } = await open(page.url, scheme);
      assert.equal(await view.isVisible('#none'), true);
      assert.equal(await curvePixels(view), 0);
      for (let seq = 1; seq <= 20; seq++) publish(boards, seq, 20 + (seq % 7));
      // One kept while offline comes late: it is not the last one.
      publish(boards, 0, 99);
      page.addLine({ side: 'board', level: 'error', text: '<script>alert(1)</script>' });
      page.setBroker('gone', 'not connected: <img src=x onerror=alert(1)>');
      await view.waitForSelector('#broker[data-state=gone]');
      await view.waitForSelector('.board .celsius:has-text("26.0 °C")');
      assert.equal(await view.textContent('#name'), 'kitchen-1');
      assert.equal(await view.textContent('#title'), '<b>x</b>');
      assert.equal(await view.textContent('#broker'), 'broker: not connected: <img src=x onerror=alert(1)>');
      assert.equal(await view.textContent('#log li[data-level=error] .text'), '<script>alert(1)</script>');
      assert.match((await view.textContent('#log li .side')) ?? '', /^\d\d:\d\d:\d\d board$/);
      assert.equal(await view.locator('main img, main b, main i, main script').count(), 0);
      // Drawn with the next frame.
      while ((await curvePixels(view)) < 300) await view.waitForTimeout(50);
      const ground = await view.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(ground, scheme === 'light' ? 'rgb(244, 242, 238)' : 'rgb(23, 22, 20)');
      assert.deepEqual(complaints, []);
      await page.close();
      await view.waitForSelector('#gone:not([hidden])');
      assert.match(
        (await view.textContent('#gone')) ?? '',
        /^The command behind this page has ended\. What you see is of /,
      );
      while ((await view.title()) !== 'pico-kitchen') await view.waitForTimeout(50);
      await view.close();
    });
  }

  test('shows a late board, an offline one, and a broker that is gone in different ways', async (t) => {
    const boards = new Boards(60);
    const page = await LivePage.start({ port: 0, boards, title: '', onOrder: () => undefined });
    t.after(() => page.close());
    const now = Date.now();
    const reading = (device: string, ago: number, extra: object = {}): void => {
      const message = { device, celsius: 21, time: new Date(now - ago).toISOString(), seq: 1, uptime_s: 1, ...extra };
      boards.take('telemetry', device, '', Buffer.from(JSON.stringify(message)), now);
      boards.setOnline(device, true, now);
    };
    reading('in-time', 100_000);
    reading('late', 125_000);
    reading('offline', 10_000);
    boards.setOnline('offline', false, now);
    reading('several', 150_000, { sensor: 'freezer' });
    reading('several', 10_000, { sensor: 'fridge', celsius: 5 });
    page.setBroker('connected', 'connected');
    const { view, complaints } = await open(page.url);
    const card = (name: string): string => `[data-board=${name}]`;
    await view.waitForSelector(`${card('in-time')}[data-state=online]`);
    await view.waitForSelector(`${card('late')}[data-state=late]`);
    await view.waitForSelector(`${card('offline')}[data-state=offline]`);
    const age = await view.evaluate<string>(`getComputedStyle(document.querySelector('${card('late')} .age')).color`);
    const amber = await view.evaluate<string>(`(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = 'var(--warn)';
      return getComputedStyle(probe).color;
    })()`);
    assert.equal(age, amber);
    assert.match((await view.textContent(`${card('late')} .age`)) ?? '', /^last reading 2 min ago, due every 60 s$/);
    // One sensor of two has stopped: the other's readings must not make its last one look new.
    await view.waitForSelector(`${card('several')}[data-state=online]`);
    const rows = await view.locator(`${card('several')} .value`).allTextContents();
    assert.match(rows[0], /^freezer21\.0 °C2 min ago$/);
    assert.equal(rows[1], 'fridge5.0 °C');
    const since = await view.evaluate<string>(
      `getComputedStyle(document.querySelector('${card('several')} .since')).color`,
    );
    assert.equal(since, amber);
    await view.click(card('several'));
    while ((await view.title()) !== '5.0 °C several/fridge – pico-kitchen') await view.waitForTimeout(50);
    await view.click(card('late'));
    while ((await view.title()) !== 'pico-kitchen') await view.waitForTimeout(50);
    page.setBroker('gone', 'not connected: connection refused; again in 3 s');
    await view.waitForSelector(`${card('offline')} .state:has-text("was offline when the broker was last heard")`);
    assert.equal(await view.getAttribute(card('in-time'), 'data-state'), 'unknown');
    assert.deepEqual(complaints, []);
    await view.close();
  });

  test('breaks the simulated board of npm start by its buttons, and the board comes back', async () => {
    const child = spawn(process.execPath, commandLine('start', '--chain', 'ecdsa'));
    after(() => child.kill());
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    while (!/ page +http/.test(stdout)) await once(child.stdout, 'data');
    const url = / page +(\S+)/.exec(stdout)?.[1] ?? '';
    const { view, complaints } = await open(url);
    const log = (text: string): Promise<unknown> =>
      view.waitForSelector(`#log li:has-text("${text}")`, { timeout: 60_000, state: 'attached' });

    const board = '[data-board=kitchen-1]';
    await view.waitForSelector(`${board}[data-state=online]`, { timeout: 60_000 });
    await log('acknowledged');
    await view.click('text=Read now');
    await view.waitForSelector('#outcome[data-state=done]:has-text("the board has done it; reading")');
    await view.click('text=Reset the connection');
    await view.waitForSelector(`${board}[data-state=offline]`);
    await view.waitForSelector(`${board}[data-state=online]`, { timeout: 60_000 });
    await view.click('text=Pull the Wi-Fi');
    await view.waitForSelector('button[aria-pressed=true]:has-text("Give the Wi-Fi back")');
    // The broker is there, and holds the board online for as long as its keep-alive; the page says that nothing comes.
    await view.waitForSelector(`${board}[data-state=late] .state:has-text("silent")`);
    assert.equal(await view.getAttribute('#broker', 'data-state'), 'connected');
    await log('WARN wifi');
    // Within 2 s it looks for the network, for 30 s in which it does nothing else; the page goes on.
    await view.waitForTimeout(4_000);
    await view.click('text=Give the Wi-Fi back');
    await view.waitForSelector('button[aria-pressed=false]:has-text("Pull the Wi-Fi")');
    await view.click('text=Power cycle');
    await view.waitForSelector('#log li:has-text("firmware") ~ li:has-text("firmware")', { state: 'attached' });
    assert.match((await view.textContent(`${board} .celsius`)) ?? '', /^\d+\.\d °C$/);
    assert.deepEqual(complaints, []);
    // For a person who wants to see it.
    if (process.env.SCREENSHOT !== undefined) await view.screenshot({ path: process.env.SCREENSHOT });
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [0, null]);
    await view.close();
  });
});
