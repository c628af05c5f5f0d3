import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SENSOR_TYPES } from '../../firmware/sensors/catalogue.ts';
import { programUf2 } from '../../scripts/image/uf2.ts';
import { buildFailure } from '../../scripts/image/failure.ts';
import { bundleDevice } from '../../scripts/linker/link.ts';
import { buildImage, buildProgram, EXTRAS } from '../../scripts/image/program.ts';
import type { BoardConfig } from '../../scripts/config/config.ts';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { encodeKeyPem, encodePem, makeDeviceIdentity } from '../../scripts/lib/certificates.ts';
import { rigMissing, runOnRig } from '../../scripts/lib/rig.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
after(() => rmSync(folder, { recursive: true }));

let board = '';
before(async () => {
  const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' });
  prepared.writeBoardConfig(8883, 10);
  board = prepared.boardFile;
});

function build(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = commandLine('build', '--board', board, ...argv);
  return spawnSync(process.execPath, command, { encoding: 'utf8' });
}

/** Kaluma's UF2 as a stand-in: a name in the first page of the flash. */
function kalumaUf2(): Buffer {
  const file = programUf2('kaluma-rp2-pico-w-1.2.1');
  file.writeUInt32LE(0x10000000, 12);
  return file;
}

void describe('npm run build', () => {
  test('writes the program as text and as UF2, and joins it with Kaluma, for its owner only', () => {
    const out = join(folder, 'dist');
    const kaluma = join(folder, 'kaluma.uf2');
    writeFileSync(kaluma, kalumaUf2());
    const { status, stdout, stderr } = build('--out', out, '--kaluma', kaluma);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(stdout, /^written to \S+program\.js, \S+program\.uf2, \S+pico-w\.uf2$/m);
    const held =
      'name, Wi-Fi and its password, endpoint, certificate and private key, 1 anchor, sensor (rp2040), topics and interval';
    assert.ok(stdout.includes(`\nonly the settings hold: ${held}, `), stdout);
    const code = readFileSync(join(out, 'program.js'), 'latin1');
    assert.deepEqual(readFileSync(join(out, 'program.uf2')), programUf2(code));
    const combined = readFileSync(join(out, 'pico-w.uf2'));
    assert.equal(combined.length, 512 + programUf2(code).length);
    assert.equal(combined.readUInt32LE(12), 0x10000000);
    for (const name of ['program.js', 'program.uf2', 'pico-w.uf2']) {
      assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
    }

    // A later build without Kaluma leaves no combined file with an old key in it.
    assert.equal(build('--out', out).status, 0);
    assert.ok(!existsSync(join(out, 'pico-w.uf2')));
  });

  test('a file that is not Kaluma is refused before anything is written', () => {
    const out = join(folder, 'refused');
    const other = join(folder, 'other.uf2');
    writeFileSync(other, programUf2('x'));
    for (const [file, problem] of [
      [other, /^npm run build: \S+other\.uf2: writes to 0x10100000, where the program belongs[^\n]*\n$/],
      [board, /^npm run build: \S+board\.json: has \d+ bytes, not a multiple of 512[^\n]*\n$/],
      [join(folder, 'absent'), /^npm run build: cannot read \S+absent: no such file or directory\n$/],
    ] as const) {
      const { status, stderr } = build('--out', out, '--kaluma', file);
      assert.equal(status, 1);
      assert.match(stderr, problem);
    }
    assert.ok(!existsSync(out));
  });

  test('a folder that cannot be made ends it with an error of one line', () => {
    const { status, stderr } = build('--out', join(board, 'dist'));
    assert.equal(status, 1);
    assert.match(stderr, /^npm run build: cannot write \S+program\.js: part of the path is not a directory\n$/);
  });

  test('errors of esbuild and the linker are one line that names the place', async () => {
    const refusal = async (text: string): Promise<string> => {
      const entry = join(folder, 'wrong.ts');
      writeFileSync(entry, text);
      return bundleDevice({ entry }).then(
        () => '',
        (error: unknown) => buildFailure(error).message,
      );
    };
    assert.match(await refusal('const a = ;'), /wrong\.ts:1:11: Unexpected ";"$/);
    assert.match(
      await refusal("import './absent.ts';\nimport './gone.ts';"),
      /wrong\.ts:1:8: Could not resolve "\.\/absent\.ts" \(and 1 more\)$/,
    );
    writeFileSync(join(folder, 'counter.ts'), 'export let n = 1;\nexport const count = () => n++;');
    assert.match(
      await refusal("import { n, count } from './counter.ts';\nconsole.log(n, count());"),
      /^the program cannot be built: \S*counter\.ts: n is exported and assigned to again$/,
    );
  });
});

