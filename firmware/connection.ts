/**
 * One connection to the broker: TCP, TLS and MQTT on top of each other. `tick()` computes some slices, `nextEvent()` tells
 * what happened, and once it failed it is only to be closed.
 *
 * What the other side can make it keep is bounded over all layers together (docs/DESIGN.md). Each layer hands on one thing
 * at a time, and looks at the next when that is done with: packets while little waits to be sent, records while MQTT has no
 * packets left. Kaluma takes what arrives out of lwIP between two turns of its event loop, whatever waits already: as long
 * as `isBehind()`, the turn should go on.
 */
import { concat } from '../src/bytes/encoding.ts';
import type { ConnectedEvent, TlsClient } from '../src/index.ts';
import type { Message, MqttClient, MqttEvent } from '../src/mqtt/index.ts';

/** ms of computing in a turn of the event loop, beyond which no new slice is begun. */
const TURN = 60;
/** ms without a byte, where some are due, after which nobody is thought to be there. */
const SILENCE = 15_000;
/** ms after which it is not thought to be silence that nothing came: the board was doing something else. */
const AWAY = 1000;
/** Bytes of the other side's beyond which the turn goes on, and begins at once. */
export const COMPUTE_ON = 0x1000;
/** Most bytes of the other side's over all layers, once it is authenticated; until then TLS has a limit of its own. */
export const MAX_HELD = 0x8800;
/** Bytes that wait to be sent, beyond which no more packets are looked at: each may be answered by as many. */
const MAX_OUTGOING = 512;
/** Bytes that a record has beside what it carries: header, explicit nonce and tag. */
const RECORD_OVERHEAD = 29;
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
  /** Bytes written and not sent; none when it has ended. */
  waiting(): number;
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
export type DeliveredEvent = Extract<MqttEvent, { type: 'acknowledged' | 'subscribed' | 'message' | 'skipped' }>;

export interface Connection {
  /** The layer that is being set up; `ready` when all are. */
  phase(): 'tcp' | 'tls' | 'mqtt' | 'ready';
  /** The layer that failed, and why; null while none did. */
  failure(): { area: 'tcp' | 'tls' | 'mqtt'; error: Error } | null;
  /** When bytes came last, ms since boot. */
  receivedAt(): number;
  /** ms of computing since the phase began: the other side is not to blame for them. */
  computed(): number;
  /** Computes for a turn's share. */
  tick(now: number): void;
  /** What happened next, when it is ready; the one before is done with. */
  nextEvent(): DeliveredEvent | undefined;
  /** Whether more waits to be computed than another turn's arrivals should be added to. */
  isBehind(): boolean;
  /** Sends a turn's share of what waits; once a turn, for lwIP goes on when it is over. */
  flush(): void;
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
  let mqtt: MqttClient | null = null;
  /** What happened, and was not asked for yet. */
  let early: DeliveredEvent | null = null;
  /** Packets to be sent in one record. */
  let packets: Uint8Array[] = [];
  /** Bytes that TLS has not encrypted yet. */
  let sealing = 0;
  let openedAt = 0;
  let receivedAt = 0;
  /** Since when nothing came, and nothing was left to do. */
  let quietSince = 0;
  let probedAt = 0;
  let tickedAt = 0;
  let computed = 0;
  /** Whether TLS has something left to compute. */
  let hasWork = false;

  const held = (): number => tls.held() + (mqtt === null ? 0 : mqtt.held());
  const transport = dial((bytes) => {
    receivedAt = quietSince = uptime();
    hasWork = true;
    // It must not throw, nor compute: see kaluma/tcp.ts.
    if (mqtt === null || held() + bytes.length <= MAX_HELD) tls.receive(bytes);
    else fail('mqtt', new Error(`broker sends faster than the board computes: ${MAX_HELD} B waiting`));
  });

