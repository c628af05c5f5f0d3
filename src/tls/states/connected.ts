/** The last state, in which application data flow. */
import { HELLO_REQUEST } from '../handshake.ts';
import type { Session } from '../session.ts';
import type { ConnectedState } from './state.ts';

/**
 * The handshake is over. A HelloRequest may be ignored by a client that does not wish to renegotiate (section 7.4.1.1):
 * OpenSSL would take a no_renegotiation alert for the end of the connection. The client counts them.
 */
export function connectedState(session: Session | null): ConnectedState {
  const state: ConnectedState = {
    isConnected: true,
    awaits: [HELLO_REQUEST],
    session,
    // oxlint-disable-next-line require-yield -- other states compute
    *handle(body) {
      body.end();
      return state;
    },
  };
  return state;
}
