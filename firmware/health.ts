/** How a board is, as JSON. The strength of Wi-Fi is not in it: Kaluma tells it only after a scan, which blocks. */
export interface Health {
  device: string;
  firmware: string;
  /** ms since boot. */
  uptime: number;
  /** Bytes. */
  heap: { total: number; used: number; peak: number };
  /** How often the broker was reached since boot. */
  connections: number;
  /** Readings on their way. */
  queued: number;
  /** Readings given up, ever. */
  dropped: number;
  resetReason: string;
}

export function healthJson(health: Health): string {
  const { device, firmware, uptime, heap, connections, queued, dropped, resetReason } = health;
  return JSON.stringify({
    device,
    firmware,
    uptime_s: Math.floor(uptime / 1000),
    heap_free: heap.total - heap.used,
    heap_free_low: heap.total - heap.peak,
    reconnects: connections - 1,
    queued,
    dropped,
    last_reset: resetReason,
  });
}
