/**
 * Checks the memory plan as it is carried out: the program that is flashed runs on the simulated board and reports each part that
 * it loads or releases, each collection and each filling of holes. The order is the plan's, to the last step: a step that is
 * missing, misspelt, too early or too late changes one of these lists.
 */
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { type PartName, PARTS, type Phase, plansOf } from '../../firmware/memoryPlan.ts';
import { SENSORS, type SensorType } from '../../firmware/sensors/catalogue.ts';
import { boardModule, boardPlugin, EXTRAS } from '../../scripts/image/program.ts';
import { bundleDevice } from '../../scripts/linker/link.ts';
import { type ChainKind, encodeKeyPem, encodePem, makeServerChain } from '../../scripts/lib/certificates.ts';
import type { Update } from '../../scripts/update/file.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { Kitchen, type KitchenOptions } from './kitchen.ts';
import { offerTo, signedProgram, signedSettings, signingKey, smallProgram } from './updates.ts';

/** The loader and the heap, each followed by the code that makes it report. */
const TELLING = {
  'kaluma/parts.ts': `${readFileSync('firmware/kaluma/parts.ts', 'utf8')}
    const tell = (what: string): void =>
      (globalThis as unknown as { console: Console }).console.log('MEMORY ' + what);
    const { load, release } = parts;
    Object.assign(parts, {
      load(name: string) {
        if (!loaded[name]) tell('load ' + name);
        return load(name);
      },
      release(name: string) {
        if (loaded[name]) tell('release ' + name);
        release(name);
      },
    });`,
  // A generator that stays would keep the code of its part in memory, so each connection seeds one of its own.
  'kaluma/entropy.ts': `${readFileSync('firmware/kaluma/entropy.ts', 'utf8').replace('createRandom', 'seeded')}
    import { kaluma } from './globals.ts';
    export function createRandom(secret: bigint): Random {
      kaluma.console.log('MEMORY seed');
      return seeded(secret);
    }`,
  'kaluma/heap.ts': `import { kaluma } from './globals.ts';
    const tell = (what: string): void => kaluma.console.log('MEMORY ' + what);
    export const heap = () => kaluma.process.memoryUsage();
    export const collectGarbage = (): void => tell('collect');
    // How much arrives at a time is no part of the plan.
    export const countReceived = (): void => undefined;
    // What fills the holes; its length is set to 0 when it has served.
    export const fillHoles = () => {
      tell('fill');
      let length = 1;
      return {
        set length(value: number) {
          if (length > 0) tell('unfill');
          length = value;
        },
      };
    };`,
};

/** The operations on memory from a place in the board's log on, and when it dialled and was connected. */
function story(kitchen: Kitchen, from = 0): string[] {
  return kitchen.lines(from).flatMap((line) => {
    const [, step] = /^MEMORY (.*)$/.exec(line) ?? [];
    if (step !== undefined) return [step];
    const [event] = / (dialling|handshake complete|reset) /.exec(`${line} `) ?? [];
    return event === undefined ? [] : [`-- ${event.trim()}`];
  });
}

/** Until a connection has been made, from a place in the log on. */
async function connect(kitchen: Kitchen): Promise<string[]> {
  const from = kitchen.board.serial.length;
  await kitchen.board.runUntil(/reading \d+ acknowledged/, { limitSeconds: 60 });
  return story(kitchen, from);
}

/** The parts that were loaded since the last boot and not released. */
function stillLoaded(kitchen: Kitchen): string[] {
  const loaded = new Set<string>();
  for (const line of kitchen.lines(kitchen.board.serial.lastIndexOf(' INFO board '))) {
    const [, step, part] = /^MEMORY (load|release) (.*)$/.exec(line) ?? [];
    if (step === 'load') loaded.add(part);
    else loaded.delete(part);
  }
  return [...loaded];
}

