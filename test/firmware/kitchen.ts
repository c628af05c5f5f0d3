/**
 * A kitchen for tests: the program as it is flashed, on a simulated board or on the real engine, and the local
 * endpoint that it publishes to.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { SimulatedBoard, type SimulatedBoardOptions } from '../../scripts/simulator/simulatedBoard.ts';
import type { Environment } from '../../scripts/simulator/devices/sensors.ts';
import { areaText } from '../../scripts/image/area.ts';
import { buildImage, partsOf } from '../../scripts/image/program.ts';
import { boardSettings, settingsText } from '../../scripts/image/settings.ts';
import { checkBoardConfig, type BoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { sensorsOf } from '../../scripts/config/sensors.ts';
import { readingTopics } from '../../scripts/config/topics.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import {
  encodeKeyPem,
  encodePem,
  makeDeviceIdentity,
  type ChainKind,
  type ServerChainKind,
} from '../../scripts/lib/certificates.ts';
import { sharedFolder } from '../support/shared.ts';
import type { KitchenBoard } from './kitchenBoard.ts';
import { plugIn, type PluggedSensor } from './plugIn.ts';
import { RigBoard } from './rig/rigBoard.ts';

const HOST = 'endpoint.test';
const FOLDERS = mkdtempSync(join(tmpdir(), 'kitchens-'));
process.once('exit', () => rmSync(FOLDERS, { recursive: true }));

/** A folder of its own for each kitchen, with certificates that all share: an RSA chain takes a second to make. */
async function certificates(kind: ServerChainKind, deviceKey: ChainKind): Promise<EndpointFolder> {
  const shared = await sharedFolder(`certificates ${kind} ${deviceKey}`, async (folder) => {
    const ready = await prepareFolder({ folder, kind, host: HOST });
    if (deviceKey === 'rsa') await makeRsaDevice(folder, ready);
  });
  const folder = mkdtempSync(join(FOLDERS, 'one-'));
  cpSync(shared, folder, { recursive: true });
  return prepareFolder({ folder, kind, host: HOST });
}

/** Puts a device with an RSA key in the place of the folder's. */
async function makeRsaDevice(folder: string, { deviceAuthority }: EndpointFolder): Promise<void> {
  const { key, certificate, authority } = await makeDeviceIdentity({ thing: 'kitchen-1', kind: 'rsa' });
  writeFileSync(join(folder, 'device.key.pem'), encodeKeyPem(key));
  writeFileSync(join(folder, 'device.crt.pem'), encodePem('CERTIFICATE', certificate));
  writeFileSync(join(folder, 'device-authority.crt.pem'), encodePem('CERTIFICATE', authority) + deviceAuthority);
}

/** When the settings were made, ms since 1970. */
const MADE = Date.now();

/** @returns the program's text */
async function program(parts: ReturnType<typeof partsOf>, instead: Record<string, string>): Promise<string> {
  const folder = await sharedFolder(`program ${JSON.stringify([parts, instead])}`, async (folder) => {
    const plugins = Object.keys(instead).length === 0 ? [] : [replacing(instead)];
    const { text } = await buildImage({ ...parts, version: '1.2.3', now: MADE, plugins });
    writeFileSync(join(folder, 'program.js'), text);
  });
  return readFileSync(join(folder, 'program.js'), 'utf8');
}

export interface Received {
  seq: number;
  sensor?: string | null;
  celsius: number;
  time: string | null;
  uptime_s: number;
  /** Marked as sent before. */
  again: boolean;
}

