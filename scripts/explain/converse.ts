/** One connection from dialling to close_notify, by the board's own TLS and MQTT code, with everything written down. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { concat } from '../../src/bytes/encoding.ts';
import { finish, prepareHandshake, type TlsClientOptions } from '../../src/index.ts';
import { createMqttClient } from '../../src/mqtt/index.ts';
import type { Direction } from '../../src/trace.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { openTls, type TlsSocket } from '../lib/tlsSocket.ts';
import { publishOnce } from './publishOnce.ts';
import { Recording } from './recording.ts';
import type { Chunk, Tape } from './tape.ts';
import type { Target } from './target.ts';

/** ms that dialling and then all the rest may take. */
const PATIENCE = 20_000;

export interface Conversation {
  recording: Recording;
  /** The same connection, in a form that can be run again. */
  tape: Tape;
  /** Bytes that TCP carried. */
  sent: number;
  received: number;
  /** Why it ended before its time; null if everything was said. */
  error: Error | null;
}

/** @throws UserError if nobody answers the dialling */
export function converse(target: Target): Promise<Conversation> {
  const { host, address, port, anchors, identity, alpn, message } = target;
  const recording = new Recording();
  const entropy: Uint8Array[] = [];
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(randomBytes(length));
    entropy.push(bytes.slice());
    return bytes;
  };
  const exchange: Chunk[] = [];
  const time = Date.now();
  const start = performance.now();
  const write = (direction: Direction, bytes: Uint8Array): void => {
    exchange.push({ direction, ms: performance.now() - start, bytes: new Uint8Array(bytes) });
  };
  const options: TlsClientOptions = {
    host,
    anchors,
    identity,
    random,
    time: () => time,
    prepared: finish(prepareHandshake(identity, random)),
    trace: {
      record(record) {
        if (record.direction === 'out') write('out', record.bytes);
        recording.record(record);
      },
      message: (message) => recording.message(message),
      secret: (name, bytes) => recording.secret(name, bytes),
    },
    ...(alpn === undefined ? {} : { alpn }),
  };
  const mqtt = createMqttClient({ ...target.mqtt, trace: recording.packet });
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    const where = `${host} port ${port}`;
    const unreachable = (why: string): void => {
      socket.destroy();
      reject(new UserError(`cannot connect to ${where}: ${why}`));
    };
    const onError = (error: Error): void => unreachable(systemProblem(error));
    socket.once('error', onError);
    let timer = setTimeout(() => unreachable('no answer'), PATIENCE);
    socket.once('connect', () => {
      socket.off('error', onError);
      clearTimeout(timer);
      timer = setTimeout(() => end(new UserError(`${where} fell silent`)), PATIENCE);
      socket.on('data', (bytes: Buffer) => {
        received.push(bytes);
        write('in', bytes);
      });
      tls = openTls(socket, options, (event) => {
        if (event.type === 'connected' && target.talks) mqtt.start(performance.now());
        else if (event.type === 'connected') {
          isSaid = true;
          tls?.close();
        } else if (event.type === 'data') mqtt.receive(event.bytes, performance.now());
        else if (event.type === 'failed') end(event.error);
        else end(isSaid ? null : new UserError(`${where} ended the connection: does its policy allow this?`));
        deliver();
      });
    });

    const received: Buffer[] = [];
    let tls: TlsSocket | undefined;
    let isSaid = false;
    const deliver = (): void =>
      publishOnce(mqtt, message, {
        send: (bytes) => tls?.send(bytes),
        close() {
          isSaid = true;
          tls?.close();
        },
        fail: (error) => end(error),
      });
    const tape = (): Tape => ({
      kind: target.kind,
      host,
      ...(alpn === undefined ? {} : { alpn }),
      time,
      anchors,
      certificates: [...(identity?.certificates ?? [])],
      deviceAuthority: target.deviceAuthority,
      exchange,
      secrets: {
        entropy: concat(...entropy),
        deviceKey: identity?.key ?? null,
        mqtt: target.mqtt,
        message: target.talks ? message : null,
      },
      masterSecret: null,
      oldKeyExchange: null,
    });
    /** The first reason counts; what is on its way still goes out. */
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      const done = (): void => {
        if (error !== null) recording.failed(Buffer.concat(received));
        resolve({ recording, tape: tape(), sent: socket.bytesWritten, received: socket.bytesRead, error });
        socket.destroy();
      };
      if (socket.writableFinished || socket.destroyed) done();
      else socket.end(done);
    };
  });
}
