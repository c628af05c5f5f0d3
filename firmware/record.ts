/** A reading as it lies in flash: 18 bytes, big-endian. */
import type { Reading } from './reading.ts';

export const RECORD_LENGTH = 18;
/** In place of a quantity that the sensor does not measure. */
const NONE = 0xffff;

export function writeRecord(view: DataView, at: number, reading: Reading): void {
  const { seq, uptime, time, celsius, humidity, pressure } = reading;
  view.setUint32(at, seq);
  view.setUint32(at + 4, uptime);
  view.setUint32(at + 8, time === null ? 0 : Math.floor(time / 1000));
  view.setInt16(at + 12, Math.round(celsius * 100));
  view.setUint16(at + 14, humidity === undefined ? NONE : Math.round(humidity * 100));
  view.setUint16(at + 16, pressure === undefined ? NONE : Math.round(pressure * 10));
}

export function readRecord(view: DataView, at: number): Reading {
  const seconds = view.getUint32(at + 8);
  const reading: Reading = {
    seq: view.getUint32(at),
    uptime: view.getUint32(at + 4),
    time: seconds === 0 ? null : seconds * 1000,
    celsius: view.getInt16(at + 12) / 100,
  };
  const humidity = view.getUint16(at + 14);
  const pressure = view.getUint16(at + 16);
  if (humidity !== NONE) reading.humidity = humidity / 100;
  if (pressure !== NONE) reading.pressure = pressure / 10;
  return reading;
}

export function encodeRecords(readings: readonly Reading[]): Uint8Array {
  const bytes = new Uint8Array(readings.length * RECORD_LENGTH);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < readings.length; i++) writeRecord(view, i * RECORD_LENGTH, readings[i]);
  return bytes;
}

export function decodeRecords(bytes: Uint8Array): Reading[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const readings: Reading[] = [];
  for (let at = 0; at + RECORD_LENGTH <= bytes.length; at += RECORD_LENGTH) readings.push(readRecord(view, at));
  return readings;
}