export interface KitchenOptions {
  chain?: ServerChainKind;
  deviceKey?: ChainKind;
  intervalSeconds?: number;
  /** In place of the chip's own; on the rig a TMP117 only. */
  sensor?: PluggedSensor;
  /** In place of `sensor`: those of a config, which are plugged in. */
  sensors?: object[];
  alarms?: object[];
  /** The surroundings that the sensors of those indexes measure; the board's, if absent. */
  environments?: (Environment | undefined)[];
  /** Texts in place of modules of the program, by their names in `firmware/`. */
  instead?: Record<string, string>;
  /** Changes the board config as it was read. */
  configure?: (config: BoardConfig) => void;
  /** Public keys of the settings. */
  updateKeys?: string[];
  board?: Partial<SimulatedBoardOptions>;
  /** On the rig: ms by which each turn of Kaluma's loop is lengthened. */
  pauseMillis?: number;
  /** On the rig: look for what goes wrong in Kaluma's C heap. */
  watchMalloc?: boolean;
  /**
   * Takes the connections instead of the endpoint.
   * @param identity of the server
   * @param endpoint port of the endpoint
   * @returns its port
   */
  broker?: (identity: { key: string; cert: string }, endpoint: number) => Promise<number>;
}

/** The parts of a kitchen that exist before the board does. */
interface Furnished {
  prepared: EndpointFolder;
  endpoint: Endpoint;
  config: BoardConfig;
  program: string;
}

async function furnish(options: KitchenOptions): Promise<Furnished> {
  const {
    chain = 'rsa',
    deviceKey = 'ecdsa',
    intervalSeconds = 10,
    sensor: type,
    sensors,
    alarms,
    configure = () => undefined,
    updateKeys = [],
  } = options;
  const prepared = await certificates(chain, deviceKey);
  const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
  const written = prepared.writeBoardConfig(endpoint.port, intervalSeconds);
  const { sensor, ...others } = written;
  const chosen = sensors === undefined ? { sensor: type === undefined ? sensor : { type } } : { sensors };
  const config = checkBoardConfig({ ...others, ...chosen, ...(alarms && { alarms }) }, prepared.boardFile);
  configure(config);
  const files = readBoardFiles(config, prepared.boardFile, Date.now());
  const text = await program(partsOf(config), options.instead ?? {}).catch(async (error: unknown) => {
    // An open endpoint would keep the test from ending.
    await endpoint.close();
    throw error;
  });
  const settings = settingsText(boardSettings(config, files, MADE, updateKeys));
  return { prepared, endpoint, config, program: areaText(settings, text) };
}

function replacing(instead: Record<string, string>): Plugin {
  return {
    name: 'replacing',
    setup(build) {
      for (const [name, contents] of Object.entries(instead)) {
        build.onLoad({ filter: new RegExp(`/firmware/${name}$`) }, () => ({ contents, loader: 'ts' }));
      }
    },
  };
}

export class Kitchen<B extends KitchenBoard = SimulatedBoard> {
  readonly board: B;
  /** Its text, and a folder for it. */
  readonly program: string;
  readonly folder: string;
  endpoint: Endpoint;
  readonly config: BoardConfig;
  /** Unplugs the sensor of an index, the first unless given (false), and plugs it in again (true). */
  readonly plug: (plugged: boolean, index?: number) => void;
  /** The plaintext from Node's TLS, in order. */
  readonly readings: Received[] = [];
  readonly messages: { topic: string; payload: string }[] = [];
  readonly refusals: string[] = [];
  private acknowledgements = 0;
  private searched = 0;
  private readonly prepared: EndpointFolder;

  static async open(options: KitchenOptions = {}): Promise<Kitchen> {
    const { board = {}, broker } = options;
    const furnished = await furnish(options);
    const { program, config, endpoint, prepared } = furnished;
    const port = (await broker?.({ key: prepared.key, cert: prepared.chain }, endpoint.port)) ?? endpoint.port;
    const own = config.endpoint.port;
    const simulated = new SimulatedBoard({
      program,
      clock: 'virtual',
      ...board,
      accessPoint: config.wifi,
      // Another port than the config's is another endpoint's.
      dial: (_host, dialled) => ({ port: dialled === own ? port : dialled }),
    });
    return new Kitchen(furnished, simulated, plugIn(simulated, sensorsOf(config), options.environments));
  }

