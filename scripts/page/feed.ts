/** From what an endpoint and a board do to what the live page shows. */
import type { Endpoint } from '../endpoint/localEndpoint.ts';
import type { PageLine } from './events.ts';
import type { LivePage } from './livePage.ts';

/** Shows an endpoint's readings and who is connected. */
export function feedEndpoint(endpoint: Endpoint, page: LivePage): void {
  endpoint.on('connected', ({ clientId, suite }) => {
    page.setConnection({ device: clientId, connected: true, detail: suite });
  });
  endpoint.on('disconnected', ({ clientId, why }) => {
    page.setConnection({ device: clientId, connected: false, detail: why });
  });
  endpoint.on('reading', ({ reading }) => {
    const { device, celsius, time, seq, uptime_s } = reading;
    page.addReading({ device, celsius, time: Date.parse(time), seq, uptime: uptime_s });
  });
}

/** The level of a line of the board's log, as the page tells them apart. */
export function boardLevel(line: string): PageLine['level'] {
  const level = /^[\d.]+ (WARN|ERROR) /.exec(line)?.[1];
  return level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info';
}
