/** Compares the endpoint that a config names with the account's own. */
import { awsEndpointOf } from '../config/aws.ts';
import { isAws, isPlaceholder, type BoardConfig } from '../config/config.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import type { Board } from './oneBoard.ts';

/** The region in the name of an AWS endpoint; undefined for another host, and for the example's. */
export function regionOf(host: string): string | undefined {
  return isPlaceholder(host) ? undefined : awsEndpointOf(host)?.region;
}

/** @throws UserError for text that is not the name of a region, since it becomes part of commands */
export function checkRegion(region: string | undefined): void {
  if (region === undefined || /^[a-z0-9-]+$/.test(region)) return;
  throw new UserError(
    `--region: found ${JSON.stringify(region)}; wanted a region's name, such as eu-west-1`,
    EXIT.usage,
  );
}

/** @throws UserError for a config whose broker, by its name, is not AWS */
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
 * Refuses a config that names another endpoint: mostly region or account are wrong, and everything would be made in the
 * wrong place. A custom domain cannot be compared, and is accepted.
 * @throws UserError for an AWS endpoint that is neither the account's nor the example's
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

/** Whether the config keeps its endpoint: a custom domain is another name of the account's own endpoint. */
export function keepsHost({ config }: Board, replaceHost: boolean): boolean {
  return !replaceHost && isAws(config) && awsEndpointOf(config.endpoint.host) === null;
}
