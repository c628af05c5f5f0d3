/** Runs the board's own TLS and MQTT client on a tape, as it is or with other bytes in place of the server's. */
import { publishOnce } from './publishOnce.ts';
import { Recording } from './recording.ts';
import { recordSpans, streamOf, type Tape } from './tape.ts';
import { createTlsClient, finish, prepareHandshake } from '../../src/index.ts';
import { createMqttClient } from '../../src/mqtt/index.ts';

export interface Replay {
  recording: Recording;
  /** All that the client transmitted. */
  sent: Uint8Array;
  /** Why the connection failed; null if it did not. */
  error: Error | null;
  /** Whether both sides ended it in order. */
  isClosed: boolean;
}

/**
 * @param incoming what the server's bytes are to be; those on the tape unless given
 * @param isCutOff whether the transport ends behind them
 */
export function replay(tape: Tape, incoming = streamOf(tape, 'in'), isCutOff = false): Replay {
  const { host, alpn, time, anchors, certificates, secrets } = tape;
  const recording = new Recording();
  const random = replayedEntropy(tape);
  const key = secrets?.deviceKey ?? { type: 'ec', privateKey: 1n };
  const identity = certificates.length === 0 ? null : { certificates, key };
  const client = createTlsClient({
    host,
    anchors,
    identity,
    random,
    time: () => time,
    prepared: finish(prepareHandshake(identity, random)),
    trace: recording,
    ...(alpn === undefined ? {} : { alpn }),
  });
  const mqtt = createMqttClient({ clientId: 'x', keepAliveSeconds: 30, ...secrets?.mqtt, trace: recording.packet });
  const message = secrets?.message ?? null;
  const begin = (): void => {
    if (message === null) client.close();
    else mqtt.start(0);
  };
  const sent: number[] = [];
  let error: Error | null = null;
  let isClosed = false;

  const deliverMqtt = (): void =>
    publishOnce(mqtt, message, {
      send: (bytes) => client.send(bytes),
      close: () => client.close(),
      fail: (reason) => (error = reason),
    });
  const run = (): void => {
    for (let isBusy = true; isBusy;) {
      while (client.work());
      isBusy = false;
      for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
        isBusy = true;
        if (event.type === 'transmit') sent.push(...event.bytes);
        else if (event.type === 'connected') begin();
        else if (event.type === 'data') mqtt.receive(event.bytes, 0);
        else if (event.type === 'closed') isClosed = true;
        else error = event.error;
        deliverMqtt();
      }
    }
  };

  run();
  // The client receives one record at a time, so that it answers each before it reads the next, as in the recorded connection.
  for (const { start, end } of recordSpans(incoming)) {
    client.receive(incoming.subarray(start, end));
    run();
  }
  if (isCutOff) {
    client.transportClosed();
    run();
  }
  if (error !== null) recording.failed(incoming);
  return { recording, sent: Uint8Array.from(sent), error, isClosed };
}

/**
 * Returns a generator that gives the bytes which the client's generator gave in the recorded connection. If the tape withholds
 * them, it gives the client's random, which everybody saw on the wire, and then constants.
 */
function replayedEntropy(tape: Tape): (length: number) => Uint8Array {
  let at = 0;
  const known = tape.secrets?.entropy ?? streamOf(tape, 'out').subarray(11, 43);
  return (length) => {
    const bytes = new Uint8Array(length).fill(0x5a);
    bytes.set(known.subarray(at, at + length));
    at += length;
    return bytes;
  };
}
