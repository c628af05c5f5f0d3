/**
 * The same steps as `device.ts`, as commands of AWS's own command line, for people without credentials on this PC.
 * They can be pasted into any POSIX shell, such as AWS CloudShell. They need no file of this PC. Each run makes
 * another certificate.
 *
 * They run in a shell of their own, which ends at the first command that fails. The shell that a person types in would go
 * on with the next line.
 */
import type { KeyObject } from 'node:crypto';
import { quote } from '../lib/shell.ts';
import type { Board } from './oneBoard.ts';
import { makeRequest } from './identity.ts';
import { policyDocument, policyName } from './policy.ts';

/** Shell variables for `arn:aws:iot:<region>:<account>` and for the certificate's ARN. */
const ARN = '$ARN';
const CERTIFICATE = '$CERTIFICATE';
/** Marks the end of that shell's input. */
const END = 'PICO_KITCHEN';

/** @param region named in every command; without it the shell's own region applies */
export function awsCommands(board: Board, key: KeyObject, region: string | undefined): string[] {
  const { thing } = board.config;
  const aws = region === undefined ? 'aws iot' : `aws --region ${region} iot`;
  const request = makeRequest(key, board.keyFile, thing).trimEnd();
  const policy = quote(policyName(thing));
  const document = quoteAround(JSON.stringify(policyDocument(ARN, board.config, board.topics)), ARN);
  const certificate = quote(`${thing.replaceAll(':', '_')}.crt.pem`);
  // The oldest version that is not in force, if there are four such versions.
  const oldest =
    "--query 'sort_by(policyVersions[?!isDefaultVersion], &createDate)[:-3] | [0].versionId' --output text";
  return [
    `sh -eu <<'${END}'`,
    `trap '[ $? = 0 ] || echo "stopped: the error above says why, and what follows was not done" >&2' EXIT`,
    '# an earlier certificate must not be taken for the new one',
    `rm -f ${certificate}`,
    '# thing',
    `THING=$(${aws} create-thing --thing-name ${quote(thing)} --query thingArn --output text)`,
    'ARN=${THING%:thing/*}',
    '# certificate, from a request that holds no secret',
    `CERTIFICATE=$(${aws} create-certificate-from-csr --set-as-active --certificate-pem-outfile ${certificate} --query certificateArn --output text --certificate-signing-request ${quote(request)})`,
    '# policy: this client id and its topics, nothing else',
    `POLICY=${document}`,
    `if ${aws} get-policy --policy-name ${policy} > /dev/null 2>&1; then`,
    '  # a policy has room for five versions',
    `  OLDEST=$(${aws} list-policy-versions --policy-name ${policy} ${oldest})`,
    `  [ "$OLDEST" = None ] || ${aws} delete-policy-version --policy-name ${policy} --policy-version-id "$OLDEST"`,
    `  ${aws} create-policy-version --set-as-default --policy-name ${policy} --policy-document "$POLICY"`,
    'else',
    `  ${aws} create-policy --policy-name ${policy} --policy-document "$POLICY"`,
    'fi',
    `${aws} attach-policy --policy-name ${policy} --target "${CERTIFICATE}"`,
    `${aws} attach-thing-principal --thing-name ${quote(thing)} --principal "${CERTIFICATE}"`,
    '# print the endpoint and the certificate',
    `${aws} describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress --output text`,
    `cat ${certificate}`,
    END,
  ];
}

/** Quotes text, but leaves a shell variable in it to be replaced. */
function quoteAround(text: string, variable: string): string {
  return text.split(variable).map(quote).join(`"${variable}"`);
}
