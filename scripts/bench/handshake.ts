/** Measures the whole device program on the rig: handshakes, readings, heap. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../image/program.ts';
import { Endpoint } from '../endpoint/localEndpoint.ts';
import { prepareFolder } from '../endpoint/folder.ts';
import {
  encodeKeyPem,
  encodePem,
  makeDeviceIdentity,
  type ChainKind,
  type ServerChainKind,
} from '../lib/certificates.ts';
import { UserError } from '../lib/cli.ts';
import { runOnRig } from '../lib/rig.ts';

export interface HandshakeCase {
  title: string;
  chain: ServerChainKind;
  deviceKey: ChainKind;
}

export const HANDSHAKES: readonly HandshakeCase[] = [
  { title: 'RSA-2048 chain, P-256 device key', chain: 'rsa', deviceKey: 'ecdsa' },
  { title: 'P-256 chain, P-256 device key', chain: 'ecdsa', deviceKey: 'ecdsa' },
  { title: 'RSA-2048 chain, RSA-2048 device key', chain: 'rsa', deviceKey: 'rsa' },
  { title: 'RSA-2048 chain of old, P-256 device key', chain: 'old', deviceKey: 'ecdsa' },
  { title: 'P-384 chain and key exchange, P-256 device key', chain: 'p384', deviceKey: 'ecdsa' },
  { title: 'RSA-4096 authorities, P-256 device key', chain: 'rsa4096', deviceKey: 'ecdsa' },
];

export interface HandshakeFigures {
  title: string;
  programBytes: number;
  /**
   * ms from TCP connected to the server's Finished accepted: the first time since boot, and again with the same
   * chain.
   */
  firstMs: number;
  againMs: number;
  /** ms from power-on until the first reading is acknowledged. */
  firstReadingMs: number;
  /** Median of the ms of computing between taking a reading and handling its PUBACK. */
  readingMs: number;
  /** Longest turn of the event loop, ms. */
  longestTurnMs: number;
  /** JavaScript heap in bytes: before the first connection, and the highest overall. */
  heapLoaded: number;
  heapPeak: number;
  readings: number;
}

/**
 * Text in front of the program, which prints its measurements on lines of their own. It wraps the timers to count the
 * time that the program computes, because Kaluma calls everything but the reception of bytes from timers. Asking for
 * an array that does not fit makes the engine collect its garbage.
 */
const PROBE = `(() => {
  const { setInterval, console, micros, process } = globalThis;
  const log = console.log;
  let busy = 0, turn = 0, start = 0, joined = false;
  globalThis.setInterval = (f, ms) => setInterval(() => {
    start = micros();
    try { f(); } finally {
      const spent = micros() - start;
      busy += spent;
      if (spent > turn) { turn = spent; log('PROBE turn ' + turn); }
    }
  }, ms);
  console.log = (text) => {
    log(text);
    if (!joined && text.includes(' wifi ')) { joined = true; new Array(50000); log('PROBE loaded ' + process.memoryUsage().heapUsed); }
    if (text.includes(' reading ')) log('PROBE busy ' + (busy + micros() - start));
    if (text.includes('acknowledged')) log('PROBE peak ' + process.memoryUsage().heapPeak);
  };
})();
`;

