/** The endpoint that a config names, against the account's own. */
import { isAwsEndpoint, isPlaceholder, type BoardConfig } from '../config/config.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import type { Board } from './oneBoard.ts';

/** The region in the name of an endpoint of AWS; undefined for another host, and for the example's. */
export function regionOf(host: string): string | undefined {
  if (isPlaceholder(host)) return undefined;
  return /\.iot\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/i.exec(host)?.[1];
}

/** @throws UserError for what is no region's name; it becomes part of commands. */
export function checkRegion(region: string | undefined): void {
  if (region === undefined || /^[a-z0-9-]+$/.test(region)) return;
  throw new UserError(
    `--region: found ${JSON.stringify(region)}; wanted a region's name, such as eu-west-1`,
    EXIT.usage,
  );
}

/** @throws UserError for a config whose broker does not take AWS's certificates */
export function refuseOtherBroker(file: string, config: BoardConfig): void {
  if (isAwsEndpoint(config)) return;
  throw new UserError(
    `${file}: endpoint.host is ${config.endpoint.host}, not AWS IoT Core's, and AWS's certificates are of no use there: ` +
      "have that broker's own authority make one, and name it and its key in tls.certificate and tls.key; leave both out " +
      'if the broker wants none. --replace-endpoint takes AWS instead',
  );
}

/**
 * A config that names another endpoint is most often a sign of the wrong region or account, where everything would be
 * made in vain.
 * @throws UserError for a host that is neither the account's nor the example's
 */
export function refuseOtherHost(board: Board, host: string, region: string): void {
  const found = board.config.endpoint.host;
  if (found.toLowerCase() === host.toLowerCase() || isPlaceholder(found)) return;
  const other = regionOf(found);
  const advice = other === undefined || other === region ? 'is it another account?' : `try --region ${other};`;
  throw new UserError(
    `${board.file}: endpoint.host is ${found}, this account's in ${region} is ${host}: ${advice} ` +
      '--replace-endpoint takes the new one',
  );
}