  /** With the real engine; only where `rigMissing()` is null. */
  static async openOnRig(options: Omit<KitchenOptions, 'board'> = {}): Promise<Kitchen<RigBoard>> {
    const furnished = await furnish(options);
    const { program, config, endpoint, prepared } = furnished;
    const { pauseMillis = 3, watchMalloc = false, broker } = options;
    const dialled = endpoint.port;
    const port = (await broker?.({ key: prepared.key, cert: prepared.chain }, dialled)) ?? dialled;
    const { password } = config.wifi;
    const board = await RigBoard.boot({ program, password, dialled, port, pauseMillis, watchMalloc });
    return new Kitchen(furnished, board, (plugged) => (board.faults.tmp117IsPlugged = plugged));
  }

  private constructor({ prepared, endpoint, config, program }: Furnished, board: B, plug: Kitchen['plug']) {
    this.plug = plug;
    this.prepared = prepared;
    this.program = program;
    this.folder = dirname(prepared.boardFile);
    this.endpoint = endpoint;
    this.config = config;
    this.board = board;
    this.listen();
  }

  /** Lines of the board's log, from one of its places on. */
  lines(from = 0): string[] {
    return this.board.serial.slice(from).split('\n').slice(0, -1);
  }

  /** Waits until so many more readings are acknowledged. */
  async acknowledged(count: number, limitSeconds = 60): Promise<void> {
    const before = this.countAcknowledged();
    await this.board.runUntil(() => this.countAcknowledged() >= before + count, { limitSeconds });
  }

  /**
   * Replaces the endpoint by another one: all connections end, and its state is lost.
   * @param identity in place of the first one's, PEM
   */
  async restartEndpoint(identity: { key?: string; chain?: string; deviceAuthority?: string } = {}): Promise<void> {
    const { port } = this.endpoint;
    await this.endpoint.close();
    this.endpoint = await Endpoint.start({ ...this.prepared, ...identity, port, address: '127.0.0.1' });
    this.listen();
  }

  async close(): Promise<void> {
    this.board.close();
    await this.endpoint.close();
  }

  /** The files that another client needs to act as the board. */
  twin(): { key: string; certificate: string; port: number; host: string } {
    const read = (name: string): string => readFileSync(join(this.folder, name), 'utf8');
    return {
      key: read('device.key.pem'),
      certificate: read('device.crt.pem'),
      port: this.endpoint.port,
      host: this.prepared.host,
    };
  }

  /** Numbers of the readings that the board says it took. */
  taken(): number[] {
    return [...this.board.serial.matchAll(/ sensor reading (\d+): /g)].map(([, seq]) => Number(seq));
  }

  /** How many readings the board says it dropped. */
  dropped(): number {
    return [...this.board.serial.matchAll(/ full: the (\d+) oldest/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  }

  private countAcknowledged(): number {
    // The search begins where the last one ended, because it runs at every turn of a board's hours.
    for (;;) {
      const at = this.board.serial.indexOf(' acknowledged\n', this.searched);
      if (at < 0) return this.acknowledgements;
      this.acknowledgements += 1;
      this.searched = at + 1;
    }
  }

  private listen(): void {
    const { endpoint } = this;
    endpoint.on('reading', ({ reading, again }) => {
      this.readings.push({ ...(reading as unknown as Omit<Received, 'again'>), again });
    });
    endpoint.on('message', ({ topic, payload }) => {
      // The endpoint takes a reading without a time for some other message.
      if (readingTopics(this.config).includes(topic)) {
        this.readings.push({ ...(JSON.parse(payload.toString()) as Omit<Received, 'again'>), again: false });
      } else {
        this.messages.push({ topic, payload: payload.toString() });
      }
    });
    endpoint.on('refused', ({ who, why }) => void this.refusals.push(`${who}: ${why}`));
  }
}
