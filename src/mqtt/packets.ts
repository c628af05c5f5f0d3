/**
 * The packets of MQTT 3.1.1 (OASIS Standard, 29 October 2014) that a publishing client sends and receives. They have the
 * types of the package mqtt-packet, with which the tests compare this code. The package itself cannot run on the board:
 * with its dependencies it needs 170 KB of heap, and stripped by hand still 42 KB.
 */
import type {
  IConnackPacket,
  IConnectPacket,
  IPublishPacket,
  ISubackPacket,
  ISubscribePacket,
  ISubscription,
} from 'mqtt-packet';

/** Bytes, or text that is sent as UTF-8. In mqtt-packet this is a Buffer. */
export type Data = string | Uint8Array;

export type Will = Omit<NonNullable<IConnectPacket['will']>, 'payload' | 'properties'> & { payload: Data };

export type ConnectPacket = Pick<IConnectPacket, 'cmd' | 'clientId' | 'username'> & {
  clean: boolean;
  /** Seconds. */
  keepalive: number;
  password?: Data;
  will?: Will;
};
export type ConnackPacket = Pick<IConnackPacket, 'cmd' | 'sessionPresent'> & { returnCode: number };
export type PublishPacket = Pick<IPublishPacket, 'cmd' | 'topic' | 'qos' | 'retain' | 'dup' | 'messageId'> & {
  payload: Data;
};
/** The payload of a received packet shares memory with the bytes that it was decoded from. */
export type ReceivedPublishPacket = PublishPacket & { payload: Uint8Array };
export type PubackPacket = { cmd: 'puback'; messageId: number };
export type SubscribePacket = Pick<ISubscribePacket, 'cmd'> & { messageId: number; subscriptions: [ISubscription] };
export type SubackPacket = Pick<ISubackPacket, 'cmd'> & { messageId: number; granted: [number] };
export type EmptyPacket<C extends 'pingreq' | 'pingresp' | 'disconnect'> = { cmd: C };

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | PubackPacket
  | SubscribePacket
  | EmptyPacket<'pingreq'>
  | EmptyPacket<'disconnect'>;

export type ServerPacket =
  | ConnackPacket
  | ReceivedPublishPacket
  | PubackPacket
  | SubackPacket
  | EmptyPacket<'pingresp'>;
