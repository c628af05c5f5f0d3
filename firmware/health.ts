import type { MessageOf } from './messages.ts';
import type { UpdateState } from './update/trial.ts';

/**
 * The state of a board. It leaves out Wi-Fi's signal strength: Kaluma reports it only by a scan that blocks for
 * seconds.
 */
export interface Health {
  device: string;
  firmware: string;
  /** ms since boot. */
  uptime: number;
  /** Bytes. */
  heap: { heapTotal: number; heapUsed: number; heapPeak: number };
  /** How often the board has connected to the broker since boot. */
  connections: number;
  /** Readings not yet acknowledged. */
  queued: number;
  /** Readings ever lost because the queue was full. */
  dropped: number;
  /** Messages skipped since boot because they were too large. */
  skipped: number;
  lastReset: string;
  update: UpdateState;
}

export function healthJson(health: Health): string {
  const { device, firmware, uptime, heap, connections, queued, dropped, skipped, lastReset } = health;
  const { slot, update: id, state, why } = health.update;
  const message: MessageOf<'health'> = {
    device,
    firmware,
    uptime_s: Math.floor(uptime / 1000),
    heap_free: heap.heapTotal - heap.heapUsed,
    heap_free_low: heap.heapTotal - heap.heapPeak,
    reconnects: connections - 1,
    queued,
    dropped,
    skipped,
    last_reset: lastReset,
    slot,
    ...(id !== undefined && { update: id, state }),
    ...(why !== undefined && { why }),
  };
  return JSON.stringify(message);
}
