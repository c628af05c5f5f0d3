/**
 * One connection to the broker: TCP, TLS and MQTT one on top of the other. It is driven by `tick()`, computes a slice of
 * time at most in each, and tells what happened; once ended it is of no more use.
 */
import type { Message, MqttClient, MqttEvent } from '../src/mqtt/client.ts';
import type { ConnectedEvent, TlsClient } from '../src/tls/client.ts';

/** ms of computing a turn of the event loop, beyond which no new slice is begun. */
const TURN = 60;
/** ms between two looks whether lwIP has dropped the connection. */
const PROBE_INTERVAL = 250;

/** TCP as `kaluma/tcp.ts` has it. */
export interface Transport {
  readonly state: 'connecting' | 'connected' | 'closed';
  readonly reason: string;
  readonly flushed: boolean;
  write(bytes: Uint8Array): void;
  flush(): void;
  probe(): void;
  close(): void;
}

export interface ConnectionOptions {
  /** Dials. @param onData for the bytes that come @throws Error */
  dial: (onData: (bytes: Uint8Array) => void) => Transport;
  tls: TlsClient;
  mqtt: MqttClient;
  /** ms since boot. */
  uptime: () => number;
  /** TLS is up. */
  onSecured: (event: ConnectedEvent) => void;
}

/** What a person is told of an end. */
export interface Failure {
  area: 'tcp' | 'tls' | 'mqtt';
  error: Error;
}

export type DeliveredEvent = Extract<MqttEvent, { type: 'acknowledged' | 'subscribed' | 'message' }>;

export class Connection {
  phase: 'tcp' | 'tls' | 'mqtt' | 'ready' | 'ended' = 'tcp';
  /** Why it ended; null if it was closed. */
  failure: Failure | null = null;
  /** When TCP was up, TLS was up, and bytes came last; ms since boot. */
  openedAt = 0;
  securedAt = 0;
  receivedAt = 0;
  private readonly transport: Transport;
  private readonly tls: TlsClient;
  private readonly mqtt: MqttClient;
  private readonly uptime: () => number;
  private readonly onSecured: ConnectionOptions['onSecured'];
  private readonly delivered: DeliveredEvent[] = [];
  private probedAt = 0;

  /** @throws what `dial` throws */
  constructor({ dial, tls, mqtt, uptime, onSecured }: ConnectionOptions) {
    this.tls = tls;
    this.mqtt = mqtt;
    this.uptime = uptime;
    this.onSecured = onSecured;
    this.transport = dial((bytes) => {
      this.receivedAt = uptime();
      tls.receive(bytes);
    });
  }

  /** What came of MQTT, in order. */
  nextEvent(): DeliveredEvent | undefined {
    return this.delivered.shift();
  }

  /** Only when ready. */
  publish(message: Message): void {
    this.mqtt.publish(message);
    this.takeMqttEvents();
  }

  /** Only when ready. */
  subscribe(topic: string): void {
    this.mqtt.subscribe(topic);
    this.takeMqttEvents();
  }

  /** Lets bytes pass and computes, some 60 ms and a slice. */
  tick(now: number): void {
    if (this.phase === 'ended') return;
    if (now - this.probedAt >= PROBE_INTERVAL) {
      this.probedAt = now;
      this.transport.probe();
    }
    if (this.phase === 'tcp') {
      if (this.transport.state === 'closed') this.fail('tcp', new Error(this.transport.reason));
      if (this.transport.state !== 'connected') return;
      this.phase = 'tls';
      this.openedAt = now;
    }
    if (this.transport.state === 'closed') this.tls.transportClosed();
    while (this.tls.work() && this.uptime() - now < TURN) this.takeTlsEvents();
    this.takeTlsEvents();
    if (this.phase === 'mqtt' || this.phase === 'ready') {
      this.mqtt.tick(this.uptime());
      this.takeMqttEvents();
    }
    this.transport.flush();
  }

  /** Says good-bye on each layer that is still up, and frees everything. */
  close(): void {
    if (this.phase === 'ready') {
      this.mqtt.disconnect();
      this.takeMqttEvents();
    }
    this.phase = 'ended';
    this.tls.close();
    while (this.tls.work());
    this.takeTlsEvents();
    // Without a connection nothing moves, and with one a turn's share at a time.
    while (!this.transport.flushed && this.transport.state === 'connected') this.transport.flush();
    this.transport.close();
  }

  private takeTlsEvents(): void {
    for (let event = this.tls.nextEvent(); event !== undefined; event = this.tls.nextEvent()) {
      switch (event.type) {
        case 'transmit':
          this.transport.write(event.bytes);
          break;
        case 'connected':
          this.phase = 'mqtt';
          this.securedAt = this.uptime();
          this.onSecured(event);
          this.mqtt.start(this.uptime());
          this.takeMqttEvents();
          break;
        case 'data':
          this.mqtt.receive(event.bytes, this.uptime());
          this.takeMqttEvents();
          break;
        case 'closed':
          this.transportEnded(new Error('closed by the server'));
          break;
        case 'failed':
          this.transportEnded(event.error);
      }
    }
  }

  private takeMqttEvents(): void {
    for (let event = this.mqtt.nextEvent(); event !== undefined; event = this.mqtt.nextEvent()) {
      switch (event.type) {
        case 'transmit':
          this.tls.send(event.bytes);
          break;
        case 'connected':
          this.phase = 'ready';
          break;
        case 'failed':
          this.fail('mqtt', event.error);
          break;
        case 'disconnected':
          break;
        default:
          this.delivered.push(event);
      }
    }
  }

  /** TLS ended, of itself or because TCP did: what that means is for MQTT to say, if it was up. */
  private transportEnded(error: Error): void {
    if (this.phase === 'tls') {
      this.fail('tls', error);
      return;
    }
    this.mqtt.transportClosed();
    this.takeMqttEvents();
    this.fail('tls', error);
  }

  private fail(area: Failure['area'], error: Error): void {
    if (this.phase === 'ended') return;
    this.failure = { area, error };
    this.phase = 'ended';
  }
}
