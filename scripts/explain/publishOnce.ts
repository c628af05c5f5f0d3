/** Publishes one message on the connection of a page, and says good-bye. */
import type { MqttClient, Message } from '../../src/mqtt/index.ts';

/** The functions of the transport below MQTT. */
export interface Outcome {
  send: (bytes: Uint8Array) => void;
  /** The broker has the message, and the good-bye is sent. */
  close: () => void;
  fail: (error: Error) => void;
}

/** Handles the events of a client that was started: publishes `message` once it is connected, and disconnects. */
export function publishOnce(mqtt: MqttClient, message: Message | null, { send, close, fail }: Outcome): void {
  for (let event = mqtt.nextEvent(); event !== undefined; event = mqtt.nextEvent()) {
    if (event.type === 'transmit') send(event.bytes);
    else if (event.type === 'connected' && message !== null) mqtt.publish(message);
    else if (event.type === 'acknowledged') mqtt.disconnect();
    else if (event.type === 'disconnected') close();
    else if (event.type === 'failed') fail(event.error);
  }
}
