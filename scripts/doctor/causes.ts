/**
 * The likely reasons of a refusal, the likeliest first. AWS IoT Core gives no reasons. These come from its developer
 * guide ("Diagnosing connectivity issues") and from people's reports.
 */
import { CertificateError, cipherSuites, groups, TlsError, type AlertDescription } from '../../src/index.ts';
import { MqttError } from '../../src/mqtt/index.ts';
import { isAws, type BoardConfig } from '../config/config.ts';
import { SilenceError } from './brokerConnection.ts';
import { chainCauses } from './chainCauses.ts';

const PROVISION = 'npm run provision checks all of it and corrects it';

/** The steps that a handshake reached. */
export interface Progress {
  /** Whether the server sent its certificates. The device's certificate is sent after that. */
  hasShownChain: boolean;
  /** Whether the server asked for the device's certificate. */
  isAsked: boolean;
  /** The server's certificates, DER. */
  chain?: readonly Uint8Array[];
}

/** Reasons for which a handshake fails. */
export function tlsCauses(error: Error, config: BoardConfig, progress: Progress): string[] {
  const { host, port } = config.endpoint;
  if (error instanceof TlsError) {
    if (error.underlying instanceof CertificateError)
      return chainCauses(error.underlying, config, progress.chain ?? []);
    if (error.origin === 'peer') return alertCauses(error, config, progress);
    if (error.origin === 'local') return [`the server on port ${port} does not speak TLS 1.2 as the board does`];
  }
  // A server that has sent its certificates speaks TLS and answers to this name.
  if (progress.hasShownChain) return deviceCauses(config, progress);
  const what = error instanceof SilenceError ? 'does not answer' : 'closed the connection without an alert';
  const compare = '; compare with aws iot describe-endpoint --endpoint-type iot:Data-ATS';
  return [
    `the server ${what}: it does not know the name ${host}${isAws(config) ? compare : ''}`,
    `port ${port} is not a TLS port`,
  ];
}

const OTHER_KIND_OF_KEY =
  'the server does not take device keys of this kind: for a key on P-256, let it allow P-256 (prime256v1) beside P-384 ' +
  '(nginx: ssl_ecdh_curve, openssl s_server: -groups), or give the board an RSA key';

/** The meaning of a server's alert for the device certificate. Most servers send a general one. */
const ALERT_CAUSES: Partial<Record<AlertDescription, string>> = {
  // OpenSSL sends the first if its own groups lack the curve of the key.
  illegal_parameter: OTHER_KIND_OF_KEY,
  unsupported_certificate: OTHER_KIND_OF_KEY,
  certificate_expired: "the device certificate is not valid now, by the server's clock",
  certificate_revoked: 'the device certificate was revoked',
};

/** Reasons for which a server ends the handshake after its certificates. */
function deviceCauses(config: BoardConfig, { isAsked }: Progress, alert: AlertDescription | null = null): string[] {
  if (!isAsked) return ['the device certificate is not the reason, because the server did not ask for it'];
  if (config.tls.certificate === undefined) {
    return ['the endpoint wants a certificate: set tls.certificate and tls.key'];
  }
  const told = alert === null ? undefined : ALERT_CAUSES[alert];
  if (told !== undefined) return [told];
  return [
    isAws(config)
      ? `the device certificate is not active, or not known to this account in this region: ${PROVISION}`
      : 'this endpoint does not know the device certificate: was it made for this endpoint?',
    'the device certificate has expired, or was revoked',
  ];
}

function alertCauses({ alert }: TlsError, config: BoardConfig, progress: Progress): string[] {
  if (alert === 'protocol_version' || alert === 'insufficient_security') {
    return [
      isAws(config)
        ? "the domain's security policy does not allow TLS 1.2: choose IotSecurityPolicy_TLS13_1_2_2022_10"
        : 'the server wants TLS 1.3; the board speaks 1.2',
    ];
  }
  const unknownName = `the server does not know the name ${config.endpoint.host}: compare endpoint.host with the endpoint's own name`;
  if (alert === 'unrecognized_name') return [unknownName];
  if (alert === 'no_application_protocol')
    return ['the server wants another protocol on this port: AWS has MQTT on 8883 and 443'];
  if (progress.hasShownChain) return deviceCauses(config, progress, alert);
  return [
    `the server accepts neither ${listed(cipherSuites(), 'nor')}, or neither of the groups ` +
      `${listed(groups(), 'and')}, or none of the board's signature algorithms`,
    unknownName,
  ];
}

function listed(table: readonly { name: string }[], conjunction: string): string {
  return table.map(({ name }) => name).join(` ${conjunction} `);
}

/** Reasons for which CONNECT fails. */
export function connectCauses(error: Error, config: BoardConfig): string[] {
  const { thing } = config;
  if (error instanceof TlsError) return tlsCauses(error, config, { hasShownChain: true, isAsked: true });
  if (error instanceof SilenceError) return ['the server is overloaded, or is not an MQTT broker'];
  if (!(error instanceof MqttError)) return [];
  const { problem, returnCode } = error;
  if (problem === 'refused' && returnCode === 3) return ['the broker is unavailable; try again later'];
  if (problem === 'refused' && returnCode === 4) return ['endpoint.username or endpoint.password is wrong'];
  if (problem !== 'refused' && problem !== 'closed_before_connack') return ['the server is not an MQTT 3.1.1 broker'];
  if (!isAws(config)) {
    return [
      `the broker does not accept client id '${thing}' with this certificate`,
      'endpoint.username and endpoint.password are missing or wrong',
    ];
  }
  return [
    `the certificate has no policy attached, or one without iot:Connect for client/${thing}: ${PROVISION}`,
    'the policy does not allow a will: it lacks the condition iot:ConnectAttributes LastWill, or iot:Publish ' +
      'and iot:RetainPublish for the status topic',
    'the certificate is not active',
    `the policy depends on the thing name, and the certificate is not attached to the thing ${thing}`,
    `client id ${thing} connected less than a second ago: try again`,
  ];
}

/** Reasons for which PUBLISH with QoS 1 is not acknowledged. */
export function publishCauses(error: Error, config: BoardConfig, topic: string): string[] {
  if (error instanceof SilenceError) return ['the broker received the message and did not acknowledge it'];
  const twin = `another client with id '${config.thing}' connected: the board itself is on, or a second board has its config`;
  return isAws(config)
    ? [`the policy lacks iot:Publish for topic/${topic}: ${PROVISION}`, twin]
    : [`the broker does not let this client publish to ${topic}`, twin];
}

/** Reasons for which SUBSCRIBE is refused. */
export function subscribeCauses(config: BoardConfig, topic: string): string[] {
  return isAws(config)
    ? [`the policy lacks iot:Subscribe for topicfilter/${topic}: ${PROVISION}`]
    : [`the broker does not let this client subscribe to ${topic}`];
}
