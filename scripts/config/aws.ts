/**
 * Facts about AWS IoT Core that hold for every account: the names of its endpoints, its root certificates, its
 * protocol names.
 */

/**
 * The roots that Amazon asks clients to trust, files in board/certs (developer guide, "Server authentication"). RSA
 * chains end at Root CA 1 and ECDSA chains at Root CA 3. Roots 2 and 4 are in reserve, and the last one has
 * cross-signed all others.
 */
export const AMAZON_ROOTS = [
  'AmazonRootCA1.pem',
  'AmazonRootCA2.pem',
  'AmazonRootCA3.pem',
  'AmazonRootCA4.pem',
  'StarfieldServicesRootCA-G2.pem',
] as const;

/**
 * The protocol to ask for by ALPN on port 443 with a device certificate (developer guide, "Device communication
 * protocols").
 */
export const AWS_ALPN = 'x-amzn-mqtt-ca';

/** The ports on which AWS IoT Core accepts MQTT. */
export const AWS_PORTS: readonly number[] = [8883, 443];

/** The parts of an endpoint's name. */
export interface AwsEndpoint {
  region: string;
  /**
   * `data` endpoints have a certificate of Amazon's. `legacy` endpoints have one of a root that no board should trust any
   * more. The others are not MQTT brokers.
   */
  kind: 'data' | 'legacy' | 'credentials' | 'jobs';
}

/**
 * Parses an endpoint's name in any of AWS's partitions: `<id>-ats.iot.<region>.amazonaws.com`, in China
 * `<id>.ats.iot.<region>.amazonaws.com.cn`, with FIPS 140 `data.iot-fips.<region>.amazonaws.com`.
 * @returns null for another host, even if it is a custom domain at AWS
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

/** Why a board cannot use an endpoint of AWS as its broker, in words; null if it can. */
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
