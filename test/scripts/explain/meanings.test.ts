/** Tests the meanings that `npm run explain` gives to fields, which `src/` only names. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Annotation } from '../../../src/bytes/annotation.ts';
import { fromHex } from '../../../src/bytes/encoding.ts';
import { decodePacket } from '../../../src/mqtt/decode.ts';
import { encodePacket } from '../../../src/mqtt/encode.ts';
import type { Direction, TracedMessage } from '../../../src/trace.ts';
import { describeCertificate } from '../../../scripts/explain/certificateMeanings.ts';
import type { Described } from '../../../scripts/explain/described.ts';
import { describeMqtt } from '../../../scripts/explain/mqttMeanings.ts';
import { describeTls } from '../../../scripts/explain/tlsMeanings.ts';
import { issue, party } from '../../x509/certificates.ts';
import { Conversation } from '../../support/tls/conversation.ts';

function meaningIn(fields: Described[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.meaning;
}

test('fields of TLS say what they mean, and where that is specified', () => {
  const messages: TracedMessage[] = [];
  const trace = {
    record: (): void => undefined,
    secret: (): void => undefined,
    message: (message: TracedMessage) => void messages.push(message),
  };
  new Conversation({ request: {} }, { trace }).assertConnected();
  const said = (name: string, field: string, direction: Direction = 'in'): string => {
    const found = messages.find((one) => one.name === name && one.direction === direction) as TracedMessage;
    const described = describeTls(name, found.bytes, found.annotations).find(
      (one) => one.name === field && one.isLength !== true,
    );
    return `${described?.meaning}, ${described?.reference}`;
  };
  assert.equal(said('ServerHello', 'cipher_suite'), 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, RFC 5289, section 3.2');
  assert.equal(
    said('ServerHello', 'extension_type'),
    'renegotiation_info: no handshake came before this one, RFC 5746, section 3.2',
  );
  assert.equal(said('ServerKeyExchange', 'algorithm'), 'ECDSA with SHA-256, RFC 5246, section 7.4.1.4.1');
  assert.equal(said('ClientHello', 'host_name', 'out'), 'broker.example, RFC 6066, section 3');
  assert.equal(said('ClientHello', 'random', 'out'), '32 fresh random bytes, RFC 5246, section 7.4.1.2');
  assert.equal(said('ServerHello', 'random'), 'the server’s 32 bytes, RFC 5246, section 7.4.1.3');
  assert.match(said('Finished', 'verify_data', 'out'), /, RFC 5246, section 7\.4\.9$/);
  const { bytes, annotations } = messages.find(({ name }) => name === 'ServerHello') as TracedMessage;
  const fields = describeTls('ServerHello', bytes, annotations);
  const length = fields.find(({ name, isLength }) => name === 'extensions' && isLength) as Described;
  assert.equal(length.meaning, `${bytes.length - length.end} bytes`);
  assert.equal(length.reference, 'RFC 5246, section 4.3');
});

test('certificates show names, numbers and dates in words', () => {
  const fields = describeCertificate(issue(party('Issuing CA'), party('Server')));
  assert.equal(meaningIn(fields, 'issuer'), 'CN=Issuing CA, O=Test, C=US');
  assert.equal(meaningIn(fields, 'signature'), 'ecdsa-with-SHA256 (1.2.840.10045.4.3.2)');
  assert.equal(meaningIn(fields, 'notBefore'), '2024-01-01T00:00:00.000Z');
  assert.equal(meaningIn(fields, 'algorithm'), 'id-ecPublicKey (1.2.840.10045.2.1), secp256r1 (1.2.840.10045.3.1.7)');
  assert.equal(meaningIn(fields, 'extnID'), 'basicConstraints (2.5.29.19)');
  assert.equal(meaningIn(fields, 'KeyUsage'), 'digitalSignature');
  assert.equal(meaningIn(fields, 'KeyPurposeId'), 'serverAuth (1.3.6.1.5.5.7.3.1)');
  assert.match(fields.find(({ name }) => name === 'subject')?.reference ?? '', /^RFC 5280, section 4\.1\.2\.6$/);
});

test('bytes that are no certificate are shown as the DER that they are, or as bytes', () => {
  assert.deepEqual(
    describeCertificate(fromHex('300302012a')).map(({ name, meaning }) => [name, meaning]),
    [
      ['SEQUENCE', ''],
      ['INTEGER', '42'],
    ],
  );
  assert.deepEqual(
    describeCertificate(fromHex('ffff')).map(({ name }) => name),
    ['contents'],
  );
});

test("MQTT's flags, lengths and text are explained", () => {
  const annotations: Annotation[] = [];
  const will = { topic: 'k/1/status', payload: 'off', qos: 1, retain: true } as const;
  const connect = encodePacket(
    { cmd: 'connect', clean: true, keepalive: 300, clientId: 'kitchen-é', username: 'u', password: 'p', will },
    annotations,
  );
  const fields = describeMqtt(connect, annotations);
  assert.equal(meaningIn(fields, 'Control Packet type'), 'CONNECT');
  assert.equal(meaningIn(fields, 'Remaining Length'), `${connect.length - 2} bytes`);
  assert.equal(
    meaningIn(fields, 'Connect Flags'),
    'clean session, will with QoS 1, to be retained, user name, password',
  );
  assert.equal(meaningIn(fields, 'Keep Alive'), '300 s');
  assert.equal(meaningIn(fields, 'Client Identifier'), 'kitchen-é');
  const received: Annotation[] = [];
  const connack = fromHex('20020000');
  decodePacket(connack, received);
  assert.equal(meaningIn(describeMqtt(connack, received), 'Connect Return code'), 'connection accepted');
});
