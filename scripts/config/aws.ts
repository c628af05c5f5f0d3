/** What is known in advance of AWS IoT Core: what its endpoints are called, whom to trust there, and its protocol's name. */

/**
 * Roots that Amazon asks clients to trust, files of board/certs (developer guide, "Server authentication"). RSA chains end
 * at Root CA 1 and ECDSA ones at Root CA 3; 2 and 4 are in reserve, and the last one has cross-signed all of them.
 */
export const AMAZON_ROOTS = [
  'AmazonRootCA1.pem',
  'AmazonRootCA2.pem',
  'AmazonRootCA3.pem',
  'AmazonRootCA4.pem',
  'StarfieldServicesRootCA-G2.pem',
] as const;

/** Asked for by ALPN on port 443, in a connection with a device certificate (developer guide, "Device communication protocols"). */
export const AWS_ALPN = 'x-amzn-mqtt-ca';

/** Ports on which AWS IoT Core takes MQTT. */
export const AWS_PORTS: readonly number[] = [8883, 443];

/** What the name of an endpoint says. */
export interface AwsEndpoint {
  region: string;
  /**
   * `data` has a certificate of Amazon's, `legacy` one of a root that no board should trust any more; the others are no
   * brokers.
   */
  kind: 'data' | 'legacy' | 'credentials' | 'jobs';
}

/**
 * Reads an endpoint's name in any of AWS's partitions: `<id>-ats.iot.<region>.amazonaws.com`, in China
 * `<id>.ats.iot.<region>.amazonaws.com.cn`, with FIPS 140 `data.iot-fips.<region>.amazonaws.com`.
 * @returns null for another host, a custom domain of AWS included
 */
export function awsEndpointOf(host: string): AwsEndpoint | null {
  const match =
    /^([a-z0-9-]+(?:\.[a-z0-9-]+)?)\.iot(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws|api\.amazonwebservices\.com\.cn)$/i.exec(
      host.replace(/\.$/, ''),
    );
  if (match === null) return null;
  const [, name, fips, region] = match;
  const service = /\.(credentials|jobs)$/i.exec(name)?.[1].toLowerCase() as 'credentials' | 'jobs' | undefined;
  const isCurrent = fips !== undefined || /[-.]ats$/i.test(name) || name === 'data';
  return { region: region.toLowerCase(), kind: service ?? (isCurrent ? 'data' : 'legacy') };
}

/** What is wrong with an endpoint of AWS as a board's broker, in words; null if nothing is. */
export function awsEndpointProblem(host: string): string | null {
  const kind = awsEndpointOf(host)?.kind;
  if (kind === 'credentials' || kind === 'jobs') {
    return `${host} is the account's endpoint for ${kind}; MQTT has another: describe-endpoint --endpoint-type iot:Data-ATS`;
  }
  if (kind === 'legacy') {
    return (
      `${host} is the account's old endpoint, whose certificate is not Amazon's; ` +
      'the new one has -ats in its name: describe-endpoint --endpoint-type iot:Data-ATS'
    );
  }
  return null;
}
