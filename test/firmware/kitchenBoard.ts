import type { ResetReason } from '../../scripts/simulator/clock.ts';
import type { Faults } from '../../scripts/simulator/faults.ts';
import type { Cut } from '../../scripts/simulator/network/connection.ts';

/** The functions of a board that a kitchen uses, on the simulated board or on the real engine. */
export interface KitchenBoard {
  /** Everything that it printed. */
  readonly serial: string;
  readonly seconds: number;
  readonly resets: readonly { reason: ResetReason; at: number }[];
  /** Pages programmed and sectors erased since the board was made. */
  readonly flashOperations: number;
  readonly violations: readonly unknown[];
  readonly exceptions: readonly unknown[];
  readonly faults: {
    readonly accessPoint: { password: string };
    accessPointIsPresent: boolean;
    dns: Faults['dns'];
    tcp: Faults['tcp'];
    timeServer: Faults['timeServer'];
    roundTrip: number;
    bytesPerSecond: number;
    readonly cuts: Faults['cuts'];
    cutConnections(how: Cut): void;
    cutPowerAtFlashOperation(count: number, share?: number): void;
    hang(seconds: number): void;
  };
  /** Lets what a peer has just sent arrive before the virtual clock goes on. */
  awaitPeers?(): void;
  run(seconds: number): Promise<void>;
  runUntil(what: RegExp | (() => boolean), limit: { limitSeconds: number }): Promise<void>;
  /** @param offSeconds as far as the board can tell */
  powerCycle(offSeconds?: number): void;
  close(): void;
}
