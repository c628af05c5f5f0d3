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
  /** The fate of new TCP connections: they are answered, refused, or never answered. */
  tcp: NetworkFaults['tcp'] = 'ok';
  /** The fate of look-ups: a name is resolved, unknown, or never answered. A name resolved in the last minute stays known. */
  dns: NetworkFaults['dns'] = 'ok';
  timeServer: TimeServer = 'ok';
  /** Cuts that end a connection after so many bytes. A cut that has ended one is removed from the list. */
  readonly cuts: CutAfter[] = [];
  /** The access point. A change of its password makes the one in the board's settings wrong. See also `accessPointIsPresent`. */
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

  /** Switches the access point off or on. The board has to find out that it is gone, and to join again when it is back. */
  set accessPointIsPresent(present: boolean) {
    this.present = present;
    if (!present) this.board.machine()?.radio.drop();
  }

  /** Milliseconds for a segment and its answer. */
  set roundTrip(ms: number) {
    this.path.roundTrip = ms;
  }

  /** Bytes of the peer that arrive in a second; Infinity for no limit. */
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
   * @param share of the bits that an operation on the program area has changed by then
   */
  cutPowerAtFlashOperation(count: number, share = 0): void {
    this.flash.cutPowerAt(count, share, this.board.cutPower);
  }

  /** Bits of a byte of the program area stay set, whatever is written there. @param bits none to end the fault */
  stickFlashBits(at: number, bits: number): void {
    this.flash.stick(at, bits);
  }
}
