/** Wireshark reads the capture file: tshark decrypts it with the key log, down to the MQTT in it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { renderPcap } from '../../../scripts/explain/pcap.ts';
import { streamOf } from '../../../scripts/explain/tape.ts';
import { talkOf } from './tapes.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'explain-pcap-'));
after(() => rmSync(folder, { recursive: true }));

test('the capture holds all bytes of both directions, in packets with right checksums', async () => {
  const { tape } = await talkOf('rsa');
  const capture = renderPcap(tape);
  const payloads: Record<number, Buffer[]> = {};
  for (let at = 24; at < capture.length;) {
    const length = capture.readUInt32LE(at + 8);
    const packet = capture.subarray(at + 16, at + 16 + length);
    assert.equal(sum(packet.subarray(0, 20)), 0xffff);
    const pseudo = Buffer.from([...packet.subarray(12, 20), 0, 6, (length - 20) >> 8, (length - 20) & 255]);
    assert.equal(sum(Buffer.concat([pseudo, packet.subarray(20)])), 0xffff);
    (payloads[packet.readUInt16BE(20)] ??= []).push(packet.subarray(40));
    at += 16 + length;
  }
  assert.deepEqual(Buffer.concat(payloads[49152]), Buffer.from(streamOf(tape, 'out')));
  assert.deepEqual(Buffer.concat(payloads[8883]), Buffer.from(streamOf(tape, 'in')));
});

test('tshark decrypts the capture', async (t) => {
  const { tape, recording } = await talkOf('rsa');
  const [capture, keys] = [join(folder, 'capture.pcap'), join(folder, 'keys.log')];
  writeFileSync(capture, renderPcap(tape));
  writeFileSync(keys, recording.keyLogLine() ?? '');
  const fields = ['-Y', 'mqtt', '-T', 'fields', '-e', 'mqtt.msgtype', '-e', 'mqtt.topic'];
  let stdout: string;
  try {
    ({ stdout } = await run('tshark', ['-r', capture, '-o', `tls.keylog_file:${keys}`, ...fields]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return t.skip('tshark is wanted');
  }
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim());
  assert.deepEqual(rows, ['1', '2', '3\tkitchen/kitchen-1/temperature', '4', '14']);
});

/** The sum of 16-bit words, carries added (RFC 1071). */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
