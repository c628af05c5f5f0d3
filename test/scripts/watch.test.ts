/** `npm run watch` as a person runs it, against the local endpoint, with boards that are simulated as a whole or publish only. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { buildProgram } from '../../scripts/image/program.ts';
import { setInJson } from '../../scripts/provision/jsonText.ts';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import { openPage, watch } from '../support/watching.ts';

const folder = mkdtempSync(join(tmpdir(), 'watch-'));
after(() => rmSync(folder, { recursive: true }));

function reading(device: string, seq: number, extra: object = {}): string {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  return JSON.stringify({ device, celsius: 20 + seq / 10, time, seq, uptime_s: seq, ...extra });
}

void describe('npm run watch at the local endpoint', { timeout: 180_000 }, () => {
  let endpoint: Endpoint;
  let boardFile: string;
  let prepared: Awaited<ReturnType<typeof prepareFolder>>;
  const refused: string[] = [];
  const local = ['--address', '127.0.0.1'];
  before(async () => {
    prepared = await prepareFolder({ folder: join(folder, 'endpoint'), kind: 'ecdsa', host: 'endpoint.test' });
    endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    endpoint.on('refused', ({ why }) => refused.push(why));
    prepared.writeBoardConfig(endpoint.port, 2);
    boardFile = prepared.boardFile;
  });
  after(() => endpoint.close());

  test('shows 20 boards, one of them simulated as a whole: lines, page, history, CSV, and a command on its way', async () => {
    const { code } = await buildProgram({ boardFile, outDir: join(folder, 'dist') });
    const history = join(folder, 'history');
    const csv = join(folder, 'readings.csv');
    const run = watch(boardFile, ...local, '--page', '0', '--history', history, '--csv', csv);
    await run.says(/broker +connected to endpoint\.test:\d+$/m, 'stderr');
    const board = new SimulatedBoard({
      program: code,
      clock: 'real',
      accessPoint: { ssid: 'kitchen', password: 'correct horse' },
      dial: () => ({ port: endpoint.port }),
    });
    after(() => board.close());
    let isOver = false;
    const runs = board.runUntil(() => isOver, { limitSeconds: 150 });
    const publish = (n: number, seq: number): void =>
      endpoint.publish(`kitchen/kitchen-${n}/temperature`, reading(`kitchen-${n}`, seq));
    // It is connected before it has subscribed to all topics.
    let seq = 0;
    const timer = setInterval(() => publish(2, ++seq), 300);
    await run.says(/kitchen-2 +\d\d\.\d\d °C {2}reading \d+$/m);
    clearInterval(timer);
    for (let n = 2; n <= 20; n++) {
      endpoint.publish(`kitchen/kitchen-${n}/status`, '{"state":"online"}');
      if (n > 2) publish(n, 1);
    }
    await run.says(/kitchen-20 +20\.10 °C {2}reading 1$/m);
    await run.says(/kitchen-1 +\d\d\.\d\d °C {2}reading \d+/);
    await run.says(/kitchen-1 +health: firmware /);

    const [, url] = await run.says(/live page: (\S+)/, 'stderr');
    const page = await openPage(url);
    const whole = await page.news();
    assert.equal(whole.boards?.length, 20);
    assert.equal(whole.broker?.state, 'connected');
    const own = whole.boards?.find(({ name }) => name === 'kitchen-1');
    assert.equal(own?.online, true);
    assert.match(own?.health?.text ?? '', /last reset: power/);

    // The button of the page reaches the board, and its result reaches the page.
    const headers = { origin: url.slice(0, -1) };
    const order = JSON.stringify({ board: 'kitchen-1', command: 'interval', seconds: 5 });
    assert.equal((await fetch(`${url}order`, { method: 'POST', headers, body: order })).status, 204);
    const outcomes: string[] = [];
    while (!outcomes.some((text) => /the board has done it/.test(text))) {
      for (const { command } of (await page.news()).boards ?? []) if (command !== null) outcomes.push(command.outcome);
    }
    await run.says(/kitchen-1 +did 'interval'$/m);
    await page.close();

    assert.equal(await run.end(), 0);
    const [day] = readdirSync(history);
    const lines = readFileSync(join(history, day), 'utf8').trim().split('\n');
    assert.match(lines[0], /^time,board,/);
    for (let n = 1; n <= 20; n++)
      assert.ok(
        lines.some((line) => line.includes(`,kitchen-${n},`)),
        `kitchen-${n}`,
      );
    assert.equal(readFileSync(csv, 'utf8'), readFileSync(join(history, day), 'utf8'));

    const again = watch(boardFile, ...local, '--page', '0', '--history', history);
    await again.says(new RegExp(`history: ${lines.length - 1} readings of 20 boards`), 'stderr');
    // Ended amid its handshake, it would count as refused.
    await again.says(/broker +connected to /, 'stderr');
    assert.equal(await again.end(), 0);
    assert.deepEqual(board.violations, []);
    isOver = true;
    await runs;
    // The watching clients used only the topics that their certificate allows.
    assert.deepEqual(refused, []);
  });

  test('says that a broker has gone away, and that it is back', async () => {
    const run = watch(boardFile, ...local, '--no-page');
    await run.says(/broker +connected/, 'stderr');
    const { port } = endpoint;
    await endpoint.close();
    await run.says(/broker +not connected: .*; again in \d+ s$/m, 'stderr');
    endpoint = await Endpoint.start({ ...prepared, port, address: '127.0.0.1' });
    await run.says(/broker +not connected[^]*broker +connected/, 'stderr');
    endpoint.publish('kitchen/kitchen-7/temperature', reading('kitchen-7', 3));
    await run.says(/kitchen-7 +20\.30 °C/);
    assert.equal(await run.end(), 0);
  });

  test('prints one object a line and an end with --json and --readings', async () => {
    const run = watch(boardFile, ...local, '--no-page', '--json', '--readings', '2');
    await run.says(/broker +connected/, 'stderr');
    // The subscriptions are on their way.
    const timer = setInterval(() => endpoint.publish('kitchen/kitchen-7/temperature', reading('kitchen-7', 4)), 1100);
    await once(run.child, 'close');
    clearInterval(timer);
    const objects = run.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(objects.length >= 2, run.output.stdout);
    assert.ok(objects.every(({ type, board }) => type === 'reading' && board === 'kitchen-7'));
  });

  test('lets two watch with one certificate, and neither disconnects the other', async () => {
    const runs = [1, 2].map(() => watch(boardFile, ...local, '--no-page'));
    for (const run of runs) await run.says(/broker +connected/, 'stderr');
    await delay(500);
    for (const run of runs) {
      assert.doesNotMatch(run.output.stderr, /not connected/);
      assert.equal(await run.end(), 0);
    }
  });

  const fails = async (problem: RegExp, code: number, file: string, ...argv: string[]): Promise<void> => {
    const run = watch(file, ...argv);
    const [found] = (await once(run.child, 'close')) as [number];
    assert.equal(found, code, run.output.stderr);
    assert.match(run.output.stderr, problem);
    assert.equal(run.output.stderr.trim().split('\n').length, 1);
  };

  test('says in one line what is missing for watching, and what to do', async () => {
    const aws = join(folder, 'aws.json');
    const host = 'abc-ats.iot.eu-west-1.amazonaws.com';
    writeFileSync(aws, setInJson(readFileSync(boardFile, 'utf8'), ['endpoint', 'host'], host));
    await fails(/^npm run watch: AWS wants a certificate .*npm run provision -- --watcher --board /, 1, aws);
    const other = join(folder, 'other.json');
    writeFileSync(other, readFileSync(boardFile, 'utf8'));
    await fails(/the board's is only for the board.*--certificate and --key/, 1, other);
    await fails(/--certificate and --key go together/, 64, boardFile, '--key', 'x.pem');
    await fails(/--no-page goes neither/, 64, boardFile, '--no-page', '--lan');
    await fails(/^npm run watch: x\.pem: not found\n$/, 1, boardFile, '--certificate', 'x.pem', '--key', 'x.pem');
    assert.ok(!existsSync(join(folder, 'certs')));
  });
});
