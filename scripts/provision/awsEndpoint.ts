/** The endpoint that a config names, against the account's own. */
import { awsEndpointOf } from '../config/aws.ts';
import { isAws, isPlaceholder, type BoardConfig } from '../config/config.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import type { Board } from './oneBoard.ts';

/** The region in the name of an endpoint of AWS; undefined for another host, and for the example's. */
export function regionOf(host: string): string | undefined {
  return isPlaceholder(host) ? undefined : awsEndpointOf(host)?.region;
}

/** @throws UserError for a text that is no region's name; it becomes part of commands. */
export function checkRegion(region: string | undefined): void {
  if (region === undefined || /^[a-z0-9-]+$/.test(region)) return;
  throw new UserError(
    `--region: found ${JSON.stringify(region)}; wanted a region's name, such as eu-west-1`,
    EXIT.usage,
  );
}

/** @throws UserError for a config whose broker, as far as its name says, does not take AWS's certificates */
export function refuseOtherBroker(file: string, config: BoardConfig): void {
  if (isAws(config)) return;
  throw new UserError(
    `${file}: endpoint.host is ${config.endpoint.host}, which is not a name that AWS IoT Core gives. If it is a custom ` +
      "domain of your AWS account, set endpoint.alpn to x-amzn-mqtt-ca; --replace-endpoint takes the account's own " +
      'endpoint in its place. For any other broker, have its own authority make a certificate, and name that and its key ' +
      'in tls.certificate and tls.key; leave both out if the broker wants none',
  );
}

/**
 * Refuses to work for a config that names another endpoint: that is most often a sign of the wrong region or account,
 * where everything would be made in vain. A custom domain cannot be compared, and is taken.
 * @throws UserError for a name of AWS's that is neither the account's nor the example's
 */
export function refuseOtherHost(board: Board, host: string, region: string): void {
  const found = board.config.endpoint.host;
  if (found.toLowerCase() === host.toLowerCase() || isPlaceholder(found) || awsEndpointOf(found) === null) return;
  const other = regionOf(found);
  const advice = other === undefined || other === region ? 'is it another account?' : `try --region ${other};`;
  throw new UserError(
    `${board.file}: endpoint.host is ${found}, this account's in ${region} is ${host}: ${advice} ` +
      '--replace-endpoint takes the new one',
  );
}

/** Whether the config's endpoint stays: a custom domain leads to the account's own endpoint under another name. */
export function keepsHost({ config }: Board, replaceHost: boolean): boolean {
  return !replaceHost && isAws(config) && awsEndpointOf(config.endpoint.host) === null;
}
