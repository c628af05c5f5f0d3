/**
 * The same steps as commands of AWS's own command line, for who has no credentials on this PC: to be pasted into a POSIX
 * shell, such as AWS CloudShell in the browser. They need no file of this PC; repeated, they make another certificate.
 */
import type { KeyObject } from 'node:crypto';
import { quote } from '../lib/shell.ts';
import type { Board } from './oneBoard.ts';
import { makeRequest } from './identity.ts';
import { policyDocument, policyName } from './policy.ts';

/** Shell variables. The first holds `arn:aws:iot:<region>:<account>`, the second the certificate's ARN. */
const ARN = '$ARN';
const CERTIFICATE = '$CERTIFICATE';

/** @param region to be named in every command; the shell's own unless given */
export function awsCommands(board: Board, key: KeyObject, region: string | undefined): string[] {
  const { thing } = board.config;
  const aws = region === undefined ? 'aws iot' : `aws --region ${region} iot`;
  const request = makeRequest(key, board.keyFile, thing).trimEnd();
  const policy = quote(policyName(thing));
  const document = quoteAround(JSON.stringify(policyDocument(ARN, board.config, board.topics)), ARN);
  const certificate = quote(`${thing.replaceAll(':', '_')}.crt.pem`);
  return [
    '# thing',
    `THING=$(${aws} create-thing --thing-name ${quote(thing)} --query thingArn --output text)`,
    'ARN=${THING%:thing/*}',
    '# certificate, from a request that holds no secret',
    `CERTIFICATE=$(${aws} create-certificate-from-csr --set-as-active --certificate-pem-outfile ${certificate} --query certificateArn --output text --certificate-signing-request ${quote(request)})`,
    '# policy: this client id and its topics, nothing else',
    `POLICY=${document}`,
    `${aws} create-policy --policy-name ${policy} --policy-document "$POLICY" ||`,
    `  ${aws} create-policy-version --set-as-default --policy-name ${policy} --policy-document "$POLICY"`,
    `${aws} attach-policy --policy-name ${policy} --target "${CERTIFICATE}"`,
    `${aws} attach-thing-principal --thing-name ${quote(thing)} --principal "${CERTIFICATE}"`,
    '# what to give back: the endpoint and the certificate',
    `${aws} describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress --output text`,
    `cat ${certificate}`,
  ];
}

/** The same, with the shell's variable wherever its name stands. */
function quoteAround(text: string, variable: string): string {
  return text.split(variable).map(quote).join(`"${variable}"`);
}
