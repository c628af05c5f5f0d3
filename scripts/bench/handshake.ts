/** Measures the whole device program on the rig, once: handshakes, readings, heap. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { probeText } from './probe.ts';

export interface HandshakeCase {
  title: string;
  chain: ServerChainKind;
  deviceKey: ChainKind;
  /** Whether Amazon's five roots are anchors beside the root of the chain. */
  amazon?: true;
}

export const HANDSHAKES: readonly HandshakeCase[] = [
  { title: 'RSA-2048 chain, P-256 device key', chain: 'rsa', deviceKey: 'ecdsa' },
  { title: 'P-256 chain, P-256 device key', chain: 'ecdsa', deviceKey: 'ecdsa' },
  { title: 'RSA-2048 chain, RSA-2048 device key', chain: 'rsa', deviceKey: 'rsa' },
  { title: 'RSA-2048 chain of four, P-256 device key', chain: 'rsa-4', deviceKey: 'ecdsa' },
  { title: 'RSA-2048 chain of old, P-256 device key', chain: 'old', deviceKey: 'ecdsa' },
  { title: 'P-384 chain and key exchange, P-256 device key', chain: 'p384', deviceKey: 'ecdsa' },
  { title: 'RSA-4096 authorities, P-256 device key', chain: 'rsa4096', deviceKey: 'ecdsa' },
];

/** Cases with `"aws"` among the anchors of the config, which show what Amazon's roots cost. Each is measured once. */
export const WITH_AMAZON: readonly HandshakeCase[] = [
  { title: 'below RSA-2048', chain: 'rsa', deviceKey: 'ecdsa', amazon: true },
  { title: 'below RSA-4096, as Amazon Root CA 2', chain: 'rsa4096', deviceKey: 'ecdsa', amazon: true },
  { title: 'P-384 throughout, as Amazon Root CA 4', chain: 'p384', deviceKey: 'ecdsa', amazon: true },
];

export interface HandshakeOptions {
  /** Readings after the second handshake. */
  readings: number;
  /** Number of a layout of the heap; see `probeText()`. */
  layout: number;
  /** Cycles that a miss of the cache in front of the flash costs; 0: the cache is not modelled. */
  xipMiss: number;
}

/** The measurements of one run. */
export interface HandshakeFigures {
  programBytes: number;
  /**
   * ms from TCP connected to the server's Finished accepted: the first time ever, again on the same boot with the same
   * chain, and after a power cut, with that chain from flash.
   */
  firstMs: number;
  againMs: number;
  keptMs: number;
  /** ms of computing from the end of the first connection until the second is dialled. */
  beforeDialMs: number;
  /** ms from power-on until the first reading is acknowledged: on the first boot, and on the one after the power cut. */
  firstReadingMs: number;
  keptReadingMs: number;
  /** Median of the ms of computing between taking a reading and handling its PUBACK. */
  readingMs: number;
  /** Longest turn of the event loop, ms. */
  longestTurnMs: number;
  /** JavaScript heap in bytes: before the first connection, and the highest overall. */
  heapLoaded: number;
  heapPeak: number;
}

export async function measureHandshake(
  { chain, deviceKey, amazon }: HandshakeCase,
  options: HandshakeOptions,
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
    const { thing } = prepared.writeBoardConfig(endpoint.port, SLOW);
    if (amazon === true) {
      const config = JSON.parse(readFileSync(prepared.boardFile, 'utf8')) as { tls: { anchors: string[] } };
      config.tls.anchors.push('aws');
      writeFileSync(prepared.boardFile, JSON.stringify(config));
    }
    const { code, bytes } = await buildProgram({ boardFile: prepared.boardFile, outDir: folder });
    const program = join(folder, 'probed.js');
    const probe = probeText(options.layout);
    // The text replaces as many blanks after the bootstrap, so that everything else stays in its place.
    writeFileSync(program, probe + code.replace(`\0${'\n'.repeat(probe.length)}`, '\0'));
    const server = endpoint;
    const setInterval = (seconds: number): void =>
      server.publish(`kitchen/${thing}/command`, JSON.stringify({ command: 'interval', seconds }));
    return { programBytes: bytes, ...(await run(program, options, setInterval)) };
  } finally {
    await endpoint?.close();
    rmSync(folder, { recursive: true });
  }
}