async function withKitchen(options: KitchenOptions, use: (kitchen: Kitchen) => Promise<void>): Promise<void> {
  const kitchen = await Kitchen.open({ instead: TELLING, intervalSeconds: 5, ...options });
  try {
    await use(kitchen);
    assert.deepEqual([kitchen.board.violations, kitchen.board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
}

/** The chain in flash is looked for once. */
const BOOT = ['load settings', 'release settings', 'load time', 'release time', 'load chain', 'release chain'];
const MAKING_KEYS = ['collect', 'load hello', 'load keys', 'load curves', 'load combs', 'fill', 'seed', 'unfill'];
const DIALLING = ['collect', '-- dialling', 'release hello'];
const KEYS_MADE = ['release keys', 'release curves', 'release combs', 'collect'];
const NEW_CHAIN = [...KEYS_MADE, 'load serverFlight', 'load path', 'load x509', 'load rsa'];
const KNOWN_RSA_CHAIN = ['release keys', 'release combs', 'load serverFlight', 'load cipher', 'load rsa'];
const KNOWN_EC_CHAIN = ['release keys', 'load serverFlight', 'load cipher', 'load ecdsa'];
const READING_CERTIFICATES = ['collect', 'release path', 'collect'];
const VERIFYING_RSA_CHAIN = [...READING_CERTIFICATES, 'release x509', 'collect'];
const VERIFYING_EC_CHAIN = [
  ...['release rsa', ...READING_CERTIFICATES, 'release x509', 'collect', 'load curves', 'load combs', 'load ecdsa'],
  ...['fill', 'unfill'],
];
const EC_SERVER = ['collect', 'fill', 'unfill'];
const RSA_SERVER = ['collect'];
const RSA_VERIFIED = ['release rsa', 'collect', 'load clientFlight'];
const EC_VERIFIED = ['release combs', 'release ecdsa', 'collect', 'load clientFlight'];
/** The server's flight is over. After a chain with RSA keys the curves are loaded again. */
const SHARING_SECRET = ['release serverFlight', 'collect', 'fill', 'unfill'];
const SHARING_WITH_CURVES = ['release serverFlight', 'collect', 'load curves', 'fill', 'unfill'];
const SIGNING_WITH_RSA = [
  'release curves',
  'load rsaSign',
  'fill',
  'release rsaSign',
  'load rsa',
  'unfill',
  'release rsa',
];
const END_OF_HANDSHAKE = ['-- handshake complete', 'release clientFlight', 'release cipher', 'collect', 'load mqtt'];
/** After a handshake in which the device did not sign. */
const END_WITHOUT_SIGNING = [
  ...['-- handshake complete', 'release clientFlight', 'release curves', 'release cipher', 'collect', 'load mqtt'],
];
/** With a chain that is not in flash, and with one that is. */
const CONNECTED = [...END_OF_HANDSHAKE, 'release mqtt', 'load chain', 'release chain'];
/** Another chain than that in flash, on a boot on which a reading was delivered before. */
const CONNECTED_TO_ANOTHER = [...END_OF_HANDSHAKE, 'load chain', 'release chain', 'release mqtt'];
const CONNECTED_AGAIN = [...END_OF_HANDSHAKE, 'release mqtt'];
const FAILED = ['load failure', 'release failure', 'load advice', 'release advice'];

test('an RSA chain runs through these steps of the plan, at the first connection and at the second', async () => {
  await withKitchen({}, async (kitchen) => {
    assert.deepEqual(await connect(kitchen), [
      ...[...BOOT, ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING, ...VERIFYING_RSA_CHAIN, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_WITH_CURVES, 'release curves', 'load cipher', ...CONNECTED],
    ]);
    kitchen.board.faults.cutConnections('reset');
    assert.deepEqual(await connect(kitchen), [
      ...[...FAILED, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_SECRET, 'release curves', ...CONNECTED_AGAIN],
    ]);
    // The chain outlives a power cut.
    kitchen.board.powerCycle();
    assert.deepEqual(await connect(kitchen), [
      ...[...BOOT, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_SECRET, 'release curves', ...CONNECTED_AGAIN],
    ]);
  });
});

test('an EC chain runs through these steps, at the first connection and at the second', async () => {
  await withKitchen({ chain: 'ecdsa' }, async (kitchen) => {
    assert.deepEqual(await connect(kitchen), [
      ...[...BOOT, ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING, ...VERIFYING_EC_CHAIN, ...EC_SERVER, ...EC_VERIFIED],
      ...[...SHARING_SECRET, 'release curves', 'load cipher', ...CONNECTED],
    ]);
    kitchen.board.faults.cutConnections('reset');
    assert.deepEqual(await connect(kitchen), [
      ...[...FAILED, ...MAKING_KEYS, ...KNOWN_EC_CHAIN, ...DIALLING, ...EC_SERVER, ...EC_VERIFIED],
      ...[...SHARING_SECRET, 'release curves', ...CONNECTED_AGAIN],
    ]);
  });
});

test('a device with an RSA key runs through these steps, at the first connection and at the second', async () => {
  await withKitchen({ deviceKey: 'rsa' }, async (kitchen) => {
    assert.deepEqual(await connect(kitchen), [
      ...[...BOOT, ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING, ...VERIFYING_RSA_CHAIN, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_WITH_CURVES, ...SIGNING_WITH_RSA, 'load cipher', ...CONNECTED],
    ]);
    kitchen.board.faults.cutConnections('reset');
    assert.deepEqual(await connect(kitchen), [
      ...[...FAILED, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_SECRET, ...SIGNING_WITH_RSA, ...CONNECTED_AGAIN],
    ]);
  });
});

/** Another server's chain, and how a board is told to trust it besides its own. */
async function otherServer(kind: ChainKind): Promise<{
  identity: { key: string; chain: string };
  configure: NonNullable<KitchenOptions['configure']>;
}> {
  const { key, certificates, anchor } = await makeServerChain({ kind, host: 'endpoint.test' });
  const folder = mkdtempSync(join(tmpdir(), 'other-root-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'root.pem'), encodePem('CERTIFICATE', anchor));
  return {
    identity: { key: encodeKeyPem(key), chain: certificates.map((der) => encodePem('CERTIFICATE', der)).join('') },
    configure: ({ tls }) => void tls.anchors.push(join(folder, 'root.pem')),
  };
}

test('a handshake that fails half-way, and a chain other than the known one, run through these steps', async () => {
  const { identity, configure } = await otherServer('rsa');
  await withKitchen({ configure }, async (kitchen) => {
    const { cuts } = kitchen.board.faults;
    // Before the server's certificate; behind it: X.509 is at work; behind the client's flight.
    cuts.push({ how: 'reset', received: 50 }, { how: 'reset', received: 3000 }, { how: 'reset', sent: 400 });
    assert.deepEqual(await connect(kitchen), [
      ...[...BOOT, ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING],
      // What the handshake was using makes room for the next one's keys.
      ...[...FAILED, 'release serverFlight', 'release path', 'release x509', 'release rsa'],
      ...[...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING, ...VERIFYING_RSA_CHAIN],
      ...[...FAILED, 'release serverFlight', 'release rsa', ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING],
      ...[...VERIFYING_RSA_CHAIN, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_WITH_CURVES, 'release curves', 'load cipher'],
      ...[...FAILED, 'release clientFlight', 'release cipher', ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING],
      ...[...RSA_SERVER, ...RSA_VERIFIED, ...SHARING_SECRET, 'release curves', ...CONNECTED],
    ]);
    // The cipher, loaded because a chain was known, makes room for X.509.
    await kitchen.restartEndpoint(identity);
    assert.deepEqual(await connect(kitchen), [
      ...[...FAILED, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING],
      ...['release cipher', 'release curves', 'collect', 'load path', 'release path', 'load x509', 'collect'],
      ...['release x509', 'collect', 'collect', ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_WITH_CURVES, 'release curves', 'load cipher', ...CONNECTED_TO_ANOTHER],
    ]);
  });
});

test('a refused chain leaves no code behind, though it is known when the next connection is made', async () => {
  await withKitchen({}, async (kitchen) => {
    await connect(kitchen);
    assert.deepEqual(stillLoaded(kitchen), []);
    // The server's certificate has expired, as far as the board knows.
    kitchen.board.faults.timeServer = { offsetSeconds: 15 * 365 * 86_400 };
    kitchen.board.powerCycle();
    await kitchen.board.runUntil(/load x509[^]*WARN tls .* expired/, { limitSeconds: 60 });
    kitchen.board.faults.timeServer = 'ok';
    await connect(kitchen);
    assert.deepEqual(stillLoaded(kitchen), []);
  });
});

test('a resumed session, and a chain other than the known one with an EC key, run through these steps', async () => {
  const other = await otherServer('ecdsa');
  // It asks for no certificate, so the code that signs is not loaded.
  const server = createServer({ maxVersion: 'TLSv1.2', noDelay: true, secureOptions: constants.SSL_OP_NO_TICKET });
  const broker = await Aedes.createBroker();
  const sessions = new Map<string, Buffer>();
  let own = { key: '', cert: '' };
  server.on('secureConnection', (socket) => broker.handle(socket));
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null);
  });
  const open = async (identity: typeof own): Promise<number> => {
    own = identity;
    server.setSecureContext(own);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  try {
    await withKitchen({ broker: open, configure: other.configure }, async (kitchen) => {
      const { faults } = kitchen.board;
      const reconnect = (): Promise<string[]> => {
        faults.cutConnections('reset');
        return connect(kitchen);
      };
      const REDIALLING = [...FAILED, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING];
      assert.deepEqual(await connect(kitchen), [
        ...[...BOOT, ...MAKING_KEYS, ...NEW_CHAIN, ...DIALLING, ...VERIFYING_RSA_CHAIN, ...RSA_SERVER, ...RSA_VERIFIED],
        ...[...SHARING_WITH_CURVES, 'load cipher', ...END_WITHOUT_SIGNING],
        ...['release mqtt', 'load chain', 'release chain'],
      ]);
      // What was loaded for the key exchange was not used.
      assert.deepEqual(await reconnect(), [
        ...[...REDIALLING, 'load clientFlight', '-- handshake complete', 'release serverFlight'],
        ...['release clientFlight', 'release curves', 'release rsa', 'release cipher', 'collect'],
        ...['load mqtt', 'release mqtt'],
      ]);
      sessions.clear();
      server.setSecureContext({ key: other.identity.key, cert: other.identity.chain });
      assert.deepEqual(await reconnect(), [
        ...[...REDIALLING, 'release cipher', 'release curves', 'release rsa', 'collect', 'load path', 'release path'],
        ...['load x509', 'collect', 'release x509', 'collect', 'load curves', 'load combs', 'load ecdsa'],
        ...['fill', 'unfill', ...EC_SERVER, ...EC_VERIFIED, ...SHARING_SECRET, 'load cipher', ...END_WITHOUT_SIGNING],
        ...['load chain', 'release chain', 'release mqtt'],
      ]);
      assert.deepEqual(await reconnect(), [
        ...[...FAILED, ...MAKING_KEYS, ...KNOWN_EC_CHAIN, ...DIALLING],
        ...['load clientFlight', '-- handshake complete', 'release serverFlight', 'release clientFlight'],
        ...['release curves', 'release combs', 'release ecdsa', 'release cipher', 'collect'],
        ...['load mqtt', 'release mqtt'],
      ]);
      sessions.clear();
      server.setSecureContext(own);
      faults.cuts.push({ how: 'reset', received: 50 });
      assert.deepEqual(await reconnect(), [
        ...[...FAILED, ...MAKING_KEYS, ...KNOWN_EC_CHAIN, ...DIALLING],
        // The curves and their tables stay: the next keys need them.
        ...[...FAILED, 'release serverFlight', 'release cipher', 'release ecdsa'],
        ...['collect', 'load hello', 'load keys', 'fill', 'seed', 'unfill', ...KNOWN_EC_CHAIN, ...DIALLING],
        ...['release cipher', 'release curves', 'release combs', 'release ecdsa', 'collect', 'load path'],
        ...['release path', 'load x509', 'collect', 'release x509', 'collect', 'load rsa', ...RSA_SERVER],
        ...[...RSA_VERIFIED, ...SHARING_WITH_CURVES, 'load cipher', ...END_WITHOUT_SIGNING],
        ...['load chain', 'release chain', 'release mqtt'],
      ]);
    });
  } finally {
    server.close();
    broker.close();
  }
});

test('updates run through these steps when they are refused, received, installed and confirmed', async () => {
  await withKitchen({ updateKeys: [publicKeyHex(signingKey)] }, async (kitchen) => {
    await connect(kitchen);
    const program = smallProgram("console.log('idle');");
    const offered = async (update: Update): Promise<string[]> => {
      const from = kitchen.board.serial.length;
      await offerTo(kitchen, update).finish(120);
      return story(kitchen, from);
    };
    const READING_HEADER = ['load update', 'load trial', 'load flash', 'load admission', 'load manifest'];
    const VERIFYING = [
      ...['release manifest', 'release trial', 'release flash', 'collect', 'load curves', 'collect', 'load combs'],
      ...['collect', 'load ecdsa', 'collect'],
      ...['release curves', 'release combs', 'release ecdsa', 'release admission', 'collect'],
    ];
    const older = signedProgram(program, { version: '1.2.2' });
    assert.deepEqual(await offered(older), [
      ...[...READING_HEADER, 'release update', 'release admission', 'release manifest', 'release trial'],
      'release flash',
    ]);
    const forged = signedProgram(program);
    forged.file.write('1.3.1', forged.file.indexOf('1.3.0'));
    assert.deepEqual(await offered(forged), [...READING_HEADER, ...VERIFYING, 'release update']);
    // Its signature is right, its payload is not.
    const changed = signedProgram(program);
    changed.file[changed.file.length - 1] ^= 1;
    assert.deepEqual(await offered(changed), [
      ...[...READING_HEADER, ...VERIFYING, 'load flash', 'load receive'],
      ...['release update', 'release receive', 'release flash'],
    ]);
    const settings = signedSettings(kitchen, (settings) => (settings.intervalSeconds = 20));
    assert.deepEqual(await offered(settings), [
      ...[...READING_HEADER, ...VERIFYING, 'load flash', 'load receive', 'load install', 'load settings', 'load trial'],
      ...['release update', 'release receive', 'release install', 'release trial', 'release flash'],
      // After a restart they are on trial, which the first acknowledgement confirms.
      ...['release settings', ...BOOT, ...MAKING_KEYS, ...KNOWN_RSA_CHAIN, ...DIALLING, ...RSA_SERVER, ...RSA_VERIFIED],
      ...[...SHARING_SECRET, 'release curves', ...END_OF_HANDSHAKE],
      ...['load trial', 'load flash', 'release trial', 'release flash', 'release mqtt'],
      ...['load trial', 'load flash', 'load settings', 'release trial', 'release flash', 'release settings'],
    ]);
    assert.deepEqual(stillLoaded(kitchen), []);
    // Longer than any packet that the board takes, but its record comes whole.
    const from = kitchen.board.serial.length;
    kitchen.endpoint.publish('kitchen/kitchen-1/command', 'x'.repeat(5000));
    await kitchen.board.run(2);
    assert.deepEqual(story(kitchen, from), ['collect'], 'before a record of more than 4 KB');
  });
});

const PHASES: Record<Phase, true> = {
  'time known': true,
  'making keys': true,
  'expecting known chain': true,
  'expecting new chain': true,
  dialling: true,
  'verifying chain': true,
  'next certificate': true,
  'verifying signatures': true,
  'verifying server': true,
  'server verified': true,
  'sharing secret': true,
  'secret shared': true,
  signing: true,
  signed: true,
  connected: true,
  'long record': true,
  'trial judged': true,
  'verifying update': true,
  'update verified': true,
  'update over': true,
};

test('each part is released: by its last call, or when a phase begins', () => {
  const phases = Object.keys(PHASES) as Phase[];
  const released = new Set(phases.flatMap((phase) => plansOf(phase).flatMap(({ release = [] }) => release)));
  const kept = (Object.keys(PARTS) as PartName[]).filter(
    (name) => PARTS[name].last === undefined && !released.has(name),
  );
  assert.deepEqual(kept, []);
});

test('a program for all sensors has every module of every part', async () => {
  const sensors = Object.keys(SENSORS) as SensorType[];
  // More than any board's program: no config has so many sensors.
  const text = boardModule(sensors, '1.2.3', Date.now(), EXTRAS);
  const { modules } = await bundleDevice({
    entry: resolve('firmware/main.ts'),
    parts: PARTS,
    plugins: [boardPlugin(text)],
  });
  const paths = new Set((await modules()).map(({ path }) => path));
  const named = Object.values(PARTS).flatMap(({ modules }) => modules);
  assert.deepEqual(
    named.filter((module) => !paths.has(module)),
    [],
  );
  assert.equal(new Set(named).size, named.length, 'no module is in two parts');
});

/** The modules of each folder that are in memory all the time. One that few phases need belongs into a part. */
const RESIDENT: Record<string, string> = {
  firmware:
    'backoff chainStore connection crc16 journal log main memory memoryPlan nesting queue reading records sampler spool supervisor topics',
  'firmware/kaluma':
    'adc base64 boot chipRandom clock console files globals heap parts program sockets tcp unused watchdog wifi',
  'firmware/sensors': 'rp2040 sensor',
  'firmware/update': 'boardUpdates',
  'src/bytes': 'bigint encoding errors reader writer',
  'src/crypto': 'errors hmac sha256 sha256Block',
  src: 'steps',
  'src/tls':
    'chainCache client errors handshake handshakeSecrets record recordReader recordWriter session signatureScheme transcript',
  'src/tls/states': 'connected state',
  'src/x509': 'errors',
};

test('the modules that are in no part stay in memory: these, and no others without a reason', async () => {
  const { modules } = await bundleDevice({
    entry: resolve('firmware/main.ts'),
    parts: PARTS,
    plugins: [boardPlugin(boardModule(['rp2040'], '1.2.3', Date.now()))],
  });
  const parts = new Set(Object.values(PARTS).flatMap(({ modules }) => modules));
  const resident = (await modules()).map(({ path }) => path).filter((path) => path.endsWith('.ts') && !parts.has(path));
  const expected = Object.entries(RESIDENT).flatMap(([folder, names]) =>
    names.split(' ').map((name) => `${folder}/${name}.ts`),
  );
  assert.deepEqual(resident.sort(), expected.sort());
});
