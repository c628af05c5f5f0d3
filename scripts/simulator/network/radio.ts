/** Simulates the Wi-Fi chip, which finds the access point or does not. */
import type { RadioHost } from '../realm/host.ts';

export interface AccessPoint {
  ssid: string;
  password: string;
}

/** The networks that the chip receives. */
export interface Air {
  readonly accessPoint: AccessPoint;
  readonly accessPointIsPresent: boolean;
}

/** ms that joining takes, as seen on boards at home; the 30 s are Kaluma's own limit. */
const JOIN_MILLIS = 2_500;
const WRONG_PASSWORD_MILLIS = 3_000;
const ABSENT_MILLIS = 30_000;
const SCAN_MILLIS = 2_200;
const RESET_MILLIS = 750;

export class Radio implements RadioHost {
  led = false;
  private joined = false;
  private readonly air: Air;
  private readonly block: (ms: number) => void;
  private readonly linkChanged: () => void;

  /**
   * @param block spends milliseconds
   * @param linkChanged called after the link came up or went down
   */
  constructor(air: Air, block: (ms: number) => void, linkChanged: () => void) {
    this.air = air;
    this.block = block;
    this.linkChanged = linkChanged;
  }

  join({ ssid, password }: { ssid: string; password: string }): boolean {
    this.setLink(false);
    // The chip looks again and again, so it finds an access point that comes back meanwhile.
    for (let waited = 0; !(this.air.accessPointIsPresent && ssid === this.air.accessPoint.ssid); waited += 1_000) {
      if (waited >= ABSENT_MILLIS) return false;
      this.block(1_000);
    }
    const right = password === this.air.accessPoint.password;
    this.block(right ? JOIN_MILLIS : WRONG_PASSWORD_MILLIS);
    this.setLink(right && this.air.accessPointIsPresent);
    return this.joined;
  }

  leave(): void {
    this.setLink(false);
  }

  linkIsUp(): boolean {
    return this.joined;
  }

  reset(): void {
    this.setLink(false);
    this.block(RESET_MILLIS);
  }

  scan(): { ssid: string; bssid: string; rssi: number; channel: number }[] {
    this.block(SCAN_MILLIS);
    const { ssid } = this.air.accessPoint;
    return this.air.accessPointIsPresent ? [{ ssid, bssid: '02:00:00:00:00:01', rssi: -58, channel: 6 }] : [];
  }

  setLed(on: boolean): void {
    this.led = on;
  }

  /** The access point goes away; nobody tells the program. */
  drop(): void {
    this.setLink(false);
  }

  private setLink(up: boolean): void {
    if (this.joined === up) return;
    this.joined = up;
    this.linkChanged();
  }
}
