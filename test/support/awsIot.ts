/**
 * A stand-in for AWS IoT's control plane: the REST API that the SDK speaks, as far as provisioning uses it, with its
 * lasting effects, its limits and its errors. It signs certificates with an authority of its own, as AWS does.
 */
import { createHash, createPublicKey, randomBytes, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basicConstraints, encodePem, keyUsage, makeCertificate, makeKey } from '../../scripts/lib/certificates.ts';
import { ApiError } from './apiError.ts';
import type { AwsJobs } from './awsJobs.ts';
import { DerReader } from '../../src/x509/der.ts';
import { decodePem } from '../../src/x509/pem.ts';

const ACCOUNT = '123456789012';
const DAY = 86_400_000;

const AUTHORITY = { OU: 'Amazon Web Services O=Amazon.com Inc. L=Seattle ST=Washington C=US' };

interface Certificate {
  arn: string;
  pem: string;
  status: string;
}
interface Policy {
  versions: Map<string, string>;
  defaultVersion: string;
}

interface Authorization {
  principal: string;
  authInfos: { actionType: string; resources: string[] }[];
}
interface PolicyDocument {
  Statement: { Action: string | string[]; Resource: string | string[] }[];
}

interface Call {
  method: string;
  path: string[];
  query: URLSearchParams;
  principal: string;
  body: Record<string, string>;
}

export class AwsIot {
  readonly things = new Set<string>();
  readonly certificates = new Map<string, Certificate>();
  readonly policies = new Map<string, Policy>();
  /** `policy → certificate ARN` and `thing → certificate ARN`. */
  readonly attached = new Set<string>();
  /** Domain configurations by name, as DescribeDomainConfiguration gives them. */
  readonly domains = new Map<string, object>();
  /** What GetThingConnectivityData gives, by thing; nothing without fleet indexing. */
  readonly connectivity = new Map<string, object>();
  /** The requests, such as `POST things`. */
  readonly calls: string[] = [];
  /** Jobs, streams and S3; calls for them are unknown without it. */
  jobs: AwsJobs | null = null;
  /** Refuses a call by throwing; it is called before each. */
  refuse: (call: string) => void = () => undefined;
  private readonly server: Server;
  private readonly authorityKey: KeyObject;
  private region = '';

  static async start(): Promise<AwsIot> {
    const iot = new AwsIot(await makeKey('ecdsa'));
    await new Promise<void>((done) => iot.server.listen(0, '127.0.0.1', done));
    return iot;
  }

