/**
 * Whether this is a topic that a message can be published to: not empty, no wildcards, no NUL (MQTT 3.1.1,
 * [MQTT-3.3.2-2], [MQTT-4.7.3-1], [MQTT-4.7.3-2]).
 */
export function isTopicName(topic: string): boolean {
  return /^[^+#\0]+$/.test(topic);
}

/**
 * Whether a client can subscribe to this: `+` stands for a whole level, `#` for all that follow ([MQTT-4.7.1-2],
 * [MQTT-4.7.1-3], [MQTT-4.7.3-1], [MQTT-4.7.3-2]).
 */
export function isTopicFilter(topic: string): boolean {
  return topic !== '' && !/\0|[^/][+#]|\+[^/]|#[^]/.test(topic);
}
