/** Watches the trace (src/tls/trace.ts) for facts about a handshake that the client's events do not give. */
import { HmacKey } from '../../src/crypto/hmac.ts';
import { prf } from '../../src/crypto/prf.ts';
import { finish } from '../../src/steps.ts';
import type { Direction, Trace, TracedMessage } from '../../src/tls/trace.ts';

export class Observer implements Trace {
  private readonly messages: TracedMessage[] = [];
  private masterSecret = new Uint8Array(0);

  record(): void {}

  message(message: TracedMessage): void {
    this.messages.push(message);
  }

  secret(name: string, bytes: Uint8Array): void {
    if (name === 'master_secret') this.masterSecret = Uint8Array.from(bytes);
  }

  /** The first message of this name in this direction; empty if there was none. */
  bytes(direction: Direction, name: string): Uint8Array {
    return this.find(direction, name)?.bytes ?? new Uint8Array(0);
  }

  /** The bytes of every field of this name in the first such message that came in. */
  fields(message: string, name: string): Buffer[] {
    const found = this.find('in', message);
    return (found?.annotations ?? [])
      .filter((annotation) => annotation.name === name && annotation.isLength !== true)
      .map(({ start, end }) => Buffer.from(found?.bytes.subarray(start, end) ?? []));
  }

  /** Whether the ServerHello held an extension, by its number. */
  hasServerExtension(type: number): boolean {
    return this.fields('ServerHello', 'extension_type').some((bytes) => bytes.readUInt16BE() === type);
  }

  /** Keying material (RFC 5705, section 4), which proves to the runner that the master secret is the same. */
  export(length: number, label: string, context: string | undefined): Uint8Array {
    const randoms = [this.bytes('out', 'ClientHello'), this.bytes('in', 'ServerHello')].map((m) => m.subarray(6, 38));
    const seed = [...randoms];
    if (context !== undefined) seed.push(Uint8Array.of(context.length >> 8, context.length), Buffer.from(context));
    return finish(prf(new HmacKey(this.masterSecret), label, Uint8Array.from(Buffer.concat(seed)), length));
  }

  private find(direction: Direction, name: string): TracedMessage | undefined {
    return this.messages.find((message) => message.direction === direction && message.name === name);
  }
}
