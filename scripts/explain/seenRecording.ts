/** A tape's recording, made from what went over the wire and the master secret, where the client itself is not here. */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { concat } from '../../src/bytes/encoding.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { decodePacket, packetLength } from '../../src/mqtt/decode.ts';
import { messageName } from '../../src/tls/messageName.ts';
import { parseServerHello } from '../../src/tls/serverHello.ts';
import { parseServerKeyExchange } from '../../src/tls/serverKeyExchange.ts';
import { traceRecord } from '../../src/tls/trace.ts';
import { APPLICATION_DATA, type Direction, HANDSHAKE, MESSAGE_HEADER, RECORD_HEADER } from '../../src/trace.ts';
import { certificateList } from '../lib/certificateList.ts';
import { readCertificateRequest } from './certificateRequest.ts';
import { parseCertificateVerify, parseClientHello, parseClientKeyExchange } from './clientMessages.ts';
import { annotateClientPacket } from './clientPackets.ts';
import { factsOf } from './facts.ts';
import { Recording } from './recording.ts';
import { type OpenedRecord, openRecords } from './sealed.ts';
import type { Tape } from './tape.ts';

export function seenRecording(tape: Tape): Recording {
  const facts = factsOf(tape);
  const { observed, masterSecret, keyBlock } = facts;
  const recording = new Recording();
  const opened = new Map<object, OpenedRecord>();
  if (keyBlock !== null) for (const one of openRecords(observed, keyBlock)) opened.set(one.record, one);
  // Handshake messages in clear come before Finished in either direction.
  for (const { direction, bytes } of observed.messages) addMessage(recording, direction, bytes, false);
  const hello = observed.records.find(({ direction }) => direction === 'out');
  let isKeyed = false;
  const pending: Record<Direction, Uint8Array> = { in: new Uint8Array(0), out: new Uint8Array(0) };
  for (const record of observed.records) {
    const { direction, bytes, isSealed } = record;
    const content = isSealed ? (opened.get(record)?.content ?? null) : bytes.subarray(RECORD_HEADER);
    if (content === null) continue;
    // The client makes the secrets while it writes its flight, which is its second record.
    const isFlight = direction === 'out' && bytes[0] === HANDSHAKE && record !== hello;
    if (!isKeyed && isFlight && masterSecret !== null && keyBlock !== null) {
      isKeyed = true;
      recording.secret('master_secret', masterSecret);
      recording.secret('key_block', keyBlock);
    }
    traceRecord(recording, direction, bytes, content, isSealed);
    if (bytes[0] === HANDSHAKE && isSealed) addMessage(recording, direction, content, true);
    if (bytes[0] === APPLICATION_DATA) {
      pending[direction] = addPackets(recording, direction, concat(pending[direction], content));
    }
  }
  return recording;
}

function addMessage(recording: Recording, direction: Direction, bytes: Uint8Array, isSealed: boolean): void {
  const name = messageName(bytes[0]);
  const annotations: Annotation[] = [
    { start: 0, end: 1, name: 'msg_type', depth: 0 },
    { start: 1, end: MESSAGE_HEADER, name: 'length', depth: 0 },
  ];
  const body = new Reader(bytes, name, MESSAGE_HEADER);
  body.annotations = annotations;
  try {
    readBody(name, body);
  } catch {
    // The fields that were read before the error are shown.
  }
  recording.message({ direction, name, bytes, annotations, protected: isSealed });
}

function readBody(name: string, body: Reader): void {
  if (name === 'ClientHello') parseClientHello(body);
  else if (name === 'ServerHello') parseServerHello(body, { serverName: true, alpn: null });
  else if (name === 'Certificate') certificateList(body);
  else if (name === 'ServerKeyExchange') parseServerKeyExchange(body);
  else if (name === 'CertificateRequest') readCertificateRequest(body);
  else if (name === 'ClientKeyExchange') parseClientKeyExchange(body);
  else if (name === 'CertificateVerify') parseCertificateVerify(body);
  else if (name === 'Finished') {
    body.rest();
    body.note('verify_data');
  }
}

/** @returns the beginning of a packet whose end has not come */
function addPackets(recording: Recording, direction: Direction, bytes: Uint8Array): Uint8Array {
  let rest = bytes;
  for (;;) {
    const length = packetLength(rest);
    if (length === 0 || length > rest.length) return rest;
    const packet = rest.slice(0, length);
    recording.packet(direction, packet, direction === 'out' ? annotateClientPacket(packet) : serverPacket(packet));
    rest = rest.subarray(length);
  }
}

function serverPacket(packet: Uint8Array): Annotation[] {
  const annotations: Annotation[] = [];
  try {
    decodePacket(packet, annotations);
  } catch {
    // The fields that were read before the error are shown.
  }
  return annotations;
}
