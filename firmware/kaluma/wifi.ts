/** Joins Wi-Fi, and asks whether it is joined, because Kaluma sends no event when the access point goes away. */
import { kaluma } from './globals.ts';

/**
 * Joins and gets an address. Blocks up to 30 s: it returns at once if the access point refuses (a wrong password), and
 * after 30 s if the network is not there or gives no address.
 * @param ssid one character a byte
 */
export function joinWifi(ssid: string, password: string): boolean {
  // The driver's object, because the `wifi` module reports null as the error whatever happened.
  kaluma.__ieee80211dev.connect({ ssid, password });
  return isWifiJoined();
}

export function isWifiJoined(): boolean {
  const radio = kaluma.__ieee80211dev;
  radio.get_connection();
  return radio.errno === 0;
}
