/** The checks that need no network: config, key and certificate, dates. */
import { X509Certificate } from 'node:crypto';
import { isAws, readConfigForBoard, type BoardConfig } from '../config/config.ts';
import { readBoardFiles, type BoardFiles } from '../config/files.ts';
import { nameForPeople } from '../lib/names.ts';
import { HopError, type Passed } from './walk.ts';

const DAY = 86_400_000;
/** A certificate that expires within this many days is reported as urgent. */
const SOON = 30;

export function checkConfig(file: string): Passed<BoardConfig> {
  const config = readConfigForBoard(file);
  const { endpoint, thing } = config;
  return { value: config, detail: `${file}: ${thing} publishes to ${endpoint.host}, port ${endpoint.port}` };
}

/** Reads the files as the build does. The next hop checks their dates. */
export function checkKey(config: BoardConfig, file: string): Passed<void> {
  const { certificates, key } = readBoardFiles(config, file, null);
  if (key !== null) {
    const kind = key.asymmetricKeyType === 'rsa' ? 'RSA' : 'P-256';
    const detail = `the ${kind} key fits the certificate of ${nameForPeople(certificates[0])}`;
    return { value: undefined, detail };
  }
  if (!isAws(config)) return { value: undefined, detail: 'the config names no certificate, so none is sent' };
  throw new HopError('the config names no certificate, and AWS requires one', [
    'npm run provision makes key and certificate, and names them in the config',
  ]);
}

export function checkDates(config: BoardConfig, file: string, now: number): Passed<BoardFiles> {
  const files = readBoardFiles(config, file, now);
  const ends = [...files.certificates.slice(0, 1), ...files.anchors].map((der) => {
    const { validTo } = new X509Certificate(der);
    return { name: nameForPeople(der), date: new Date(validTo).toISOString().slice(0, 10), at: Date.parse(validTo) };
  });
  // The board does not check the dates of anchors, because a person chose them.
  const past = ends
    .filter(({ at }) => at < now)
    .map(({ name, date }) => `${name} ended on ${date}, which does not matter for a root`);
  const ahead = ends.filter(({ at }) => at >= now);
  if (ahead.length === 0) return { value: files, detail: past.join('; ') };
  const first = ahead.reduce((a, b) => (b.at < a.at ? b : a));
  const days = Math.floor((first.at - now) / DAY);
  const hurry = days < SOON ? `; only ${days} days are left: make a new one` : '';
  const valid = `${past.length === 0 ? 'all are valid now' : past.join('; ')}; the first to end is ${first.name}`;
  return { value: files, detail: `${valid}, on ${first.date}${hurry}` };
}
