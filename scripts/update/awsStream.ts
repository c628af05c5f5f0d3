/**
 * An update's file where AWS IoT finds it: an object in a bucket of the account, and the stream that gives it to boards. AWS IoT
 * reads the object in a role. Both are made once, by the commands that `setUpCommands()` gives.
 */
import { UserError } from '../lib/cli.ts';
import type { Environment } from '../lib/console.ts';
import { quote } from '../lib/shell.ts';
import { isNotFound, type Account } from '../provision/account.ts';
import type { Update } from './file.ts';

/** The place of the updates in AWS. */
export interface Place {
  /** `aws`, or `aws-cn` in China. */
  partition: string;
  region: string;
  accountId: string;
}

/** @param thingArn `arn:aws:iot:eu-west-1:123456789012:thing/kitchen-1` */
export function placeOf(thingArn: string): Place {
  const [, partition, , region, accountId] = thingArn.split(':');
  return { partition, region, accountId };
}

const ROLE = 'pico-kitchen-updates';

function bucketOf({ accountId, region }: Place): string {
  // The names of all buckets of the world are different ones.
  return `pico-kitchen-updates-${accountId}-${region}`;
}

function roleOf({ partition, accountId }: Place): string {
  return `arn:${partition}:iam::${accountId}:role/${ROLE}`;
}

/** For AWS's own command line: they make the bucket, and the role in which AWS IoT reads it, and nothing else may. */
export function setUpCommands(place: Place): string[] {
  const { partition, region } = place;
  const bucket = bucketOf(place);
  // The first region is the only one that must not be named.
  const where = region === 'us-east-1' ? '' : ` --create-bucket-configuration LocationConstraint=${region}`;
  const allow = (what: object): string =>
    quote(JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...what }] }));
  const trust = allow({ Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' });
  const read = allow({
    Action: ['s3:GetObject', 's3:GetObjectVersion'],
    Resource: `arn:${partition}:s3:::${bucket}/*`,
  });
  return [
    `aws s3api create-bucket --region ${region} --bucket ${bucket}${where}`,
    `aws iam create-role --role-name ${ROLE} --assume-role-policy-document ${trust}`,
    `aws iam put-role-policy --role-name ${ROLE} --policy-name read --policy-document ${read}`,
  ];
}

/** The account has no bucket for updates, or no role to read it. */
export class NotSetUpError extends UserError {}

/**
 * Puts an update where a stream gives it to boards, unless it is there.
 * @returns the stream's id
 * @throws NotSetUpError, UserError, errors of the SDK
 */
export async function provideStream(account: Account, place: Place, update: Update, env: Environment): Promise<string> {
  const { iot } = account;
  const streamId = `pico-kitchen-${update.manifest.id}`;
  try {
    await iot.describeStream({ streamId });
    return streamId;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const key = `${update.manifest.id}.bin`;
  await putObject(account, place, key, update.file, env);
  try {
    await iot.createStream({
      streamId,
      files: [{ fileId: 0, s3Location: { bucket: bucketOf(place), key } }],
      roleArn: roleOf(place),
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidRequestException') throw error;
    throw new NotSetUpError(`AWS IoT cannot read the update in the role ${ROLE}: ${error.message}`);
  }
  return streamId;
}

/** PutObject of Amazon S3: one request, which the SDK of AWS IoT can sign; S3's own SDK would be another 4 MB. */
async function putObject({ iot }: Account, place: Place, key: string, body: Buffer, env: Environment): Promise<void> {
  const { partition, region } = place;
  const bucket = bucketOf(place);
  // Both names of the variable are AWS's own, for stand-ins.
  const other = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const url =
    other === undefined
      ? new URL(`https://${bucket}.s3.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${key}`)
      : new URL(`/${bucket}/${key}`, other);
  const signer = await iot.config.signer();
  const { headers } = await signer.sign(
    {
      ...{ method: 'PUT', protocol: url.protocol, hostname: url.hostname, path: url.pathname, query: {}, body },
      headers: { host: url.host, 'content-type': 'application/octet-stream' },
    },
    { signingService: 's3', signingRegion: region },
  );
  const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) }).catch((error: unknown) => {
    // Node says only "fetch failed" and keeps the cause beside it.
    throw error instanceof Error && error.cause !== undefined ? error.cause : error;
  });
  if (response.ok) return;
  const code = /<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1] ?? `status ${response.status}`;
  if (code === 'NoSuchBucket') throw new NotSetUpError(`there is no bucket ${bucket} for updates`);
  if (code === 'AccessDenied') {
    throw new UserError(`AWS denies s3:PutObject in ${bucket}: let an administrator allow it to these credentials`);
  }
  throw new UserError(`Amazon S3 does not take the update into ${bucket}: ${code}`);
}
