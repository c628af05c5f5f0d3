/** TLS servers that others wrote, run as programs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { after } from 'node:test';

/** The path of a program; mosquitto is in a folder that is not in everybody's PATH. */
function find(program: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    try {
      const path = join(folder, program);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** @returns why tests that need these are skipped; false if all are there */
export function missing(...programs: string[]): string | false {
  const lacking = programs.filter((program) => find(program) === null);
  return lacking.length === 0 ? false : `not installed: ${lacking.join(', ')} (.ci/run names the Debian packages)`;
}

/** How long a server may take to start, or to say what is awaited, in ms. */
const PATIENCE = 20_000;

export class Program {
  /** The output so far, errors included. */
  output = '';
  private readonly child: ChildProcess;
  private wake: () => void = () => undefined;
  private ended = false;

  constructor(program: string, args: string[]) {
    // node:events would throw for a program that is not there; tests are skipped before.
    this.child = spawn(isAbsolute(program) ? program : (find(program) ?? program), args, { stdio: 'pipe' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('latin1').on('data', (text: string) => {
        this.output += text;
        this.wake();
      });
    }
    this.child.on('exit', () => {
      this.ended = true;
      this.wake();
    });
    this.child.stdin?.on('error', () => undefined);
    after(() => this.kill());
  }

  /** Types into it. */
  write(text: string | Uint8Array): void {
    this.child.stdin?.write(text);
  }

  /** Waits until it has written what `pattern` matches. @throws Error with its output if it does not */
  async says(pattern: RegExp): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!pattern.test(this.output)) {
      if (this.ended || Date.now() > end) throw new Error(`expected ${pattern}, got:\n${this.output.slice(-4000)}`);
      const timer = setTimeout(() => this.wake(), PATIENCE);
      await new Promise<void>((resolve) => (this.wake = resolve));
      clearTimeout(timer);
    }
  }

  /** Waits for its end. @throws Error unless it went well */
  async ends(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.child.exitCode !== 0) throw new Error(`${this.child.spawnfile} failed:\n${this.output}`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** A port that nobody listened on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A folder for a server's files, gone after the tests. @returns writes one of them, and gives its path */
export async function folder(): Promise<(name: string, content: string) => Promise<string>> {
  const path = await mkdtemp(join(tmpdir(), 'pico-kitchen-interop-'));
  after(() => rm(path, { recursive: true, force: true }));
  return async (name, content) => {
    const file = join(path, name);
    await writeFile(file, content);
    return file;
  };
}

/** Handles the bytes that come from one side of a relay; `send` hands some on to the other side. */
type Carry = (bytes: Buffer, send: (bytes: Uint8Array) => void) => void;

/** @param carryFor is asked for each connection: to the server, and from it @returns the relay's port */
async function relay(port: number, carryFor: () => { up: Carry; down: Carry }): Promise<number> {
  const sockets = new Set<Socket>();
  /** Hands on one piece after the other, each in a segment of its own. */
  const pipe = (from: Socket, to: Socket, carry: Carry): void => {
    const waiting: Uint8Array[] = [];
    let isRunning = false;
    const next = (): void => {
      const piece = waiting.shift();
      isRunning = piece !== undefined;
      if (piece === undefined) return;
      to.write(piece);
      setImmediate(next);
    };
    from.on('data', (bytes: Buffer) => {
      carry(bytes, (piece) => void waiting.push(piece));
      if (!isRunning) next();
    });
    from.on('error', () => to.destroy());
    from.on('end', function end() {
      if (isRunning) setImmediate(end);
      else to.end();
    });
    sockets.add(from);
  };
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    const { up, down } = carryFor();
    pipe(client, server, up);
    pipe(server, client, down);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return (listener.address() as AddressInfo).port;
}

/** A relay that hands on every byte in a TCP segment of its own, both ways. @returns its port */
export function choppingRelay(port: number): Promise<number> {
  const chop: Carry = (bytes, send) => {
    for (const byte of bytes) send(Uint8Array.of(byte));
  };
  return relay(port, () => ({ up: chop, down: chop }));
}

/**
 * A relay that puts the server's first flight, up to ServerHelloDone, into other records: of `size` bytes, whatever
 * messages they cut or join. No key protects them yet, and the transcript knows nothing of records.
 * @returns its port
 */
export function reframingRelay(port: number, size: number): Promise<number> {
  const reframe = (): Carry => {
    let waiting = Buffer.alloc(0);
    let isDone = false;
    return (bytes, send) => {
      if (isDone) return send(bytes);
      waiting = Buffer.concat([waiting, bytes]);
      let content = Buffer.alloc(0);
      for (let at = 0; at + 5 <= waiting.length; at += 5 + waiting.readUInt16BE(at + 3)) {
        content = Buffer.concat([content, waiting.subarray(at + 5, at + 5 + waiting.readUInt16BE(at + 3))]);
      }
      isDone = content.subarray(-4).equals(Buffer.of(14, 0, 0, 0));
      if (!isDone) return;
      for (let at = 0; at < content.length; at += size) {
        const fragment = content.subarray(at, at + size);
        send(Buffer.concat([Buffer.of(22, 3, 3, fragment.length >> 8, fragment.length & 255), fragment]));
      }
    };
  };
  return relay(port, () => ({ up: (bytes, send) => send(bytes), down: reframe() }));
}
