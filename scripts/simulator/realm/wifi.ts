/** `__ieee80211dev`. Every call has called back when it returns. */
import { checkFunction } from './errors.ts';
import type { Host } from './host.ts';
import type { Vanish } from './netdev.ts';

type Done = (error: number, result?: object) => void;

interface ConnectInfo {
  ssid?: unknown;
  password?: unknown;
  security?: unknown;
  enforce?: boolean;
}

export interface WifiDevice {
  errno: number;
  assoc_cb?: () => void;
  connect_cb?: () => void;
  disconnect_cb?: () => void;
  reset(done?: Done): void;
  scan(done?: Done): void;
  connect(info: ConnectInfo, done?: Done): void;
  disconnect(done?: Done): void;
  get_connection(done?: Done): void;
}

export function makeWifiDevice(host: Host, vanish: Vanish): new () => WifiDevice {
  const { radio } = host;
  let ssid = '';

  return class PicoCYW43WIFI implements WifiDevice {
    errno = 0;
    assoc_cb?: () => void;
    connect_cb?: () => void;
    disconnect_cb?: () => void;

    reset(done?: Done): void {
      radio.reset();
      this.finish(true, done, 'reset callback');
    }

    scan(done?: Done): void {
      if (done === undefined) return;
      const found = radio.scan();
      // Copies, for what the host returns belongs to its realm.
      const results = found === null ? undefined : Array.from(found, (network) => ({ ...network }));
      this.finish(found !== null, done, 'scan callback', results);
    }

    connect(info: ConnectInfo, done?: Done): void {
      if (done !== undefined) checkFunction(done, 'callback');
      if (typeof info.ssid !== 'string') throw new TypeError('SSID error');
      ssid = info.ssid.slice(0, 32);
      const password = typeof info.password === 'string' ? info.password : '';
      const security = typeof info.security === 'string' ? info.security : password.length >= 8 ? 'WPA2_PSK' : 'OPEN';
      const joined = radio.join({ ssid, password, security });
      this.errno = joined ? 0 : -1;
      if (joined) {
        if (typeof this.assoc_cb === 'function') vanish('associated', () => this.assoc_cb?.());
        if (typeof this.connect_cb === 'function') vanish('connected', () => this.connect_cb?.());
      }
      this.finish(joined, done, 'wifi connect callback');
    }

    disconnect(done?: Done): void {
      radio.leave();
      this.errno = 0;
      if (typeof this.disconnect_cb === 'function') vanish('disconnected', () => this.disconnect_cb?.());
      this.finish(true, done, 'wifi disconnect callback');
    }

    get_connection(done?: Done): void {
      const up = radio.linkIsUp();
      this.finish(up, done, 'getConnection callback', up ? { ssid, bssid: '' } : undefined);
    }

    /** The error is always 0: see netdev.ts. */
    private finish(ok: boolean, done: Done | undefined, where: string, result?: object): void {
      this.errno = ok ? 0 : -1;
      if (typeof done !== 'function') return;
      vanish(where, () => (result === undefined ? done(0) : done(0, result)));
    }
  };
}