void describe('the budget of bytes', () => {
  /** A config with all that makes settings long: an RSA key, and as many anchors as there may be. */
  let large: BoardConfig;
  let largeFile = '';
  before(async () => {
    const prepared = await prepareFolder({
      folder: mkdtempSync(join(folder, 'large-')),
      kind: 'rsa',
      host: 'endpoint.test',
    });
    largeFile = prepared.boardFile;
    const { key, certificate } = await makeDeviceIdentity({ thing: 'kitchen-1', kind: 'rsa' });
    writeFileSync(join(dirname(largeFile), 'device.key.pem'), encodeKeyPem(key));
    writeFileSync(join(dirname(largeFile), 'device.crt.pem'), encodePem('CERTIFICATE', certificate));
    const written = prepared.writeBoardConfig(8883, 60);
    large = { ...written, tls: { ...written.tls, anchors: Array.from({ length: 4 }, () => 'root-rsa.crt.pem') } };
  });

  for (const type of SENSOR_TYPES) {
    test(`has room for an RSA key, four anchors and the ${type}`, async () => {
      writeFileSync(largeFile, JSON.stringify({ ...large, sensor: { type } }));
      const { code } = await buildProgram({ boardFile: largeFile, outDir: join(folder, `out-${type}`) });
      assert.ok(code.length > 80_000);
    });
  }

  test('has room for the code of all sensors, and of all that a config may ask for', async () => {
    const { text } = await buildImage({
      sensors: [...SENSOR_TYPES],
      extras: EXTRAS,
      version: '0.1.0',
      now: Date.now(),
    });
    assert.ok(text.length > 130_000);
  });
});

const missing = rigMissing();
void describe('on the real image', { skip: missing ?? false }, () => {
  /** A UF2 of the image in KALUMA_ELF. */
  function realKaluma(): string {
    const image = join(folder, 'image.bin');
    execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', process.env.KALUMA_ELF as string, image]);
    // Kaluma's release has its name in it; an image built without the Pico SDK's extra outputs has not: here it goes
    // behind.
    const bytes = Buffer.concat([readFileSync(image), Buffer.from('\0kaluma-rp2-pico-w-1.2.1\0')]);
    const file = Buffer.concat(
      Array.from({ length: Math.ceil(bytes.length / 256) }, (_, i) => {
        // One block a page: the codec counts them again.
        const block = programUf2('x').subarray(0, 512);
        block.fill(0xff, 32, 288);
        bytes.copy(block, 32, 256 * i, 256 * (i + 1));
        block.writeUInt32LE(0x10000000 + 256 * i, 12);
        return block;
      }),
    );
    const path = join(folder, 'real.uf2');
    writeFileSync(path, file);
    return path;
  }

  const out = join(folder, 'rig');
  before(() => assert.equal(build('--out', out, '--kaluma', realKaluma()).status, 0));
  for (const name of ['program.uf2', 'pico-w.uf2']) {
    test(`${name} boots`, { timeout: 120_000 }, async () => {
      const { code, log } = await runOnRig({
        uf2: join(out, name),
        until: 'INFO board kitchen-1, firmware',
        seconds: 20,
      });
      assert.equal(code, 0, log);
    });
  }
});