  /** What fails first is what counts. */
  const fail = (area: 'tcp' | 'tls' | 'mqtt', error: Error): void => {
    failure ??= { area, error };
  };
  /** Sends the packets that wait, in one record. */
  const sendPackets = (): void => {
    if (packets.length === 0) return;
    const bytes = concat(...packets);
    sealing += bytes.length;
    tls.send(bytes);
    packets = [];
    hasWork = true;
  };
  const outgoing = (): number => transport.waiting() + sealing + packets.reduce((sum, { length }) => sum + length, 0);
  /** The next event of MQTT's for others, while not too much waits to be sent. */
  const nextMqttEvent = (): DeliveredEvent | undefined => {
    while (mqtt !== null && outgoing() < MAX_OUTGOING) {
      const event = mqtt.nextEvent();
      if (event === undefined) break;
      if (event.type === 'transmit') packets.push(event.bytes);
      else if (event.type === 'connected') phase = 'ready';
      else if (event.type === 'failed') fail('mqtt', event.error);
      else if (event.type !== 'disconnected') return event;
    }
    return undefined;
  };
  /** Takes what MQTT has to send, and the one event for others behind that. */
  const prefetch = (): void => {
    early ??= nextMqttEvent() ?? null;
  };
  const takeTlsEvents = (): void => {
    for (let event = tls.nextEvent(); event !== undefined; event = tls.nextEvent()) {
      if (event.type === 'transmit') {
        transport.write(event.bytes);
        sealing = Math.max(0, sealing - event.bytes.length + RECORD_OVERHEAD);
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
      prefetch();
    }
    sendPackets();
  };

  return {
    phase: () => phase,
    failure: () => failure,
    receivedAt: () => receivedAt,
    computed: () => computed,
    nextEvent() {
      const event = early ?? nextMqttEvent();
      early = null;
      // What is sent for an event goes out behind it.
      if (event === undefined) sendPackets();
      return event;
    },
    isBehind: () => phase !== 'tcp' && failure === null && hasWork && held() > COMPUTE_ON,
    flush() {
      transport.flush();
    },
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
        receivedAt = quietSince = tickedAt = now;
      }
      if (reason !== '') tls.transportClosed();
      // Nobody gets the answers to packets that are left.
      if (transport.isBroken() && phase !== 'tls') fail('mqtt', new Error(`connection ${reason}`));
      const begun = phase;
      // The next record is opened when the packets of the last are used up; what is to be sent for them is encrypted first.
      const isBlocked = (): boolean => mqtt !== null && mqtt.isBusy();
      const canCompute = (): boolean => !isBlocked() || sealing > 0;
      let more = true;
      while (more && canCompute()) {
        more = tls.work();
        takeTlsEvents();
        if (uptime() - now >= TURN) break;
      }
      // Not when all that is left waits until something is sent, which happens when the turn is over.
      hasWork = (more && canCompute()) || (isBlocked() && outgoing() < MAX_OUTGOING);
      // Neither our own computing nor a look-up of a name, which blocks, is anybody's silence.
      if (more || isBlocked() || now - tickedAt > AWAY) quietSince = uptime();
      tickedAt = now;
      computed = phase === begun ? computed + uptime() - now : 0;
      if (mqtt !== null) {
        mqtt.tick(uptime(), more || isBlocked());
        prefetch();
      }
      sendPackets();
    },
    publish(message) {
      mqtt?.publish(message);
      prefetch();
      sendPackets();
    },
    subscribe(topic) {
      mqtt?.subscribe(topic);
      prefetch();
      sendPackets();
    },
    isSilent: (now) => phase !== 'tcp' && transport.reason() === '' && now - quietSince >= SILENCE,
    close(quietly) {
      if (!quietly) {
        mqtt?.disconnect();
        for (let event = mqtt?.nextEvent(); event !== undefined; event = mqtt?.nextEvent()) {
          if (event.type === 'transmit') packets.push(event.bytes);
        }
        sendPackets();
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
