/** The connection to a broker for updates, and whether it was ever there. */
import type { BoardConfig } from '../config/config.ts';
import { BrokerLink } from '../lib/brokerLink.ts';
import { printable } from '../lib/console.ts';
import { readWatcher } from '../watch/identity.ts';
import { linkText } from '../watch/lines.ts';

export interface UpdateBrokerOptions {
  /** A config of one of its boards, which says how to connect. */
  file: string;
  certificate: string | undefined;
  key: string | undefined;
  /** Dialled in place of the host's address in DNS. */
  address: string | undefined;
  filters: readonly string[];
  onMessage: (topic: string, payload: Uint8Array) => void;
  /** Says something to the person. */
  note: (text: string) => void;
}

export class UpdateBroker {
  /** Host, port, and what is dialled instead, for messages. */
  readonly name: string;
  /** When it was connected first, as `performance.now()`; null if it never was. */
  connectedAt: number | null = null;
  private readonly link: BrokerLink;

  /** Begins to connect at once. @throws UserError, ConfigError if the broker wants a certificate and there is none */
  constructor({ file, certificate, key, address, filters, onMessage, note }: UpdateBrokerOptions) {
    const { target } = readWatcher(file, { certificate, key });
    this.name = `${target.host}:${target.port}${address === undefined ? '' : ` at ${address}`}`;
    this.link = new BrokerLink({
      target,
      mqtt: target.mqtt,
      address,
      filters,
      onMessage,
      onState: (state) => {
        if (state.state === 'connected') this.connectedAt ??= performance.now();
        if (state.state === 'waiting') note(printable(`${this.name} is ${linkText(state, this.name).text}`));
      },
      onRefused: (filter) => note(printable(`the broker refuses the subscription to ${filter}`)),
    });
  }

  publish(topic: string, payload: string | Buffer): void {
    // Lost offers and blocks are repeated.
    this.link.publish({ topic, payload }).catch(() => undefined);
  }

  close(): void {
    this.link.close();
  }
}

/** Whether two configs have the same broker. */
export function isSameBroker({ endpoint: a }: BoardConfig, { endpoint: b }: BoardConfig): boolean {
  return a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port;
}
