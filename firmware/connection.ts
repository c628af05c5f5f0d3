/**
 * One connection to the broker: TCP, TLS and MQTT on top of each other. `tick()` computes some slices, and `nextEvent()`
 * returns what happened. After a failure the caller only closes it.
 *
 * The bytes that the peer can make the board keep are bounded over all layers together (docs/DESIGN.md). Each layer passes
 * on one thing at a time: a packet is decoded only while little waits to be sent, and a record is opened only when
 * MQTT has no packets left. Between two turns of its event loop Kaluma takes from lwIP all that has arrived, however
 * much is waiting already, so the caller should not end the turn while `isBehind()`.
 */
import { concat } from '../src/bytes/encoding.ts';
import type { ConnectedEvent, TlsClient } from '../src/index.ts';
import type { Message, MqttClient, MqttEvent } from '../src/mqtt/index.ts';

/** ms of computing after which a turn of the event loop begins no new slice. */
const TURN = 60;
/** ms without a byte, while the peer owes some, after which the connection counts as silent. */
const SILENCE = 15_000;
/** ms between two ticks above which a pause is not counted as silence: the board was busy with something else. */
const AWAY = 1000;
/** Unprocessed bytes of the peer beyond which the turn goes on, or the next one begins at once. */
export const COMPUTE_ON = 0x1000;
/** Unprocessed bytes above which `tidy()` is called amid the turn: working on them may leave much garbage before the turn ends. */
const CROWDED = 512;
/** Bytes waiting to be sent above which no more packets are decoded, since each may need an answer. */
const MAX_OUTGOING = 512;
/** Packets that may wait separately before they are joined: an array takes 100 B besides its content, and a PUBACK has only 4 B. */
const MAX_PACKETS = 16;
/**
 * Bytes sent since something last arrived above which no more packets are decoded: lwIP keeps what is not acknowledged,
 * and nobody can see how much that is. The C heap of 14 KB has room for 4 KB of it.
 */
const MAX_UNHEARD = 1536;
/** Bytes that a record adds to its plaintext: header, explicit nonce and tag. */
const RECORD_OVERHEAD = 29;
/** ms that the orderly end of TLS may compute. */
const GOODBYE = 200;
/** ms between two checks whether lwIP has dropped the connection. */
const PROBE_INTERVAL = 250;

/** The TCP connection, as `kaluma/tcp.ts` provides it. */
export interface Transport {
  /** Why it is closed; empty while it is open. */
  reason(): string;
  isConnected(): boolean;
  /** Whether it ended other than by the peer's closing it. */
  isBroken(): boolean;
  write(bytes: Uint8Array): void;
  /** Bytes written and not yet sent; 0 when the connection has ended. */
  waiting(): number;
  /** Sends as much as one turn may. @returns whether there is more */
  flush(): boolean;
  probe(): void;
  close(): void;
}

export interface ConnectionOptions {
  /** Dials. @param onData receives the bytes that arrive @throws Error */
  dial: (onData: (bytes: Uint8Array) => void) => Transport;
  tls: TlsClient;
  /** Called when TLS is up. */
  createMqtt: () => MqttClient;
  /** ms since boot. */
  uptime: () => number;
  /** Looks after garbage; called between two slices, and two events, while much is to be done for MQTT. */
  tidy: () => void;
  /** The handshake is complete. @param duration ms since TCP connected */
  onSecured: (event: ConnectedEvent, duration: number) => void;
}

/** The events of a connection that is ready. */
export type DeliveredEvent = Extract<MqttEvent, { type: 'acknowledged' | 'subscribed' | 'message' | 'skipped' }>;

export interface Connection {
  /** The layer that is being set up; `ready` when all of them are. */
  phase(): 'tcp' | 'tls' | 'mqtt' | 'ready';
  /** The layer that failed, and why; null if none did. */
  failure(): { area: 'tcp' | 'tls' | 'mqtt'; error: Error } | null;
  /** Time at which bytes last arrived, ms since boot. */
  receivedAt(): number;
  /** ms of computing since the phase began, which do not count as the peer's delay. */
  computed(): number;
  /** Computes for a turn's share. */
  tick(now: number): void;
  /** The next event of a connection that is ready. A call says that the caller is done with the event before. */
  nextEvent(): DeliveredEvent | undefined;
  /** Whether so much waits to be computed that the turn should go on before more can arrive. */
  isBehind(): boolean;
  /** Sends as much as one turn may. Called once a turn, because lwIP sends only between turns. */
  flush(): void;
  /** Only allowed when ready. */
  publish(message: Message): void;
  /** Only allowed when ready. */
  subscribe(topic: string): void;
  /** Whether TCP is up and nothing has arrived for long. */
  isSilent(now: number): boolean;
  /**
   * Ends each layer that is still up in the orderly way, and frees everything.
   * @param quietly sends nothing: lwIP would keep it until the peer acknowledges it
   */
  close(quietly: boolean): void;
}

