/**
 * Asks AWS about a board, if this PC has credentials: AWS IoT Core refuses boards without a reason, and its API knows
 * why. Questions that the credentials do not allow are listed, and the walk goes on.
 */
import { createHash } from 'node:crypto';
import { awsEndpointOf } from '../config/aws.ts';
import { hasJobs, isAws, type BoardConfig } from '../config/config.ts';
import type { BoardFiles } from '../config/files.ts';
import { heardTopics, readingTopics, topicsOf } from '../config/topics.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { awsProblem, isNotFound, type Account } from '../provision/account.ts';
import { HopError, type Passed, type Walk } from './walk.ts';

const QUESTIONS =
  'whether the certificate is known, active, and attached to the thing and to a policy that lets the board in; why AWS ' +
  'ended the last connection; and whether the domain takes TLS 1.2';
const PROVISION = 'npm run provision corrects it';

/** @throws HopError for a problem that AWS reports */
export async function askAmazon(
  walk: Walk,
  config: BoardConfig,
  files: BoardFiles,
  open: (region: string | undefined) => Promise<Account | null>,
): Promise<void> {
  if (!isAws(config)) return;
  const account = await open(awsEndpointOf(config.endpoint.host)?.region);
  if (account === null) {
    walk.skip('AWS', `not asked, because this PC has no working AWS credentials: ${QUESTIONS}`);
    return;
  }
  const [der] = files.certificates;
  const inquiry = new Inquiry(account, config);
  try {
    await walk.hop('AWS', () => inquiry.run(createHash('sha256').update(der).digest('hex')));
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    walk.skip('AWS', `${error.message}; not asked: ${QUESTIONS}`);
  }
}

/** The API cannot be asked, which proves nothing about the board. */
class UnreachableError extends Error {}

class Inquiry {
  private readonly account: Account;
  private readonly config: BoardConfig;
  private readonly found: string[] = [];
  private readonly notAsked: string[] = [];

  constructor(account: Account, config: BoardConfig) {
    this.account = account;
    this.config = config;
  }

  /** @throws HopError for a problem, UnreachableError */
  async run(certificateId: string): Promise<Passed<void>> {
    const certificate = await this.certificate(certificateId);
    if (certificate !== null) {
      await this.attachments(certificate);
      await this.permissions(certificate);
    }
    await this.domain();
    await this.lastConnection();
    return this.result();
  }

  /** @returns the certificate's ARN; null if the credentials do not allow the question */
  private async certificate(certificateId: string): Promise<string | null> {
    const { iot, region } = this.account;
    const answer = await this.ask('iot:DescribeCertificate', iot.describeCertificate({ certificateId }));
    if (answer === 'missing') {
      throw new HopError(`AWS IoT in ${region} does not know the certificate`, [
        `it was made in another account or region than these credentials are for, or was deleted: ${PROVISION}`,
      ]);
    }
    const { status, certificateArn } = answer?.certificateDescription ?? {};
    if (status !== undefined && status !== 'ACTIVE') {
      throw new HopError(`the certificate is ${status}`, [
        status === 'INACTIVE' ? PROVISION : 'move certificate and key away, and npm run provision makes new ones',
      ]);
    }
    if (certificateArn !== undefined) this.found.push('the certificate is active');
    return certificateArn ?? null;
  }

  private async attachments(principal: string): Promise<void> {
    const { iot } = this.account;
    const { thing } = this.config;
    const things = await this.ask('iot:ListPrincipalThings', iot.listPrincipalThings({ principal }));
    if (things !== null && things !== 'missing') {
      if (things.things?.includes(thing) !== true) {
        throw new HopError(`the certificate is not attached to the thing ${thing}`, [PROVISION]);
      }
      this.found.push(`attached to ${thing}`);
    }
    const attached = await this.ask('iot:ListAttachedPolicies', iot.listAttachedPolicies({ target: principal }));
    if (attached === null || attached === 'missing') return;
    const names = (attached.policies ?? []).map(({ policyName }) => String(policyName));
    if (names.length === 0) throw new HopError('the certificate has no policy', [PROVISION]);
    this.found.push(`under the policy ${names.join(', ')}`);
  }

