import type { ReadingQueue } from './queue.ts';

/**
 * How a board is, as JSON. The strength of Wi-Fi is not in it: Kaluma tells it only by a scan, which blocks for seconds.
 * @param uptime ms
 * @param heap bytes
 * @param connections how often the broker was reached since boot
 */
export function healthJson(
  device: string,
  firmware: string,
  uptime: number,
  heap: { heapTotal: number; heapUsed: number; heapPeak: number },
  connections: number,
  queue: ReadingQueue,
  lastReset: string,
): string {
  return JSON.stringify({
    device,
    firmware,
    uptime_s: Math.floor(uptime / 1000),
    heap_free: heap.heapTotal - heap.heapUsed,
    heap_free_low: heap.heapTotal - heap.heapPeak,
    reconnects: connections - 1,
    queued: queue.length(),
    dropped: queue.journal.dropped,
    last_reset: lastReset,
  });
}
