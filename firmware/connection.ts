/**
 * One connection to the broker: TCP, TLS and MQTT on top of each other. `tick()` drives it and computes some slices; it
 * tells what happened, and once it failed it is only to be closed.
 */
import type { ConnectedEvent, TlsClient } from '../src/index.ts';
import type { Message, MqttClient, MqttEvent } from '../src/mqtt/index.ts';

/** ms of computing in a turn of the event loop, beyond which no new slice is begun. */
const TURN = 60;
/** ms without a byte, where some are due, after which nobody is thought to be there. */
const SILENCE = 15_000;
/** ms that a good-bye may take. */
const GOODBYE = 200;
/** ms between two looks whether lwIP has dropped the connection. */
const PROBE_INTERVAL = 250;

/** TCP, as `kaluma/tcp.ts` has it. */
export interface Transport {
  /** Why it is closed; empty while it is not. */
  reason(): string;
  isConnected(): boolean;
  /** Whether it ended without the other side's closing it. */
  isBroken(): boolean;
  write(bytes: Uint8Array): void;
  /** Sends a turn's share of what was written. @returns whether there is more */
  flush(): boolean;
  probe(): void;
  close(): void;
}

export interface ConnectionOptions {
  /** Dials. @param onData gets the bytes that come @throws Error */
  dial: (onData: (bytes: Uint8Array) => void) => Transport;
  tls: TlsClient;
  /** Called when TLS is up. */
  createMqtt: () => MqttClient;
  /** ms since boot. */
  uptime: () => number;
  /** TLS is up. @param duration ms since TCP was */
  onSecured: (event: ConnectedEvent, duration: number) => void;
}

/** What a connection that is ready tells. */
export type DeliveredEvent = Extract<MqttEvent, { type: 'acknowledged' | 'subscribed' | 'message' }>;

export interface Connection {
  /** The layer that is being set up; `ready` when all are. */
  phase(): 'tcp' | 'tls' | 'mqtt' | 'ready';
  /** The layer that failed, and why; null while none did. */
  failure(): { area: 'tcp' | 'tls' | 'mqtt'; error: Error } | null;
  /** When bytes came last, ms since boot. */
  receivedAt(): number;
  tick(now: number): void;
  nextEvent(): DeliveredEvent | undefined;
  /** Only when ready. */
  publish(message: Message): void;
  /** Only when ready. */
  subscribe(topic: string): void;
  /** Whether nothing has come for long, though TCP is up. */
  isSilent(now: number): boolean;
  /**
   * Says good-bye on each layer that is still up, and frees everything.
   * @param quietly without the good-bye: lwIP would keep it for as long as nobody acknowledges it
   */
  close(quietly: boolean): void;
}

/** @throws what `dial` throws */
export function openConnection({ dial, tls, createMqtt, uptime, onSecured }: ConnectionOptions): Connection {
  let phase: ReturnType<Connection['phase']> = 'tcp';
  let failure: ReturnType<Connection['failure']> = null;
  const delivered: DeliveredEvent[] = [];
  let mqtt: MqttClient | null = null;
  let openedAt = 0;
  let receivedAt = 0;
  let probedAt = 0;

  const transport = dial((bytes) => {
    receivedAt = uptime();
    tls.receive(bytes);
  });

  /** What fails first is what counts. */
  const fail = (area: 'tcp' | 'tls' | 'mqtt', error: Error): void => {
    failure ??= { area, error };
  };
  const takeMqttEvents = (): void => {
    if (mqtt === null) return;
    for (let event = mqtt.nextEvent(); event !== undefined; event = mqtt.nextEvent()) {
      if (event.type === 'transmit') tls.send(event.bytes);
      else if (event.type === 'connected') phase = 'ready';
      else if (event.type === 'failed') fail('mqtt', event.error);
      else if (event.type !== 'disconnected') delivered.push(event);
    }
  };
  const takeTlsEvents = (): void => {
    for (let event = tls.nextEvent(); event !== undefined; event = tls.nextEvent()) {
      if (event.type === 'transmit') {
        transport.write(event.bytes);
      } else if (event.type === 'connected') {
        phase = 'mqtt';
        onSecured(event, uptime() - openedAt);
        mqtt = createMqtt();
        mqtt.start(uptime());
      } else if (event.type === 'data') {
        mqtt?.receive(event.bytes, uptime());
      } else {
        // A broker that hangs up has its reasons, on which MQTT knows more; a network that breaks down has none.
        if (event.type === 'failed' && (phase === 'tls' || event.error.origin !== 'transport'))
          fail('tls', event.error);
        if (transport.isBroken()) fail('mqtt', new Error(`connection ${transport.reason()}`));
        mqtt?.transportClosed();
      }
      takeMqttEvents();
    }
  };

  return {
    phase: () => phase,
    failure: () => failure,
    receivedAt: () => receivedAt,
    nextEvent: () => delivered.shift(),
    tick(now) {
      if (now - probedAt >= PROBE_INTERVAL) {
        probedAt = now;
        transport.probe();
      }
      const reason = transport.reason();
      if (phase === 'tcp') {
        if (reason !== '') fail('tcp', new Error(reason));
        if (!transport.isConnected()) return;
        phase = 'tls';
        openedAt = now;
        receivedAt = now;
      }
      if (reason !== '') tls.transportClosed();
      while (tls.work() && uptime() - now < TURN) takeTlsEvents();
      takeTlsEvents();
      if (mqtt !== null) {
        mqtt.tick(uptime());
        takeMqttEvents();
      }
      transport.flush();
    },
    publish(message) {
      mqtt?.publish(message);
      takeMqttEvents();
    },
    subscribe(topic) {
      mqtt?.subscribe(topic);
      takeMqttEvents();
    },
    isSilent: (now) => phase !== 'tcp' && transport.reason() === '' && now - receivedAt >= SILENCE,
    close(quietly) {
      if (!quietly) {
        mqtt?.disconnect();
        takeMqttEvents();
        tls.close();
        // A handshake in the middle of a signature does without.
        for (const end = uptime() + GOODBYE; tls.work() && uptime() < end;);
        for (let event = tls.nextEvent(); event !== undefined; event = tls.nextEvent()) {
          if (event.type === 'transmit') transport.write(event.bytes);
        }
        while (transport.flush());
      }
      transport.close();
    },
  };
}
