/**
 * Makes a certificate for `npm run watch` at AWS IoT Core. Its key stays on this PC. Its policy allows its owner to
 * watch all boards with topics like this board's, and to send them commands, but not to act as a board.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readCompleteConfig } from '../config/config.ts';
import { UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { quote } from '../lib/shell.ts';
import { watcherFiles, watcherName } from '../watch/identity.ts';
import { watchedTopics, type WatchedTopics } from '../watch/topics.ts';
import type { Account } from './account.ts';
import { refuseOtherBroker } from './awsEndpoint.ts';
import { provideCertificate, providePolicy, type Tell } from './device.ts';
import { makeRequest, readCertificate } from './identity.ts';
import { checkTopic, policyName } from './policy.ts';

export interface Watcher {
  boardFile: string;
  topics: WatchedTopics;
  keyFile: string;
  certificateFile: string;
}

/** @throws ConfigError for a config that is not complete; UserError for a broker that is not AWS's */
export function readWatcherPlace(boardFile: string): Watcher {
  const config = readCompleteConfig(boardFile);
  refuseOtherBroker(boardFile, config);
  return { boardFile, topics: watchedTopics(config), ...watcherFiles(boardFile, config) };
}

/** @throws UserError, errors of the SDK */
export async function provisionWatcher(account: Account, watcher: Watcher, key: KeyObject, tell: Tell): Promise<void> {
  const name = nameOf(key);
  const certificateArn = await provideCertificate(account, { ...watcher, name }, key, tell);
  const arn = certificateArn.replace(/:cert\/.*$/, '');
  const policy = policyName(name);
  await providePolicy(account.iot, policy, watcherPolicy(arn, name, watcher.topics), tell);
  // The call does nothing if it is attached already.
  await account.iot.attachPolicy({ policyName: policy, target: certificateArn });
}

/** Returns the same steps as commands of AWS's own command line, for a POSIX shell such as AWS CloudShell. */
export function watcherCommands(watcher: Watcher, key: KeyObject, region: string | undefined): string[] {
  const aws = region === undefined ? 'aws iot' : `aws --region ${region} iot`;
  const name = nameOf(key);
  const policy = quote(policyName(name));
  const file = quote(`${name}.crt.pem`);
  const document = JSON.stringify(watcherPolicy('$ARN', name, watcher.topics))
    .split('$ARN')
    .map(quote)
    .join('"$ARN"');
  return [
    "sh -eu <<'PICO_KITCHEN'",
    '# certificate, from a request that holds no secret',
    `CERTIFICATE=$(${aws} create-certificate-from-csr --set-as-active --certificate-pem-outfile ${file} --query certificateArn --output text --certificate-signing-request ${quote(makeRequest(key, watcher.keyFile, name).trimEnd())})`,
    'ARN=${CERTIFICATE%:cert/*}',
    '# policy: watch the boards, and send them commands',
    `POLICY=${document}`,
    `${aws} create-policy --policy-name ${policy} --policy-document "$POLICY" ||`,
    `  ${aws} create-policy-version --set-as-default --policy-name ${policy} --policy-document "$POLICY"`,
    `${aws} attach-policy --policy-name ${policy} --target "$CERTIFICATE"`,
    '# print the certificate',
    `cat ${file}`,
    'PICO_KITCHEN',
  ];
}

/** Puts a certificate that was made elsewhere into its place. @throws UserError unless it is for the key */
export function takeWatcherCertificate({ keyFile, certificateFile }: Watcher, file: string, key: KeyObject): void {
  const certificate = readCertificate(file, key, keyFile);
  if (certificate === null) throw new UserError(`${file}: no such file`);
  writePrivateFile(certificateFile, certificate.toString());
}

/** @param arn of the account's IoT in a region: `arn:aws:iot:eu-west-1:123456789012` */
export function watcherPolicy(arn: string, name: string, { filters, commandFilter }: WatchedTopics): object {
  // In the topic of a policy `*` has the meaning that `+` has in a filter.
  const topic = (filter: string): string => `${arn}:topic/${checkTopic(filter).replaceAll('+', '*')}`;
  const allow = (action: string, resource: string | string[]): object => ({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
  });
  return {
    Version: '2012-10-17',
    Statement: [
      // Each watcher gets its own client id, because the broker disconnects the first of two clients with the same id.
      allow('iot:Connect', `${arn}:client/${name}-*`),
      allow(
        'iot:Subscribe',
        filters.map((filter) => `${arn}:topicfilter/${checkTopic(filter)}`),
      ),
      allow('iot:Receive', filters.map(topic)),
      ...(commandFilter === null ? [] : [allow('iot:Publish', topic(commandFilter))]),
    ],
  };
}

function nameOf(key: KeyObject): string {
  return watcherName(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}
