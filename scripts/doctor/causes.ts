/**
 * The likely reasons of a refusal, the likeliest first. AWS IoT Core gives none: its developer guide ("Diagnosing
 * connectivity issues") and people's reports say what its silences mean.
 */
import { CertificateError, cipherSuites, groups, TlsError } from '../../src/index.ts';
import { MqttError } from '../../src/mqtt/index.ts';
import { isAws, type BoardConfig } from '../config/config.ts';
import { SilenceError } from './brokerConnection.ts';
import { chainCauses } from './chainCauses.ts';

const PROVISION = 'npm run provision looks all of it up and puts it right';

/** How far a handshake came. */
export interface Progress {
  /** Whether the server showed its certificates: before, nobody has seen the device's. */
  hasShownChain: boolean;
  /** Whether it asked for the device's. */
  isAsked: boolean;
  /** What it showed, DER. */
  chain?: readonly Uint8Array[];
}

/** Of a handshake. */
export function tlsCauses(error: Error, config: BoardConfig, progress: Progress): string[] {
  const { host, port } = config.endpoint;
  if (error instanceof TlsError) {
    if (error.underlying instanceof CertificateError)
      return chainCauses(error.underlying, config, progress.chain ?? []);
    if (error.origin === 'peer') return alertCauses(error, config, progress);
    if (error.origin === 'local')
      return [`what answers on port ${port} is no TLS 1.2 server that the board can talk to`];
  }
  // A server that has shown its certificates speaks TLS, under this name.
  if (progress.hasShownChain) return deviceCauses(config, progress);
  const what = error instanceof SilenceError ? 'said nothing' : 'closed without a word';
  const compare = '; compare with aws iot describe-endpoint --endpoint-type iot:Data-ATS';
  return [`the server ${what}: it knows no ${host}${isAws(config) ? compare : ''}`, `port ${port} is not a TLS port`];
}

/** Of a server that ended it after its certificates. */
function deviceCauses(config: BoardConfig, { isAsked }: Progress): string[] {
  if (!isAsked) return ['the server has a reason of its own: it did not ask for a certificate'];
  if (config.tls.certificate === undefined) {
    return ['the endpoint wants a certificate, and tls.certificate and tls.key name none'];
  }
  return [
    isAws(config)
      ? `the device certificate is not active, or not known to this account in this region: ${PROVISION}`
      : 'the device certificate is not one that this endpoint knows: was it made for it?',
    'the device certificate has expired, or was revoked',
  ];
}

function alertCauses({ alert }: TlsError, config: BoardConfig, progress: Progress): string[] {
  if (alert === 'protocol_version' || alert === 'insufficient_security') {
    return [
      isAws(config)
        ? "the domain's security policy leaves TLS 1.2 out: choose IotSecurityPolicy_TLS13_1_2_2022_10"
        : 'the server wants TLS 1.3; the board speaks 1.2',
    ];
  }
  const unknownName = `the server knows no ${config.endpoint.host}: compare endpoint.host with the endpoint's own name`;
  if (alert === 'unrecognized_name') return [unknownName];
  if (alert === 'no_application_protocol') return ['this port wants another protocol: on AWS, 8883 or 443'];
  if (progress.hasShownChain) return deviceCauses(config, progress);
  return [
    `the server takes neither ${listed(cipherSuites(), 'nor')}, or neither of the groups ` +
      `${listed(groups(), 'and')}, or none of the board's signature algorithms`,
    unknownName,
  ];
}

function listed(table: readonly { name: string }[], conjunction: string): string {
  return table.map(({ name }) => name).join(` ${conjunction} `);
}

/** Of CONNECT. */
export function connectCauses(error: Error, config: BoardConfig): string[] {
  const { thing } = config;
  if (error instanceof TlsError) return tlsCauses(error, config, { hasShownChain: true, isAsked: true });
  if (error instanceof SilenceError) return ['the server is overloaded, or no MQTT broker'];
  if (!(error instanceof MqttError)) return [];
  const { problem, returnCode } = error;
  if (problem === 'refused' && returnCode === 3) return ['the broker will not have anybody now; try again later'];
  if (problem === 'refused' && returnCode === 4) return ['endpoint.username or endpoint.password is wrong'];
  if (problem !== 'refused' && problem !== 'closed_before_connack') return ['what answers is no MQTT 3.1.1 broker'];
  if (!isAws(config)) {
    return [
      `the broker does not let client id '${thing}' in with this certificate`,
      'endpoint.username and endpoint.password are missing or wrong',
    ];
  }
  return [
    `the certificate has no policy attached, or one without iot:Connect for client/${thing}: ${PROVISION}`,
    'the policy lets nobody connect with a will: it lacks the condition iot:ConnectAttributes LastWill, or iot:Publish ' +
      'and iot:RetainPublish for the status topic',
    'the certificate is not active',
    `the policy goes by thing name, and the certificate is not attached to the thing ${thing}`,
    `client id ${thing} connected less than a second ago: try again`,
  ];
}

/** Of PUBLISH with QoS 1, up to its PUBACK. */
export function publishCauses(error: Error, config: BoardConfig, topic: string): string[] {
  if (error instanceof SilenceError) return ['the broker took the message and did not acknowledge it'];
  const twin = `another client with id '${config.thing}' came: the board itself is on, or a second one has its config`;
  return isAws(config)
    ? [`the policy lacks iot:Publish for topic/${topic}: ${PROVISION}`, twin]
    : [`the broker does not let this client publish to ${topic}`, twin];
}

/** Of SUBSCRIBE. */
export function subscribeCauses(config: BoardConfig, topic: string): string[] {
  return isAws(config)
    ? [`the policy lacks iot:Subscribe for topicfilter/${topic}: ${PROVISION}`]
    : [`the broker does not let this client subscribe to ${topic}`];
}
