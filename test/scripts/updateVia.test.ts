/** `npm run update -- --settings --via` moves a simulated board from one endpoint and topic to another. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BoardSettings } from '../../firmware/settings.ts';
import { SECTOR, SETTINGS_SECTOR, SLOT_SECTOR } from '../../firmware/layout.ts';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { areaText } from '../../scripts/image/area.ts';
import { buildProgram } from '../../scripts/image/program.ts';
import { settingsText } from '../../scripts/image/settings.ts';
import { runCommand } from '../../scripts/lib/cli.ts';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import { updateCommand } from '../../scripts/update/command.ts';
import { makeUpdateKey, publicKeyHex, readUpdateKey } from '../../scripts/update/keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-via-'));
after(() => rmSync(folder, { recursive: true }));

async function update(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [out, err] = [{ text: '' }, { text: '' }];
  const sink = (to: { text: string }) => ({ write: (text: string) => (to.text += text) });
  const around = { argv, env: {}, stdout: sink(out), stderr: sink(err) };
  return { code: await runCommand(updateCommand, around), stdout: out.text, stderr: err.text };
}

test('settings move a board to another port and topic, and the command sees it confirm them there', async () => {
  const key = join(folder, 'update.key.pem');
  makeUpdateKey(key);
  const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' });
  const start = (): Promise<Endpoint> => Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
  const [here, there] = [await start(), await start()];
  const config = prepared.writeBoardConfig(here.port, 2);
  const { boardFile } = prepared;
  const { code } = await buildProgram({ boardFile, outDir: join(folder, 'dist'), now: Date.now() - 60_000 });
  const json = code.slice(SETTINGS_SECTOR * SECTOR + 12).split('\0')[0];
  const settings = { ...(JSON.parse(json) as BoardSettings), updateKeys: [publicKeyHex(readUpdateKey(key))] };
  const program = areaText(settingsText(settings), code.slice(SLOT_SECTOR * SECTOR).split('\0')[0]);
  const dial = (_host: string, port: number): { port: number } => ({ port });
  const board = new SimulatedBoard({ program, clock: 'real', accessPoint: config.wifi, dial });
  let running = true;
  void (async () => {
    while (running) await board.run(0.2);
  })();
  try {
    const next = join(folder, 'next.json');
    const text = readFileSync(boardFile, 'utf8');
    const moved = text
      .replace(`"port": ${here.port}`, `"port": ${there.port}`)
      .replace('"topic": "kitchen/', '"topic": "cellar/');
    writeFileSync(next, moved);
    const args = [
      '--board',
      next,
      '--settings',
      '--address',
      '127.0.0.1',
      '--key',
      key,
      '--out',
      join(folder, 'dist'),
      '--wait',
      '1',
    ];
    const { code: status, stdout, stderr } = await update(...args, '--via', boardFile);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^kitchen-1 {2}updated: runs \S+ from slot \d$/m);
    assert.deepEqual([here.port === there.port, moved.includes('cellar/')], [false, true]);

    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const renamed = join(elsewhere, 'board.json');
    writeFileSync(renamed, text.replace('"thing": "kitchen-1"', '"thing": "kitchen-2"'));
    const refused = await update(...args, '--via', renamed);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /thing: found kitchen-1, and \S+ has kitchen-2; .*by npm run flash only$/m);
  } finally {
    running = false;
    board.close();
    await here.close();
    await there.close();
  }
});