  /** Lets AWS evaluate the policies for everything that the board does. */
  private async permissions(principal: string): Promise<void> {
    const { iot } = this.account;
    const { thing } = this.config;
    const arn = principal.replace(/:cert\/.*/, '');
    const topics = topicsOf(this.config);
    const { status, health, reply, alarm = null, shadow = null } = topics;
    const published = [...readingTopics(this.config), status, health, reply, alarm, shadow].filter(
      (topic) => topic !== null,
    );
    const heard = heardTopics(topics);
    const authInfos = [
      { actionType: 'CONNECT' as const, resources: [`${arn}:client/${thing}`] },
      { actionType: 'PUBLISH' as const, resources: published.map((topic) => `${arn}:topic/${topic}`) },
      ...(heard.length === 0
        ? []
        : [
            { actionType: 'SUBSCRIBE' as const, resources: heard.map((topic) => `${arn}:topicfilter/${topic}`) },
            { actionType: 'RECEIVE' as const, resources: heard.map((topic) => `${arn}:topic/${topic}`) },
          ]),
      ...(hasJobs(this.config)
        ? [
            {
              actionType: 'SUBSCRIBE' as const,
              resources: [`${arn}:topicfilter/$aws/things/${thing}/jobs/notify-next`],
            },
            { actionType: 'PUBLISH' as const, resources: [`${arn}:topic/$aws/things/${thing}/jobs/$next/get`] },
          ]
        : []),
    ];
    const answer = await this.ask(
      'iot:TestAuthorization',
      iot.testAuthorization({ principal, clientId: thing, authInfos }),
    );
    if (answer === null || answer === 'missing') return;
    const refused = (answer.authResults ?? []).filter(({ authDecision }) => authDecision !== 'ALLOWED');
    if (refused.length > 0) {
      const [{ authInfo, authDecision }] = refused;
      const what = `${authInfo?.actionType ?? 'an action'} on ${(authInfo?.resources ?? []).join(', ')}`;
      throw new HopError(`the policy does not allow ${what} (${authDecision ?? 'no decision'})`, [PROVISION]);
    }
    this.found.push('which lets it connect, publish and subscribe');
  }

  /** Checks whether the endpoint accepts the board's version of TLS. */
  private async domain(): Promise<void> {
    const { iot } = this.account;
    const { host } = this.config.endpoint;
    const list = await this.ask('iot:ListDomainConfigurations', iot.listDomainConfigurations({ serviceType: 'DATA' }));
    if (list === null || list === 'missing') return;
    for (const { domainConfigurationName } of list.domainConfigurations ?? []) {
      const domain = await this.ask(
        'iot:DescribeDomainConfiguration',
        iot.describeDomainConfiguration({ domainConfigurationName }),
      );
      if (domain === null || domain === 'missing' || domain.domainName?.toLowerCase() !== host.toLowerCase()) continue;
      const policy = domain.tlsConfig?.securityPolicy ?? '';
      if (domain.domainConfigurationStatus === 'DISABLED') {
        throw new HopError(`the domain ${host} is disabled`, [
          'enable its domain configuration in the console of AWS IoT',
        ]);
      }
      if (/TLS13_1_3/i.test(policy)) {
        throw new HopError(`the domain ${host} takes TLS 1.3 only (${policy}); the board speaks 1.2`, [
          'give its domain configuration the policy IoTSecurityPolicy_TLS13_1_2_2022_10',
        ]);
      }
      if (policy !== '') this.found.push(`the domain's TLS policy is ${policy}`);
    }
  }

  private async lastConnection(): Promise<void> {
    const { iot } = this.account;
    const { thing } = this.config;
    const answer = await this.ask('iot:GetThingConnectivityData', iot.getThingConnectivityData({ thingName: thing }));
    if (answer === null || answer === 'missing') return;
    const { connected, timestamp, disconnectReason } = answer;
    const when = timestamp === undefined ? '' : ` since ${timestamp.toISOString()}`;
    if (connected === true) this.found.push(`the board is connected${when}`);
    else if (disconnectReason !== undefined) {
      this.found.push(`the last connection ended with ${disconnectReason}${when.replace('since', 'at')}`);
    }
  }

  private result(): Passed<void> {
    const found = this.found.join('; ') || 'these credentials do not allow any question';
    const missing =
      this.notAsked.length === 0 ? '' : `; not asked, because these credentials lack ${this.notAsked.join(', ')}`;
    return { value: undefined, detail: `${found}${missing}` };
  }

  /** @returns the answer; 'missing' if the thing does not exist; null if the credentials do not allow the question */
  private async ask<T>(action: string, answer: Promise<T>): Promise<T | 'missing' | null> {
    try {
      return await answer;
    } catch (error) {
      if (isNotFound(error)) return 'missing';
      const { name } = error as Error;
      // Without fleet indexing AWS keeps no record of connections.
      if (/AccessDenied|Unauthorized|IndexNotReady|InvalidRequest/.test(name)) {
        this.notAsked.push(action);
        return null;
      }
      const known = awsProblem(error, this.account.region);
      throw new UnreachableError(known instanceof UserError ? known.message : systemProblem(error));
    }
  }
}
