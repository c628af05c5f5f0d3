/**
 * The identity with which the PC watches: a certificate of its own if the broker wants one, otherwise the config's
 * user and password. The client id is always one that no board has, because a broker disconnects the first of two
 * equal ones.
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isAws, readCompleteConfig, type BoardConfig } from '../config/config.ts';
import { readBoardFiles } from '../config/files.ts';
import { targetOf, type Target } from '../config/target.ts';
import { boardOption } from '../lib/boardPaths.ts';
import { EXIT, UserError } from '../lib/cli.ts';

/** The beginning of every watcher's client id, and the common name of a watcher's certificate from `npm run endpoint`. */
export const WATCHER = 'pico-kitchen-watch';

/** Paths of the watcher's certificate and key, beside the board's. */
export function watcherFiles(
  boardFile: string,
  { tls }: Pick<BoardConfig, 'tls'>,
): { certificateFile: string; keyFile: string } {
  const folder = join(dirname(boardFile), dirname(tls.certificate ?? 'certs/none'));
  return { certificateFile: join(folder, 'watcher.crt.pem'), keyFile: join(folder, 'watcher.key.pem') };
}

/** The beginning of all client ids that use a watcher's certificate. @param publicKey SubjectPublicKeyInfo in DER */
export function watcherName(publicKey: Uint8Array): string {
  return `${WATCHER}-${createHash('sha256').update(publicKey).digest('hex').slice(0, 8)}`;
}

export interface Watcher {
  config: BoardConfig;
  target: Target;
}

/**
 * @param given files of `--certificate` and `--key`
 * @throws UserError, ConfigError if the broker wants a certificate and there is none
 */
export function readWatcher(
  boardFile: string,
  given: { certificate: string | undefined; key: string | undefined },
): Watcher {
  if ((given.certificate === undefined) !== (given.key === undefined)) {
    throw new UserError('--certificate and --key go together', EXIT.usage);
  }
  const config = readCompleteConfig(boardFile);
  for (const file of [given.certificate, given.key]) {
    // Otherwise the error would name a field of the config, which has other files.
    if (file !== undefined && !existsSync(file)) throw new UserError(`${file}: not found`);
  }
  const files = given.certificate === undefined ? ownFiles(boardFile, config) : given;
  const { anchors, certificate: boardCertificate } = config.tls;
  const tls =
    files?.certificate === undefined || files.key === undefined
      ? { anchors }
      : { anchors, certificate: resolve(files.certificate), key: resolve(files.key) };
  if (!('certificate' in tls)) {
    if (isAws(config)) {
      const option = boardOption(boardFile);
      throw new UserError(
        `AWS wants a certificate of the watcher's own, not the board's: npm run provision -- --watcher${option} makes one`,
      );
    }
    if (boardCertificate !== undefined && config.endpoint.username === undefined) {
      throw new UserError(
        "the broker wants a certificate, and the board's is only for the board: have the broker's authority make one " +
          'for watching, and name it with --certificate and --key',
      );
    }
  }
  const boardFiles = readBoardFiles({ ...config, tls }, boardFile, Date.now());
  const target = targetOf(config, boardFiles);
  const [certificate] = boardFiles.certificates;
  const name =
    certificate === undefined
      ? `${WATCHER}-${randomBytes(4).toString('hex')}`
      : watcherName(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }));
  // The random end keeps two watchers with the same certificate from disconnecting each other.
  const clientId = `${name}-${randomBytes(2).toString('hex')}`;
  return { config, target: { ...target, mqtt: { ...target.mqtt, clientId } } };
}

function ownFiles(boardFile: string, config: BoardConfig): { certificate: string; key: string } | null {
  const { certificateFile, keyFile } = watcherFiles(boardFile, config);
  return existsSync(certificateFile) && existsSync(keyFile) ? { certificate: certificateFile, key: keyFile } : null;
}
