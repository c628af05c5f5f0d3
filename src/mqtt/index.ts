/** An MQTT 3.1.1 client. Like the TLS client, it does no I/O: it takes bytes and returns events. */
export { createMqttClient, type Message, type MqttClient, type MqttClientOptions, type MqttEvent } from './client.ts';
export { MqttError, type MqttProblem, refusal } from './errors.ts';
export { MAXIMUM_PACKET } from './packetReader.ts';
