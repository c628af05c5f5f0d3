/** A kitchen for tests: the very program that is flashed, on a simulated board, and the local endpoint that it reports to. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SimulatedBoard, type SimulatedBoardOptions } from '../../board/simulated/board.ts';
import type { I2cDevice } from '../../board/simulated/devices/i2c.ts';
import { Bme280, Mcp9808, Sht4x, Tmp117 } from '../../board/simulated/devices/sensors.ts';
import { bundleDevice } from '../../scripts/build/link.ts';
import { PARTS } from '../../scripts/build/parts.ts';
import { boardPlugin } from '../../scripts/build/program.ts';
import { boardModule, boardSettings } from '../../scripts/build/settings.ts';
import { telemetryTopic, type BoardConfig } from '../../scripts/config/config.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { Endpoint } from '../../scripts/endpoint/endpoint.ts';
import { prepareFolder, type EndpointFolder } from '../../scripts/endpoint/folder.ts';
import { Ds18b20 } from './ds18b20.ts';

const HOST = 'endpoint.test';

/** Making an RSA chain takes a second: once a process and kind. */
const made = new Map<string, Promise<EndpointFolder>>();

function certificates(kind: 'rsa' | 'ecdsa'): Promise<EndpointFolder> {
  let prepared = made.get(kind);
  if (prepared === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'kitchen-'));
    process.once('exit', () => rmSync(folder, { recursive: true }));
    prepared = prepareFolder({ folder, kind, host: HOST });
    made.set(kind, prepared);
  }
  return prepared;
}

export interface Received {
  seq: number;
  celsius: number;
  time: string | null;
  uptime_s: number;
  /** Marked as sent before. */
  again: boolean;
}

export interface KitchenOptions {
  chain?: 'rsa' | 'ecdsa';
  intervalSeconds?: number;
  /** Changes the board config as it was read. */
  configure?: (config: BoardConfig) => void;
  board?: Partial<SimulatedBoardOptions>;
  /** Takes the connections instead of the endpoint. @param identity of the server @returns its port */
  broker?: (identity: { key: string; cert: string }) => Promise<number>;
}

export class Kitchen {
  readonly board: SimulatedBoard;
  /** Its text, and a folder for it. */
  readonly program: string;
  readonly folder: string;
  endpoint: Endpoint;
  readonly config: BoardConfig;
  /** What came out of the TLS of Node, in order. */
  readonly readings: Received[] = [];
  readonly messages: { topic: string; payload: string }[] = [];
  readonly refusals: string[] = [];
  /** Where connections lead, if not to the endpoint. */
  private port: number | null = null;
  private acknowledgements = 0;
  private searched = 0;
  private readonly prepared: EndpointFolder;

  static async open(options: KitchenOptions = {}): Promise<Kitchen> {
    const { chain = 'rsa', intervalSeconds = 10, configure = () => undefined, board = {} } = options;
    const prepared = await certificates(chain);
    const endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    const config = prepared.writeBoardConfig(endpoint.port, intervalSeconds);
    configure(config);
    const files = readBoardFiles(config, prepared.boardFile, Date.now());
    const settings = boardSettings(config, files, { version: '1.2.3', time: Date.now() });
    const { code } = await bundleDevice({
      entry: resolve('firmware/main.ts'),
      parts: PARTS,
      plugins: [boardPlugin(boardModule(settings))],
    });
    const kitchen = new Kitchen(prepared, endpoint, config, { program: code, clock: 'virtual', ...board });
    if (options.broker !== undefined) kitchen.port = await options.broker({ key: prepared.key, cert: prepared.chain });
    return kitchen;
  }

  private constructor(
    prepared: EndpointFolder,
    endpoint: Endpoint,
    config: BoardConfig,
    board: Omit<SimulatedBoardOptions, 'dial' | 'accessPoint'>,
  ) {
    this.prepared = prepared;
    this.program = board.program;
    this.folder = dirname(prepared.boardFile);
    this.endpoint = endpoint;
    this.config = config;
    this.listen();
    this.board = new SimulatedBoard({
      ...board,
      accessPoint: config.wifi,
      dial: () => ({ port: this.port ?? this.endpoint.port }),
    });
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

  /** Another endpoint takes the place of the first: every connection is gone, and what it knew as well. */
  async restartEndpoint(): Promise<void> {
    const { port } = this.endpoint;
    await this.endpoint.close();
    this.endpoint = await Endpoint.start({ ...this.prepared, port, address: '127.0.0.1' });
    this.listen();
  }

  async close(): Promise<void> {
    this.board.close();
    await this.endpoint.close();
  }

  /** What another client needs to pass for the board. */
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

  /** Plugs a sensor in. @returns what unplugs it (false), and plugs it in again (true) */
  plug(type: string): (plugged: boolean) => void {
    const { board } = this;
    const { environment } = board;
    const attach = (address: number, device: I2cDevice) => (plugged: boolean) => {
      if (plugged) board.i2c.attach(0, address, device);
      else board.i2c.detach(0, address);
    };
    const models: Record<string, () => (plugged: boolean) => void> = {
      tmp117: () => attach(0x48, new Tmp117(environment)),
      mcp9808: () => attach(0x18, new Mcp9808(environment)),
      sht4x: () => attach(0x44, new Sht4x(environment, () => board.seconds * 1e6)),
      bme280: () => attach(0x76, new Bme280(environment)),
      ds18b20: () => (plugged: boolean) => {
        if (plugged) board.pins.attach(15, new Ds18b20(environment));
        else board.pins.detach(15);
      },
    };
    const plug = models[type]();
    plug(true);
    return plug;
  }

  private countAcknowledged(): number {
    // Looked for from where the last was found: this is asked for at every turn of a board's hours.
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
      if (topic === telemetryTopic(this.config)) {
        this.readings.push({ ...(JSON.parse(payload.toString()) as Omit<Received, 'again'>), again: false });
      } else {
        this.messages.push({ topic, payload: payload.toString() });
      }
    });
    endpoint.on('refused', ({ who, why }) => void this.refusals.push(`${who}: ${why}`));
  }
}
