import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../firmware/reading.ts';
import { BATCH, openSpool, type Spool } from '../../firmware/spool.ts';
import { MemoryFiles } from './fakes.ts';

/** A file's worth, and as much as the spool takes. */
const FILE = 168;
const CAPACITY = 40 * FILE;

function batch(firstSeq: number): Reading[] {
  return Array.from({ length: BATCH }, (_, i) => ({ seq: firstSeq + i, uptime: i, time: null, celsius: 20 }));
}

/** Appends readings numbered from `first` up to and without `end`. @returns how many were dropped */
function fill(spool: Spool, first: number, end: number): number {
  let dropped = 0;
  for (let seq = first; seq < end; seq += BATCH) dropped += spool.append(batch(seq));
  return dropped;
}

/** Takes everything out, in uneven portions. */
function drain(spool: Spool): number[] {
  const seqs: number[] = [];
  for (let portion = 1; spool.length() > 0; portion = (portion % BATCH) + 1) {
    const readings = spool.peek().slice(0, portion);
    assert.ok(readings.length > 0);
    spool.remove(readings.length);
    seqs.push(...readings.map(({ seq }) => seq));
  }
  return seqs;
}

const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i);

test('the spool is empty at first', () => {
  const spool = openSpool(new MemoryFiles());
  assert.equal(spool.length(), 0);
  assert.equal(spool.lastSeq(), 0);
  assert.deepEqual(spool.peek(), []);
  spool.remove(0);
  assert.equal(spool.length(), 0);
});

test('the spool returns readings in their order, over many files, and leaves no file behind', () => {
  const files = new MemoryFiles();
  const spool = openSpool(files);
  assert.equal(fill(spool, 1, 5 * FILE + 41), 0);
  assert.equal(spool.length(), 5 * FILE + 40);
  assert.equal(spool.lastSeq(), 5 * FILE + 40);
  assert.equal(files.list().length, 6);
  assert.ok(files.list().every(({ size }) => size <= 4096));
  assert.deepEqual(drain(spool), range(1, 5 * FILE + 41));
  assert.deepEqual(files.list(), []);
});

test('the spool is the same after a restart, except for what was removed from a file that is still there', () => {
  const files = new MemoryFiles();
  const spool = openSpool(files);
  fill(spool, 1, 2 * FILE + 1);
  for (let i = 0; i < FILE / BATCH; i++) spool.remove(BATCH);
  spool.remove(3);
  const reopened = openSpool(files);
  assert.equal(reopened.length(), FILE);
  assert.equal(reopened.peek()[0].seq, FILE + 1);
  assert.equal(reopened.lastSeq(), 2 * FILE);
  fill(reopened, 2 * FILE + 1, 2 * FILE + 9);
  assert.deepEqual(drain(reopened), range(FILE + 1, 2 * FILE + 9));
});

test('the spool takes and gives readings at the same time', () => {
  const spool = openSpool(new MemoryFiles());
  const seqs: number[] = [];
  for (let seq = 1; seq <= 20 * FILE; seq += BATCH) {
    spool.append(batch(seq));
    const readings = spool.peek().slice(0, seq % 3 === 0 ? 8 : 5);
    spool.remove(readings.length);
    seqs.push(...readings.map((reading) => reading.seq));
  }
  seqs.push(...drain(spool));
  assert.deepEqual(seqs, range(1, 20 * FILE + 1));
});

test('the spool drops the oldest file when it is full, and says how many readings were in it', () => {
  const spool = openSpool(new MemoryFiles());
  assert.equal(fill(spool, 1, CAPACITY + 1), 0);
  spool.remove(5);
  assert.equal(spool.append(batch(CAPACITY + 1)), FILE - 5);
  assert.equal(spool.length(), CAPACITY - FILE + BATCH);
  assert.equal(spool.peek()[0].seq, FILE + 1);
});

test('the spool does not touch other files, even with similar names', () => {
  const files = new MemoryFiles();
  const others = ['/readings.', '/readings.old', '/readings.0', '/main.js', '/xreadings.9'];
  for (const path of others) files.write(path, new Uint8Array(99));
  const spool = openSpool(files);
  assert.equal(spool.length(), 0);
  fill(spool, 1, 9);
  assert.deepEqual(drain(spool), range(1, 9));
  assert.deepEqual([...files.content.keys()], others);
});
