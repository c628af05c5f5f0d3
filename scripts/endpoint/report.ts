/** Describes the endpoint's events as lines for people. */
import { printable } from '../lib/console.ts';
import type { Endpoint } from './localEndpoint.ts';
import { describeReading } from './reading.ts';

/** Number of characters that are shown of a message that is not a reading. */
const SHOWN = 200;

/** @param say receives a line without control characters, and whether it is a reading */
export function reportEvents(endpoint: Endpoint, say: (line: string, isReading: boolean) => void): void {
  const tell = (line: string, isReading = false): void => say(printable(line), isReading);
  endpoint.on('connected', ({ clientId, suite }) => tell(`${clientId} connected with ${suite}`));
  endpoint.on('disconnected', ({ clientId, why }) => tell(`${clientId} disconnected: ${why}`));
  endpoint.on('refused', ({ who, why }) => tell(`refused ${who}: ${why}`));
  endpoint.on('reading', ({ reading, again }) => tell(describeReading(reading, again), true));
  endpoint.on('message', ({ clientId, topic, payload }) => {
    tell(`${clientId} published to ${topic}: ${payload.toString('utf8').slice(0, SHOWN)}`);
  });
}
