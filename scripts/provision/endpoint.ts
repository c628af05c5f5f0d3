/** The endpoint that a config names, against the account's own. */
import { isPlaceholder } from '../config/config.ts';
import { UserError } from '../lib/cli.ts';
import type { Board } from './board.ts';

/** The region in the name of an endpoint of AWS; undefined for another host, and for the example's. */
export function regionOf(host: string): string | undefined {
  if (isPlaceholder(host)) return undefined;
  return /\.iot\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/i.exec(host)?.[1];
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
