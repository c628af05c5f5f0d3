import type { MessageOf } from './messages.ts';
import type { UpdateState } from './update/trial.ts';

/** How a board is. The strength of Wi-Fi is not in it: Kaluma tells it only by a scan, which blocks for seconds. */
export interface Health {
  device: string;
  firmware: string;
  /** ms since boot. */
  uptime: number;
  /** Bytes. */
  heap: { heapTotal: number; heapUsed: number; heapPeak: number };
  /** How often the broker was reached since boot. */
  connections: number;
  /** Readings not yet acknowledged. */
  queued: number;
  /** Readings that were lost because the queue was full, ever. */
  dropped: number;
  /** Messages that were too large to be taken, since boot. */
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
