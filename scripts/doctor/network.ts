/** Looks up the endpoint's name and makes a TCP connection. IPv4 only, as on the board. */
import { readFileSync } from 'node:fs';
import { lookup, Resolver } from 'node:dns/promises';
import { hostname } from 'node:os';
import { connect, isIPv4, type Socket } from 'node:net';
import { isAws, type BoardConfig } from '../config/config.ts';
import { systemProblem } from '../lib/cli.ts';
import { HopError, type Passed } from './walk.ts';

/** @param given dialled in place of the address in DNS */
export async function resolveHost(config: BoardConfig, given: string | undefined): Promise<Passed<string[]>> {
  const { host } = config.endpoint;
  if (given !== undefined) return { value: [given], detail: `${host} was not looked up; ${given} was given` };
  if (isIPv4(host)) return { value: [host], detail: `${host} is an address; there is no name to look up` };
  try {
    const found = await lookup(host, { family: 4, all: true });
    const addresses = found.map(({ address }) => address);
    if (await isKnownHereOnly(host)) throw knownHereOnly(host, addresses[0]);
    return { value: addresses, detail: `${host} is ${addresses.join(', ')}` };
  } catch (error) {
    if (error instanceof HopError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const what = code === 'EAI_AGAIN' ? 'no DNS server answers' : `the name does not resolve (${code})`;
    throw new HopError(`${host}: ${what}`, dnsCauses(config, code));
  }
}

/**
 * Whether only this PC knows a name, as its own or from its hosts file, and no DNS server does. The board asks only
 * the DNS server that the router names.
 */
async function isKnownHereOnly(host: string): Promise<boolean> {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name !== hostname().toLowerCase() && !hostsFileNames().includes(name)) return false;
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  // Not servers on this PC, because these would answer from the hosts file.
  const servers = resolver.getServers().filter((server) => !/^(127\.|\[?::1)/.test(server));
  if (servers.length === 0) return true;
  resolver.setServers(servers);
  try {
    return (await resolver.resolve4(host)).length === 0;
  } catch {
    return true;
  }
}

function hostsFileNames(): string[] {
  const file =
    process.platform === 'win32'
      ? `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
      : '/etc/hosts';
  try {
    const lines = readFileSync(file, 'utf8').toLowerCase().split('\n');
    return lines.flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  } catch {
    return [];
  }
}

function knownHereOnly(host: string, address: string): HopError {
  return new HopError(`${host}: only this PC knows the name (${address}), no DNS server does`, [
    "the name is this PC's own, or is in its hosts file, which the board does not see: set endpoint.host to the " +
      "machine's IPv4 address in your network and have its certificate name that, or give the machine a name in your router",
  ]);
}

function dnsCauses(config: BoardConfig, code: string): string[] {
  const offline = 'this PC is offline, or its DNS server cannot be reached';
  if (code === 'EAI_AGAIN') return [offline];
  return [
    isAws(config)
      ? 'endpoint.host is mistyped: aws iot describe-endpoint --endpoint-type iot:Data-ATS prints the right one'
      : 'endpoint.host is mistyped, or only known in another network: give its address with --address',
    offline,
    'the name has no IPv4 address; the board has no IPv6',
  ];
}

/** @param patience ms for each address */
export async function dialTcp(config: BoardConfig, addresses: string[], patience: number): Promise<Passed<Socket>> {
  const { port } = config.endpoint;
  let problem: unknown = null;
  for (const address of addresses) {
    try {
      const start = performance.now();
      const socket = await dial(address, port, patience);
      const ms = Math.round(performance.now() - start);
      return { value: socket, detail: `connected to ${address}, port ${port}, in ${ms} ms` };
    } catch (error) {
      problem = error;
    }
  }
  throw new HopError(`${addresses.join(', ')}, port ${port}: ${systemProblem(problem)}`, tcpCauses(config, problem));
}

function dial(host: string, port: number, patience: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect({ host, port, noDelay: true, timeout: patience });
    const giveUp = (error: Error): void => {
      socket.destroy();
      fail(error);
    };
    socket.once('error', giveUp);
    socket.once('timeout', () => giveUp(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once('connect', () => {
      socket.off('error', giveUp);
      socket.setTimeout(0).removeAllListeners('timeout');
      done(socket);
    });
  });
}

/** The likely causes of a failed connection, the likeliest first. */
export function tcpCauses(config: BoardConfig, problem: unknown): string[] {
  const { port } = config.endpoint;
  const isAmazon = isAws(config);
  const code = problem instanceof Error && 'code' in problem ? problem.code : '';
  const local = 'the endpoint is not running: npm run endpoint starts the local one';
  if (code === 'ECONNREFUSED' && !isAmazon) return [local, 'endpoint.port is wrong'];
  if (code === 'ECONNREFUSED' && port !== 8883 && port !== 443) {
    return [`AWS listens on 8883 and 443, not on ${port}: set endpoint.port to one of them`];
  }
  const firewall = `a firewall in between ${code === 'ECONNREFUSED' ? 'refuses' : 'drops'} port ${port}`;
  return [
    isAmazon && port !== 443 ? `${firewall}: AWS offers the same on 443: set endpoint.port to it` : firewall,
    ...(code === 'ECONNREFUSED' ? [] : ['this PC is offline']),
    ...(isAmazon ? [] : [local]),
  ];
}
