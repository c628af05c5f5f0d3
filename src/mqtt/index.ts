/** An MQTT 3.1.1 client that, like the TLS client below it, takes bytes and gives events. */
export { createMqttClient, type Message, type MqttClient, type MqttClientOptions, type MqttEvent } from './client.ts';
export { MqttError, type MqttProblem, refusal } from './errors.ts';
export { MAXIMUM_PACKET } from './packetReader.ts';
