/**
 * Small programs that show one trait of Kaluma each and print the same on the simulated board and on the real image; what
 * they print stands beside them as the real image printed it. A program ends with `DONE`. On port 7 answers an echo server,
 * which greets with `hello` and hangs up when told `bye`; no other port answers.
 */
export interface Probe {
  name: string;
  program: string;
  /** Lines printed, `DONE` left out. */
  printed: string[];

  /** How Wi-Fi and the name server behave, if not well. */
  wifi?: 'badauth';
  dns?: 'nx' | 'silent';
  /** A TMP117 hangs on I2C bus 0, at address 0x48. */
  tmp117?: boolean;
  /** Device seconds that it may take, 5 unless said. */
  seconds?: number;
}

/** Statements that report how an expression ends. */
export const ATTEMPT = `
const attempt = (name, action) => { try { console.log(name, String(action())); } catch (e) { console.log(name, 'throws', e.name, e.message, String(e.errno)); } };`;

/** Joins Wi-Fi, defines `dial`, and reports as well. */
export const JOIN = `${ATTEMPT}
__ieee80211dev.connect({ ssid: 'x', password: '12345678' });
const dial = (host, port, on) => {
  const fd = __netdev.socket('AF_INET', 'STREAM');
  Object.assign(__netdev.get(fd), on);
  __netdev.connect(fd, host, port);
  return fd;
};
const telling = (who) => ({ connect_cb: () => console.log(who + 'connect'), close_cb: () => console.log(who + 'close'), shutdown_cb: () => console.log(who + 'shutdown') });
`;
