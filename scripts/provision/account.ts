/**
 * Opens the AWS account through AWS's own SDK (an optional dependency). Credentials and region come from the usual
 * places. If something is wrong with them, the error is one line that says what to do.
 */
import type { IoT } from '@aws-sdk/client-iot';
import { systemProblem, UserError } from '../lib/cli.ts';
import type { Environment } from '../lib/console.ts';
import { profileProblem } from './profile.ts';

export interface Account {
  iot: IoT;
  region: string;
}

type Sdk = Pick<typeof import('@aws-sdk/client-iot'), 'IoT'>;

function load(): Promise<Sdk> {
  // Without this the SDK would print eight lines of advice on the version of Node, which is new enough for its
  // package.json.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  return import('@aws-sdk/client-iot');
}

/**
 * Opens the account that environment variables, a profile or a sign-on give access to.
 * @param given.region the region, if not the configured one
 * @param given.hint the region if none is configured
 * @returns null if there are no credentials
 * @throws UserError for credentials that cannot be used, and if there is no region or no SDK
 */
export async function openAccount(
  given: { region: string | undefined; hint: string | undefined },
  env: Environment,
  loadSdk = load,
): Promise<Account | null> {
  let sdk: Sdk;
  try {
    sdk = await loadSdk();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new UserError('@aws-sdk/client-iot is not installed: npm install --include=optional, or use --print');
    }
    throw error;
  }
  // The AWS command line also reads the second variable; the SDK for JavaScript does not.
  const region = given.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  for (const name of region === undefined ? [undefined, given.hint] : [region]) {
    const iot = new sdk.IoT({ maxAttempts: 3, ...(name === undefined ? {} : { region: name }) });
    try {
      await iot.config.credentials();
      return { iot, region: await iot.config.region() };
    } catch (error) {
      if (isNamed(error, 'CredentialsProviderError') && /any providers/.test(error.message)) {
        const problem = profileProblem(env);
        if (problem === null) return null;
        throw new UserError(`${problem}; --print does without credentials`);
      }
      if (!isMissingRegion(error)) throw unusable(error, env);
    }
  }
  throw new UserError('no AWS region is set; add --region eu-west-1, or set AWS_REGION');
}

/** Converts the error for credentials that exist and cannot be used; the SDK throws many different ones. */
function unusable(error: unknown, env: Environment): unknown {
  const known = awsProblem(error, '');
  if (known instanceof UserError || !(error instanceof Error)) return known;
  return new UserError(profileProblem(env) ?? `the AWS credentials cannot be used: ${error.message}`);
}

function isMissingRegion(error: unknown): boolean {
  return error instanceof Error && /region is missing/i.test(error.message);
}

function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** Whether the API says that what was looked up does not exist. */
export function isNotFound(error: unknown): boolean {
  return isNamed(error, 'ResourceNotFoundException');
}

/** Turns an error of the SDK or the API into one line that says what to do. Other errors are returned unchanged. */
export function awsProblem(error: unknown, region: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const said = error.message.trim().replace(/\s+/g, ' ');
  switch (error.name) {
    case 'AccessDeniedException':
    case 'UnauthorizedException': {
      const action = /iot:\w+/.exec(said)?.[0];
      const what = action === undefined ? `(${said})` : action;
      return new UserError(`AWS denies ${what}: let an administrator allow it to these credentials, or use --print`);
    }
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return new UserError('the AWS credentials have expired; sign in again (aws sso login) or make new ones');
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignatureException':
      return new UserError(`AWS does not accept the credentials; check them, and this PC's clock (${said})`);
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return new UserError(`the AWS credentials cannot be used; sign in again (aws sso login): ${said}`);
    case 'ThrottlingException':
      return new UserError(
        'AWS asks for fewer requests; wait a minute and run this again: it continues where it stopped',
      );
    case 'LimitExceededException':
      return new UserError(`a limit of the AWS account is reached: ${said}`);
  }
  const code = networkCode(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UserError(`the name of AWS IoT in ${region} does not resolve; is the region right, and this PC online?`);
  }
  if (code !== null || error.name === 'TimeoutError') {
    const what = code === null ? 'timed out' : systemProblem(error);
    return new UserError(`AWS IoT in ${region} cannot be reached: ${what}; is this PC online, is there a proxy?`);
  }
  // The error has metadata, so it is a response of the API, of a kind that is not handled above.
  return '$metadata' in error ? new UserError(`AWS IoT in ${region} refuses: ${error.name}: ${said}`) : error;
}

function networkCode(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : '';
  return /^(E[A-Z_]+|CERT_\w+|UNABLE_\w+|SELF_SIGNED_\w+)$/.test(code) ? code : null;
}
