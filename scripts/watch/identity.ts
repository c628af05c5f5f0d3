/**
 * As whom the PC watches: with a certificate of its own where the broker wants one, else with the config's user and
 * password; and always under a client id that no board has, because a broker throws out the older of two.
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isAws, readCompleteConfig, type BoardConfig } from '../config/config.ts';
import { readBoardFiles } from '../config/files.ts';
import { targetOf, type Target } from '../config/target.ts';
import { boardOption } from '../lib/boards.ts';
import { EXIT, UserError } from '../lib/cli.ts';

/** Begins the client id of everybody who watches. */
export const WATCHER_PREFIX = 'pico-kitchen-watch-';

/** Where the watcher's certificate and key are: beside the board's. */
export function watcherFiles(
  boardFile: string,
  { tls }: Pick<BoardConfig, 'tls'>,
): { certificateFile: string; keyFile: string } {
  const folder = join(dirname(boardFile), dirname(tls.certificate ?? 'certs/none'));
  return { certificateFile: join(folder, 'watcher.crt.pem'), keyFile: join(folder, 'watcher.key.pem') };
}

/** With what all client ids of a watcher's certificate begin. @param publicKey SubjectPublicKeyInfo in DER */
export function watcherName(publicKey: Uint8Array): string {
  return WATCHER_PREFIX + createHash('sha256').update(publicKey).digest('hex').slice(0, 8);
}

export interface Watcher {
  config: BoardConfig;
  target: Target;
}

/**
 * @param given file names of `--certificate` and `--key`
 * @throws UserError, ConfigError if there is nothing to show to a broker that wants it
 */
export function readWatcher(
  boardFile: string,
  given: { certificate: string | undefined; key: string | undefined },
): Watcher {
  if ((given.certificate === undefined) !== (given.key === undefined)) {
    throw new UserError('--certificate and --key go together', EXIT.usage);
  }
  const config = readCompleteConfig(boardFile);
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
        `AWS wants a certificate from who watches, another than the board's: npm run provision -- --watcher${option} makes one`,
      );
    }
    if (boardCertificate !== undefined && config.endpoint.username === undefined) {
      throw new UserError(
        "the broker wants a certificate, and the board's is for the board alone: have the broker's authority make one " +
          'for watching, and name it with --certificate and --key',
      );
    }
  }
  const boardFiles = readBoardFiles({ ...config, tls }, boardFile, Date.now());
  const target = targetOf(config, boardFiles);
  const [certificate] = boardFiles.certificates;
  const name =
    certificate === undefined
      ? WATCHER_PREFIX + randomBytes(4).toString('hex')
      : watcherName(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }));
  // Two who watch with the same certificate do not throw each other out.
  const clientId = `${name}-${randomBytes(2).toString('hex')}`;
  return { config, target: { ...target, mqtt: { ...target.mqtt, clientId } } };
}

function ownFiles(boardFile: string, config: BoardConfig): { certificate: string; key: string } | null {
  const { certificateFile, keyFile } = watcherFiles(boardFile, config);
  return existsSync(certificateFile) && existsSync(keyFile) ? { certificate: certificateFile, key: keyFile } : null;
}