/** @param readings after the second handshake */
export async function measureHandshake(
  { title, chain, deviceKey }: HandshakeCase,
  readings: number,
): Promise<HandshakeFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  let endpoint: Endpoint | undefined;
  try {
    const prepared = await prepareFolder({ folder, kind: chain, host: 'endpoint.test' });
    let { deviceAuthority } = prepared;
    if (deviceKey === 'rsa') {
      const { key, certificate, authority } = await makeDeviceIdentity({ thing: 'kitchen-1', kind: 'rsa' });
      writeFileSync(join(folder, 'device.key.pem'), encodeKeyPem(key));
      writeFileSync(join(folder, 'device.crt.pem'), encodePem('CERTIFICATE', certificate));
      deviceAuthority = encodePem('CERTIFICATE', authority);
    }
    const groups = chain === 'p384' ? { groups: 'secp384r1:prime256v1' } : {};
    endpoint = await Endpoint.start({ ...prepared, ...groups, deviceAuthority, port: 0, address: '127.0.0.1' });
    const { thing } = prepared.writeBoardConfig(endpoint.port, HANDSHAKE_INTERVAL);
    const { code, bytes } = await buildProgram({ boardFile: prepared.boardFile, outDir: folder });
    const program = join(folder, 'probed.js');
    // The text replaces as many blanks after the bootstrap, so that everything else stays in its place.
    writeFileSync(program, PROBE + code.replace(`\0${'\n'.repeat(PROBE.length)}`, '\0'));
    const server = endpoint;
    const hurry = (): void => server.publish(`kitchen/${thing}/command`, '{"command":"interval","seconds":1}');
    return { title, programBytes: bytes, ...(await run(program, readings, hurry)) };
  } finally {
    await endpoint?.close();
    rmSync(folder, { recursive: true });
  }
}

/** Seconds between readings until both handshakes are done, as in the example config; then the broker asks for more. */
const HANDSHAKE_INTERVAL = 60;
/** The device second at which all connections are reset, so that a second handshake follows. */
const RESET_AT = 20;

/** @param hurry asks the board for a reading a second */
async function run(
  program: string,
  readings: number,
  hurry: () => void,
): Promise<Omit<HandshakeFigures, 'title' | 'programBytes'>> {
  const handshakes: number[] = [];
  const spent: number[] = [];
  let [longestTurnMs, heapLoaded, heapPeak, firstReadingMs, takenAt, acknowledged] = [0, 0, 0, 0, 0, 0];
  let haste: NodeJS.Timeout | undefined;
  /** The reading in the previous line, and whether it is the one taken last. */
  let [line, taken, isLast] = ['', '', false];
  const { lines, code, log } = await runOnRig({
    program,
    seconds: RESET_AT + 60 + 2 * readings,
    flags: ['--reset-tcp-at', String(RESET_AT)],
    onLine: (text, seconds) => {
      const [, name, value] = /^PROBE (\w+) (\d+)$/.exec(text) ?? [];
      if (name === 'turn') longestTurnMs = Number(value) / 1000;
      else if (name === 'loaded') heapLoaded = Number(value);
      else if (name === 'peak') heapPeak = Math.max(heapPeak, Number(value));
      else if (name === 'busy') {
        // Readings of a backlog wait for each other, so only one that is answered before the next is taken counts.
        if (!line.includes('acknowledged')) takenAt = Number(value);
        else if (isLast) spent.push((Number(value) - takenAt) / 1000);
      } else {
        line = text;
        const handshake = /handshake complete in (\d+) ms/.exec(line);
        if (handshake !== null) handshakes.push(Number(handshake[1]));
        // The board receives no command until it has subscribed.
        if (handshake !== null && handshakes.length === 2) haste = setInterval(hurry, 500);
        if (line.includes('command answered')) clearInterval(haste);
        const [, seq, end] = / reading (\d+)(:| acknowledged)/.exec(line) ?? [];
        if (end === ':') taken = seq;
        if (end === ' acknowledged') {
          isLast = seq === taken;
          if (firstReadingMs === 0) firstReadingMs = 1000 * seconds;
          if (handshakes.length > 1 && isLast) acknowledged += 1;
        }
      }
      return acknowledged > readings;
    },
  });
  clearInterval(haste);
  if (code !== 0) {
    throw new UserError(
      `the rig stopped (exit ${code}) before ${readings} readings: ${lines.at(-1)?.text ?? log.trim()}`,
    );
  }
  const settled = spent.slice(-readings).sort((a, b) => a - b);
  return {
    firstMs: handshakes[0],
    againMs: handshakes[1],
    firstReadingMs,
    readingMs: settled[settled.length >> 1],
    longestTurnMs,
    heapLoaded,
    heapPeak,
    readings,
  };
}