  private constructor(authorityKey: KeyObject) {
    this.authorityKey = authorityKey;
    this.server = createServer((request, response) => {
      this.answer(request).then(
        (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
        (error: unknown) => {
          const { status, name, message } = error as ApiError;
          if (request.headers.authorization?.includes('/s3/') === true) {
            response.writeHead(status, { 'content-type': 'application/xml' });
            response.end(`<Error><Code>${name}</Code><Message>${message}</Message></Error>`);
            return;
          }
          response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
          response.end(JSON.stringify({ message }));
        },
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Calls that changed, or would have changed, something. */
  get writes(): string[] {
    return this.calls.filter((call) => !call.startsWith('GET'));
  }

  document(policy: string): unknown {
    const found = this.policies.get(policy);
    return JSON.parse(found?.versions.get(found.defaultVersion) ?? 'null');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage): Promise<object> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const text = bytes.toString();
    const url = new URL(request.url ?? '', 'http://aws');
    const path = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const name = `${request.method} ${path.filter((_, i) => i % 2 === 0).join(' ')}`;
    this.calls.push(name);
    const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/(iot|s3)\//.exec(
      request.headers.authorization ?? '',
    );
    if (scope?.[2] === 's3' && this.jobs !== null) {
      this.jobs.putObject(path[0], path[1], bytes, String(request.headers['x-amz-content-sha256']));
      return {};
    }
    if (scope?.[2] !== 'iot') throw new ApiError(403, 'IncompleteSignatureException', 'not signed for iot');
    this.region = scope[1];
    this.refuse(name);
    return this.handle(name, {
      method: request.method ?? '',
      path,
      query: url.searchParams,
      principal: String(request.headers['x-amzn-principal'] ?? request.headers['x-amzn-iot-principal'] ?? ''),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, string>),
    });
  }

  private handle(name: string, { path, query, principal, body }: Call): object {
    const [, id, , version] = path;
    switch (name) {
      case 'GET endpoint':
        if (query.get('endpointType') !== 'iot:Data-ATS') throw new ApiError(400, 'InvalidRequestException', 'type');
        return { endpointAddress: `standin-ats.iot.${this.region}.amazonaws.com` };
      case 'GET things':
        if (!this.things.has(id)) throw notFound(`Thing ${id}`);
        return { thingName: id, thingArn: this.arn(`thing/${id}`), version: 1 };
      case 'POST things':
        this.things.add(id);
        return { thingName: id, thingArn: this.arn(`thing/${id}`), thingId: '7' };
      case 'POST certificates':
        return this.createCertificate(body.certificateSigningRequest, query.get('setAsActive') === 'true');
      case 'GET certificates': {
        const { arn, pem, status } = this.certificate(id);
        return {
          certificateDescription: { certificateArn: arn, certificateId: id, certificatePem: pem, status },
        };
      }
      case 'PUT certificates':
        this.certificate(id).status = query.get('newStatus') ?? '';
        return {};
      case 'GET policies': {
        const { versions, defaultVersion } = this.policy(id);
        return {
          policyName: id,
          policyDocument: versions.get(defaultVersion),
          defaultVersionId: defaultVersion,
        };
      }
      case 'POST policies':
        if (this.policies.has(id)) throw new ApiError(409, 'ResourceAlreadyExistsException', `Policy ${id} exists`);
        this.policies.set(id, { versions: new Map([['1', body.policyDocument]]), defaultVersion: '1' });
        return { policyName: id, policyVersionId: '1' };
      case 'GET policies version': {
        const { versions, defaultVersion } = this.policy(id);
        // Newest first, as AWS lists them.
        const ids = [...versions.keys()].reverse();
        return {
          policyVersions: ids.map((versionId) => ({ versionId, isDefaultVersion: versionId === defaultVersion })),
        };
      }
      case 'POST policies version': {
        const policy = this.policy(id);
        if (policy.versions.size >= 5) throw new ApiError(409, 'VersionsLimitExceededException', 'five is all');
        const next = String(Math.max(...[...policy.versions.keys()].map(Number)) + 1);
        policy.versions.set(next, body.policyDocument);
        if (query.get('setAsDefault') === 'true') policy.defaultVersion = next;
        return { policyVersionId: next };
      }
      case 'DELETE policies version': {
        const policy = this.policy(id);
        if (policy.defaultVersion === version) throw new ApiError(409, 'DeleteConflictException', 'the default');
        if (!policy.versions.delete(version)) throw notFound(`Version ${version}`);
        return {};
      }
      case 'PUT target-policies':
        this.policy(id);
        this.attached.add(`${id} → ${body.target}`);
        return {};
      case 'PUT things principals':
        if (!this.things.has(id)) throw notFound(`Thing ${id}`);
        this.attached.add(`${id} → ${principal}`);
        return {};
    }
    return this.jobs?.answer(name, path, body) ?? this.answerQuestion(name, id, principal, body);
  }

  /** The questions of doctor. */
  private answerQuestion(name: string, id: string, principal: string, body: Call['body']): object {
    switch (name) {
      case 'GET principals':
        return { things: [...this.things].filter((thing) => this.attached.has(`${thing} → ${principal}`)) };
      case 'POST attached-policies':
        return { policies: this.policiesOf(id).map((policyName) => ({ policyName })) };
      case 'POST test-authorization':
        return { authResults: this.evaluate(body as unknown as Authorization) };
      case 'GET domainConfigurations':
        if (id === undefined) {
          return {
            domainConfigurations: [...this.domains.keys()].map((domain) => ({ domainConfigurationName: domain })),
          };
        }
        return this.domains.get(id) ?? {};
      case 'POST things connectivity-data':
        if (!this.connectivity.has(id)) throw new ApiError(400, 'IndexNotReadyException', 'no index');
        return { thingName: id, ...this.connectivity.get(id) };
    }
    throw new ApiError(404, 'UnknownOperationException', name);
  }

  private policiesOf(principal: string): string[] {
    return [...this.policies.keys()].filter((policy) => this.attached.has(`${policy} → ${principal}`));
  }

  /** Which actions the attached policies allow; conditions are not looked at. */
  private evaluate({ principal, authInfos }: Authorization): object[] {
    const documents = this.policiesOf(principal).map((policy) => this.document(policy) as PolicyDocument);
    const statements = documents.flatMap(({ Statement }) => Statement);
    return authInfos.map((authInfo) => {
      const action = `iot:${authInfo.actionType[0]}${authInfo.actionType.slice(1).toLowerCase()}`;
      const allows = (resource: string): boolean =>
        statements.some(
          ({ Action, Resource }) =>
            [Action].flat().includes(action) && [Resource].flat().some((pattern) => matches(pattern, resource)),
        );
      return { authInfo, authDecision: authInfo.resources.every(allows) ? 'ALLOWED' : 'IMPLICIT_DENY' };
    });
  }

  /** Certificate of its authority, in PEM, for an endpoint that lets its devices in. */
  authority(): string {
    const der = makeCertificate({
      subject: AUTHORITY,
      subjectKey: this.authorityKey,
      issuer: AUTHORITY,
      issuerKey: this.authorityKey,
      from: new Date(Date.now() - DAY),
      to: new Date(Date.now() + DAY),
      extensions: [basicConstraints(true), keyUsage('keyCertSign')],
    });
    return encodePem('CERTIFICATE', der);
  }

  /** The thing that an active certificate is attached to; empty if there is none. */
  thingOf(certificate: Uint8Array): string {
    const { arn, status } = this.certificates.get(createHash('sha256').update(certificate).digest('hex')) ?? {};
    return status === 'ACTIVE' ? ([...this.things].find((thing) => this.attached.has(`${thing} → ${arn}`)) ?? '') : '';
  }

  private createCertificate(request: string, isActive: boolean): object {
    const pem = encodePem(
      'CERTIFICATE',
      makeCertificate({
        subject: { CN: 'AWS IoT Certificate' },
        subjectKey: requestedKey(request),
        issuer: AUTHORITY,
        issuerKey: this.authorityKey,
        from: new Date(Date.now() - 120_000),
        to: new Date(Date.now() + 3650 * DAY),
        extensions: [basicConstraints(false), keyUsage('digitalSignature')],
      }),
    );
    const id = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
    const arn = this.arn(`cert/${id}`);
    this.certificates.set(id, { arn, pem, status: isActive ? 'ACTIVE' : 'INACTIVE' });
    return { certificateArn: arn, certificateId: id, certificatePem: pem };
  }

  private certificate(id: string): Certificate {
    const found = this.certificates.get(id);
    if (found === undefined) throw notFound(`Certificate ${id}`);
    return found;
  }

  private policy(name: string): Policy {
    const found = this.policies.get(name);
    if (found === undefined) throw notFound(`Policy ${name}`);
    return found;
  }

  private arn(resource: string): string {
    return `arn:aws:iot:${this.region}:${ACCOUNT}:${resource}`;
  }
}

/** Whether a resource is one of a policy's, in which * stands for any characters. */
function matches(pattern: string, resource: string): boolean {
  const [start, ...rest] = pattern.split('*');
  return rest.length === 0 ? start === resource : resource.startsWith(start) && resource.endsWith(rest.at(-1) ?? '');
}

function notFound(what: string): ApiError {
  return new ApiError(404, 'ResourceNotFoundException', `${what} not found (${randomBytes(4).toString('hex')})`);
}

/** The public key of a certificate request, if the request proves that its sender has the private one. */
export function requestedKey(pem: string): KeyObject {
  try {
    const reader = new DerReader(decodePem(pem, 'CERTIFICATE REQUEST')[0].der, 'request');
    reader.enter();
    const information = reader.element();
    reader.contents();
    const signature = reader.bits();
    reader.leave();
    reader.end();
    const inner = new DerReader(information, 'request');
    inner.enter();
    if (inner.unsigned()[0] !== 0) throw new Error('version');
    inner.contents();
    const key = createPublicKey({ key: Buffer.from(inner.element()), format: 'der', type: 'spki' });
    if (inner.contents(0xa0).length !== 0) throw new Error('attributes');
    inner.leave();
    if (!verify('sha256', information, key, signature)) throw new Error('signature');
    return key;
  } catch (error) {
    throw new ApiError(400, 'InvalidRequestException', `certificate request: ${(error as Error).message}`);
  }
}
