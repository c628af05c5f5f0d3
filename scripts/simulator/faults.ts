/** Faults around the board. Properties hold until they are changed, resets included; methods act at once. */
import type { Flash } from './flash.ts';
import type { Cut, CutAfter, Path } from './network/connection.ts';
import type { NetworkFaults } from './network/lwip.ts';
import type { AccessPoint } from './network/radio.ts';
import type { TimeServer } from './network/sntp.ts';

/** The functions of the running machine that faults use. */
interface Victim {
  radio: { drop(): void };
  lwip: { cut(how: Cut): void };
  hang(seconds: number): void;
}

export class Faults implements NetworkFaults {
  /** New TCP connections: answered, refused, or never answered. */
  tcp: NetworkFaults['tcp'] = 'ok';
  /** Names: resolved, unknown, or never answered. One resolved in the last minute stays known. */
  dns: NetworkFaults['dns'] = 'ok';
  timeServer: TimeServer = 'ok';
  /** Ends connections still to be made after so many bytes; a cut made is taken off the list. */
  readonly cuts: CutAfter[] = [];
  /** Change its password to make the board's wrong; see also accessPointIsPresent. */
  readonly accessPoint: AccessPoint;
  private present = true;
  private readonly path: Path;
  private readonly flash: Flash;
  private readonly board: { machine: () => Victim | null; cutPower: () => void };

  constructor(
    accessPoint: AccessPoint,
    path: Path,
    flash: Flash,
    board: { machine: () => Victim | null; cutPower: () => void },
  ) {
    this.accessPoint = { ...accessPoint };
    this.path = path;
    this.flash = flash;
    this.board = board;
  }

  get accessPointIsPresent(): boolean {
    return this.present;
  }

  /** Gone, the board has to find out; back, it has to join again. */
  set accessPointIsPresent(present: boolean) {
    this.present = present;
    if (!present) this.board.machine()?.radio.drop();
  }

  /** Milliseconds for a segment and its answer. */
  set roundTrip(ms: number) {
    this.path.roundTrip = ms;
  }

  /** How fast the peer's bytes arrive; Infinity for no limit. */
  set bytesPerSecond(rate: number) {
    this.path.bytesPerSecond = rate;
  }

  /** Ends every connection: with a RST, without a sign, or with a FIN. */
  cutConnections(how: Cut): void {
    this.board.machine()?.lwip.cut(how);
  }

  /** The program hangs for so long, as a loop without end would. */
  hang(seconds: number): void {
    this.board.machine()?.hang(seconds);
  }

  /**
   * The power fails in the `count`-th flash operation from now (1: the next).
   * @param share of the bits that it has changed by then, where it works on the program area
   */
  cutPowerAtFlashOperation(count: number, share = 0): void {
    this.flash.cutPowerAt(count, share, this.board.cutPower);
  }
}
