import assert from 'node:assert/strict';
import { toTlsError } from '../../../src/tls/failure.ts';

/** Asserts that `parse` throws what becomes a TlsError with this alert, of a text that `text` matches. */
export function assertRefused(parse: () => unknown, alert: string, text: RegExp): void {
  try {
    parse();
  } catch (error) {
    const refusal = toTlsError(error, 'message');
    assert.deepEqual([refusal.alert, refusal.origin], [alert, 'local'], refusal.message);
    assert.match(refusal.message, text);
    return;
  }
  assert.fail(`not refused, expected ${alert}`);
}