/** Seconds between readings, as in the example config. */
const SLOW = 60;
/** Seconds between readings while they are measured, after the second handshake. */
const FAST = 1;
/** The device second at which all connections are reset, so that a second handshake follows. The slowest first reading comes at 19. */
const RESET_AT = 25;
/** Seconds from then until the power is cut, without the readings in between. The slowest second handshake takes 10. */
const CUT_AFTER = 20;
/** Seconds by which each reading delays the power cut. */
const A_READING = 1.5;

/** @param setInterval asks the board for a reading every so many seconds */
async function run(
  program: string,
  { readings, xipMiss }: HandshakeOptions,
  setInterval: (seconds: number) => void,
): Promise<Omit<HandshakeFigures, 'programBytes'>> {
  const cutAt = RESET_AT + CUT_AFTER + Math.ceil(A_READING * readings);
  const handshakes: number[] = [];
  const spent: number[] = [];
  let [longestTurnMs, heapLoaded, heapPeak, firstReadingMs, keptReadingMs] = [0, 0, 0, 0, 0];
  let [takenAt, acknowledged, endedAt, beforeDialMs] = [0, 0, -1, 0];
  let asking: NodeJS.Timeout | undefined;
  /** The interval that the board is asked for until it answers: it receives no command until it has subscribed. */
  const ask = (seconds: number): void => {
    clearInterval(asking);
    asking = globalThis.setInterval(setInterval, 500, seconds);
  };
  /** The reading in the previous line, and whether it is the one taken last. */
  let [line, taken, isLast] = ['', '', false];
  const { lines, code, log } = await runOnRig({
    program,
    seconds: cutAt + 60,
    flags: [
      ...['--reset-tcp-at', String(RESET_AT), '--power-cycle-at', String(cutAt)],
      ...(xipMiss > 0 ? ['--xip-miss', String(xipMiss)] : []),
    ],
    onLine: (text, seconds) => {
      const [, name, value] = /^PROBE (\w+) (\d+)$/.exec(text) ?? [];
      if (name === 'turn') longestTurnMs = Math.max(longestTurnMs, Number(value) / 1000);
      else if (name === 'loaded') heapLoaded = Math.max(heapLoaded, Number(value));
      else if (name === 'peak') heapPeak = Math.max(heapPeak, Number(value));
      else if (name === 'ended') endedAt = Number(value);
      else if (name === 'dialling') {
        if (handshakes.length === 1) beforeDialMs = (Number(value) - endedAt) / 1000;
      } else if (name === 'busy') {
        // Readings of a backlog wait for each other, so only one that is answered before the next is taken counts.
        if (!line.includes('acknowledged')) takenAt = Number(value);
        else if (isLast && handshakes.length === 2) spent.push((Number(value) - takenAt) / 1000);
      } else {
        line = text;
        const handshake = /handshake complete in (\d+) ms/.exec(line);
        if (handshake !== null) handshakes.push(Number(handshake[1]));
        if (handshake !== null && handshakes.length === 2) ask(FAST);
        if (line.includes('command answered')) clearInterval(asking);
        const [, seq, end] = / reading (\d+)(:| acknowledged)/.exec(line) ?? [];
        if (end === ':') taken = seq;
        if (end === ' acknowledged') {
          isLast = seq === taken;
          if (handshakes.length === 1 && firstReadingMs === 0) firstReadingMs = 1000 * seconds;
          if (handshakes.length === 2 && isLast) acknowledged += 1;
          if (handshakes.length === 2 && acknowledged === readings + 1) ask(SLOW);
          if (handshakes.length === 3) keptReadingMs = 1000 * (seconds - cutAt);
        }
      }
      // The run ends with the line that tells the peak, which comes after the acknowledgement.
      return keptReadingMs > 0 && name === 'peak';
    },
  });
  clearInterval(asking);
  if (code !== 0 || acknowledged <= readings) {
    const last = lines.at(-1)?.text ?? log.trim();
    throw new UserError(`the rig stopped (exit ${code}) after ${acknowledged} of ${readings} readings: ${last}`);
  }
  const settled = spent.slice(-readings).sort((a, b) => a - b);
  const [firstMs, againMs, keptMs] = handshakes;
  return {
    ...{ firstMs, againMs, keptMs, beforeDialMs, firstReadingMs, keptReadingMs },
    readingMs: settled[settled.length >> 1],
    ...{ longestTurnMs, heapLoaded, heapPeak },
  };
}
