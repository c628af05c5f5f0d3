/** Everything that TLS and MQTT tell of a connection, in the order in which it happened. */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import {
  type Direction,
  HANDSHAKE,
  type MqttTrace,
  type SecretName,
  type Trace,
  type TracedMessage,
  type TracedRecord,
} from '../../src/trace.ts';
import { packetName } from './mqttMeanings.ts';

/** A handshake message or an MQTT packet, with the names of its bytes. */
export interface Annotated {
  name: string;
  bytes: Uint8Array;
  annotations: Annotation[];
}

/** A handshake message with its direction. */
export interface TranscriptMessage extends Annotated {
  direction: Direction;
}

export type Happening =
  /** `content` is that of a record without handshake messages, under TLS's name for it. */
  | { kind: 'record'; record: TracedRecord; content: Annotated | null }
  | { kind: 'secret'; name: SecretName; bytes: Uint8Array };

export class Recording implements Trace {
  readonly happenings: Happening[] = [];
  /** Whole messages of either direction, in order, however they were spread over records. */
  readonly handshake: Record<Direction, Annotated[]> = { in: [], out: [] };
  /** The handshake messages of both directions, in the order in which they were sent. */
  readonly transcript: TranscriptMessage[] = [];
  readonly mqtt: Record<Direction, Annotated[]> = { in: [], out: [] };
  /** Bytes of a failed connection that came and belong to no record that was read. */
  unread: Uint8Array = new Uint8Array(0);

  record(record: TracedRecord): void {
    this.happenings.push({ kind: 'record', record, content: null });
  }

  message({ direction, name, bytes, annotations }: TracedMessage): void {
    const last = this.happenings[this.happenings.length - 1] as Happening | undefined;
    // Content other than handshake messages is reported right behind its record.
    if (last?.kind === 'record' && last.record.content === bytes && last.record.bytes[0] !== HANDSHAKE) {
      last.content = { name, bytes, annotations };
    } else {
      this.handshake[direction].push({ name, bytes, annotations });
      this.transcript.push({ direction, name, bytes, annotations });
    }
  }

  secret(name: SecretName, bytes: Uint8Array): void {
    this.happenings.push({ kind: 'secret', name, bytes });
  }

  /** The connection failed. @param received all that came */
  failed(received: Uint8Array): void {
    const records = this.happenings.flatMap((happening) => (happening.kind === 'record' ? [happening.record] : []));
    const read = records
      .filter(({ direction }) => direction === 'in')
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.unread = received.subarray(read);
  }

  readonly packet: MqttTrace = (direction, bytes, annotations) => {
    this.mqtt[direction].push({ name: packetName(bytes[0]), bytes, annotations });
  };

  /** A line of an SSLKEYLOGFILE, with which Wireshark decrypts the connection; null before the keys are agreed. */
  keyLogLine(): string | null {
    const hello = this.handshake.out.find(({ name }) => name === 'ClientHello');
    const random = hello?.annotations.find(({ name }) => name === 'random');
    const master = this.happenings.find(
      (happening) => happening.kind === 'secret' && happening.name === 'master_secret',
    );
    if (hello === undefined || random === undefined || master?.kind !== 'secret') return null;
    return `CLIENT_RANDOM ${toHex(hello.bytes.subarray(random.start, random.end))} ${toHex(master.bytes)}\n`;
  }
}