/** @throws what `dial` throws */
export function openConnection({ dial, tls, createMqtt, uptime, tidy, onSecured }: ConnectionOptions): Connection {
  let phase: ReturnType<Connection['phase']> = 'tcp';
  let failure: ReturnType<Connection['failure']> = null;
  let mqtt: MqttClient | null = null;
  /** The next event, fetched before the caller has asked for it. */
  let early: DeliveredEvent | null = null;
  /** Packets that go into the next record, and their bytes. */
  let packets: Uint8Array[] = [];
  let packed = 0;
  /** Bytes handed to TLS that it has not encrypted yet. */
  let sealing = 0;
  /** Bytes written to the transport since something last arrived. */
  let unheard = 0;
  /** Whether the peer was asked since then to say something. */
  let hasAsked = false;
  let openedAt = 0;
  let receivedAt = 0;
  /** Time of the last arrival, or of the last computation after it: the peer has been silent since then. */
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
    unheard = 0;
    hasAsked = false;
    // This callback must neither throw nor compute: see kaluma/tcp.ts.
    tls.receive(bytes, mqtt === null ? 0 : mqtt.held());
  });

  /** Only the first failure is reported. */
  const fail = (area: 'tcp' | 'tls' | 'mqtt', error: Error): void => {
    failure ??= { area, error };
  };
  /** Sends the waiting packets in one record. */
  const sendPackets = (): void => {
    if (packets.length === 0) return;
    const bytes = concat(...packets);
    sealing += bytes.length;
    tls.send(bytes);
    packets = [];
    packed = 0;
    hasWork = true;
  };
  const pack = (bytes: Uint8Array): void => {
    packets.push(bytes);
    packed += bytes.length;
    if (packets.length === MAX_PACKETS) packets = [concat(...packets)];
  };
  /** Looks after garbage, of which each event leaves a KB. */
  const tidyIfCrowded = (): void => {
    if (held() > CROWDED) tidy();
  };
  const isUnheard = (): boolean => unheard >= MAX_UNHEARD;
  const mayAnswer = (): boolean => transport.waiting() + sealing + packed < MAX_OUTGOING && !isUnheard();
  // The next record is opened when the packets of the last are used up; what is to be sent for them is encrypted first.
  const isBlocked = (): boolean => mqtt !== null && mqtt.isBusy();
  const canCompute = (): boolean => sealing > 0 || !isBlocked();
  /** MQTT's next event for the caller; none while too much waits to be sent. */
  const nextMqttEvent = (): DeliveredEvent | undefined => {
    while (mqtt !== null && (mayAnswer() || !mqtt.isBusy())) {
      const event = mqtt.nextEvent();
      if (event === undefined) break;
      if (event.type === 'transmit') pack(event.bytes);
      else if (event.type === 'connected') phase = 'ready';
      else if (event.type === 'failed') fail('mqtt', event.error);
      else if (event.type !== 'disconnected') return event;
    }
    return undefined;
  };
  /** Collects what MQTT has to send, up to its next event for the caller. */
  const prefetch = (): void => {
    early ??= nextMqttEvent() ?? null;
  };
  const takeTlsEvents = (): void => {
    for (let event = tls.nextEvent(); event !== undefined; event = tls.nextEvent()) {
      if (event.type === 'transmit') {
        transport.write(event.bytes);
        unheard += event.bytes.length;
        sealing = Math.max(0, sealing - event.bytes.length + RECORD_OVERHEAD);
      } else if (event.type === 'connected') {
        phase = 'mqtt';
        onSecured(event, uptime() - openedAt);
        mqtt = createMqtt();
        mqtt.start(uptime());
      } else if (event.type === 'data') {
        mqtt?.receive(event.bytes, uptime());
      } else {
        // If the broker closed, MQTT knows more about the reason; if the network failed, nobody knows one.
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
      tidyIfCrowded();
      const event = early ?? nextMqttEvent();
      early = null;
      // The packets are sent now, because those that answer an event come after it.
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
      // Nobody waits for the answers to packets that are left.
      if (transport.isBroken() && phase !== 'tls') fail('mqtt', new Error(`connection ${reason}`));
      const begun = phase;
      let more = true;
      while (more && canCompute()) {
        more = tls.work();
        takeTlsEvents();
        if (mqtt !== null) tidyIfCrowded();
        if (uptime() - now >= TURN) break;
      }
      // The turn must end if all that is left waits until something is sent, because sending happens between turns.
      hasWork = (more && canCompute()) || (isBlocked() && mayAnswer());
      // The board's own computing and a look-up of a name, which blocks, do not count as silence of the peer.
      const isBehind = (more || isBlocked()) && !(isBlocked() && isUnheard());
      if (isBehind || now - tickedAt > AWAY) quietSince = uptime();
      tickedAt = now;
      computed = phase === begun ? computed + uptime() - now : 0;
      if (mqtt !== null) {
        if (isUnheard() && !hasAsked) {
          // The peer answers a ping, and whatever arrives lets the board decode more packets.
          hasAsked = true;
          mqtt.ping(pack);
        }
        mqtt.tick(uptime(), isBehind);
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
          if (event.type === 'transmit') pack(event.bytes);
        }
        sendPackets();
        tls.close();
        // The good-bye is skipped if a handshake is in the middle of a signature: that takes longer than GOODBYE.
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
