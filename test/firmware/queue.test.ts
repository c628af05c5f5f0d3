import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openQueue, type ReadingQueue } from '../../firmware/queue.ts';
import { toWords } from '../../firmware/records.ts';
import { keptLog, MemoryFiles } from './fakes.ts';

const EPOCH = Date.UTC(2026, 10, 23);

function open(files = new MemoryFiles(), epoch: number | null = EPOCH) {
  const { log, lines } = keptLog();
  const clock = { epoch };
  const queue = openQueue(files, log, (moment) => (clock.epoch === null ? null : clock.epoch + moment));
  return { queue, files, lines, clock };
}

let moment = 0;
/** Lets enough time pass for everything to be written. */
function settle(queue: ReadingQueue): void {
  queue.tick((moment += 10_000));
}

function take(queue: ReadingQueue, count = 1): void {
  for (let i = 0; i < count; i++) {
    queue.add({ celsius: 20 }, moment);
    settle(queue);
  }
}

/** Sends the next reading, if one may be sent. @returns its number, followed by `'` if it was sent before */
function send(queue: ReadingQueue): string | null {
  const next = queue.next();
  if (next !== null) queue.sent();
  return next && `${next.reading.seq}${next.dup ? "'" : ''}`;
}

/** Sends and acknowledges until nothing is left. */
function drain(queue: ReadingQueue): number[] {
  const received: number[] = [];
  for (let next = queue.next(); next !== null; next = queue.next()) {
    queue.sent();
    received.push(next.reading.seq);
    assert.equal(queue.acknowledge(next.messageId), next.reading.seq);
    settle(queue);
  }
  return received;
}

const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i);

test('the queue numbers readings, stamps them, and sends one at a time, oldest first', () => {
  const { queue } = open();
  const reading = queue.add({ celsius: 21.5, humidity: 40 }, 12_345);
  assert.deepEqual(reading, { celsius: 21.5, humidity: 40, seq: 1, uptime: 12, time: EPOCH + 12_345 });
  take(queue, 2);
  assert.deepEqual([send(queue), send(queue)], ['1', null]);
  assert.equal(queue.acknowledge(2), 1);
  assert.deepEqual([send(queue), send(queue)], ['2', null]);
  assert.equal(queue.length(), 2);
});

test('the queue sends a reading that was not acknowledged again, with the same id and DUP', () => {
  const { queue } = open();
  take(queue, 3);
  assert.equal(send(queue), '1');
  queue.acknowledge(2);
  const id = queue.next()?.messageId;
  assert.equal(send(queue), '2');
  queue.connectionLost();
  assert.equal(queue.next()?.messageId, id);
  assert.equal(send(queue), "2'");
  queue.acknowledge(id as number);
  assert.equal(send(queue), '3');
});

test('the queue removes a reading only on its acknowledgement, and ignores other ids', () => {
  const { queue } = open();
  take(queue, 2);
  const id = queue.next()?.messageId as number;
  assert.equal(queue.acknowledge(id), null, 'not sent yet');
  queue.sent();
  assert.equal(queue.acknowledge(id + 1), null, 'another one');
  assert.equal(queue.acknowledge(id), 1);
  assert.equal(queue.acknowledge(id), null, 'acknowledged twice');
  assert.equal(queue.length(), 1);
  assert.equal(queue.isAwaiting(), false);
});

test('message ids of readings begin anew before they exceed 16 bits', () => {
  const files = new MemoryFiles();
  open(files).queue.store();
  const words = new Uint32Array((files.content.get('/pico-kitchen') as Uint8Array).buffer);
  words[1] = 129_999;
  words[2] = 129_999;
  const { queue } = open(files);
  take(queue, 3);
  const ids = range(0, 3).map(() => {
    const id = queue.next()?.messageId as number;
    queue.sent();
    queue.acknowledge(id);
    return id;
  });
  assert.deepEqual(ids, [65_000, 1, 2]);
});

test('the queue stamps readings taken before the time was known as soon as it is known', () => {
  const { queue, clock } = open(new MemoryFiles(), null);
  assert.equal(queue.add({ celsius: 20 }, 5000).time, null);
  clock.epoch = EPOCH;
  assert.equal(queue.next()?.reading.time, EPOCH + 5000);
});

test('the queue does not give a reading of an earlier boot the time of this one', () => {
  const first = open(new MemoryFiles(), null);
  first.queue.add({ celsius: 20 }, 5000);
  settle(first.queue);
  const second = open(first.files);
  second.queue.add({ celsius: 21 }, 6000);
  assert.equal(second.queue.next()?.reading.time, null);
  second.queue.sent();
  second.queue.acknowledge(2);
  assert.equal(second.queue.next()?.reading.time, EPOCH + 6000);
});

test('the queue keeps readings and their count over a power cut', () => {
  const first = open();
  take(first.queue, 5);
  send(first.queue);
  first.queue.acknowledge(2);
  settle(first.queue);
  const second = open(first.files);
  assert.equal(second.queue.length(), 4);
  take(second.queue);
  assert.deepEqual(drain(second.queue), [2, 3, 4, 5, 6]);
});

test('the queue writes little: a reading costs two writes of the journal, of at most 256 bytes', () => {
  const { queue, files } = open();
  take(queue, 7);
  assert.ok((files.content.get('/pico-kitchen') as Uint8Array).length <= 256);
  drain(queue);
  const { writes } = files;
  take(queue);
  drain(queue);
  assert.equal(files.writes - writes, 2);
  assert.deepEqual([...files.content.keys()], ['/pico-kitchen']);
});

test('the queue spools a long outage in batches, and drains it in order, the new readings last', () => {
  const { queue, files } = open();
  take(queue, 1000);
  assert.equal(queue.length(), 1000);
  assert.equal(files.writes, 1000 + 1000 / 8);
  assert.equal(queue.journal.readings.length, 0);
  const received: number[] = [];
  for (let next = queue.next(); next !== null; next = queue.next()) {
    if (next.reading.seq % 100 === 0) take(queue);
    queue.sent();
    received.push(queue.acknowledge(next.messageId) as number);
  }
  assert.deepEqual(received, range(1, 1011));
  assert.equal(queue.length(), 0);
});

test('a reading that was sent moves to the spool with its batch, and is acknowledged there', () => {
  const { queue, files } = open();
  take(queue, 7);
  assert.equal(send(queue), '1');
  take(queue, 3);
  assert.equal(queue.journal.readings.length, 2);
  assert.equal(send(queue), null);
  assert.equal(queue.acknowledge(2), 1);
  assert.deepEqual(drain(queue), range(2, 11));
  // And over a power cut, before its acknowledgement.
  take(queue, 7);
  assert.equal(send(queue), '11');
  take(queue, 3);
  assert.deepEqual(drain(open(files).queue), range(11, 21));
});

test('the queue loses none of two hundred readings that come while one is unacknowledged', () => {
  const { queue, lines } = open();
  take(queue);
  assert.equal(send(queue), '1');
  // All within one turn: nothing is acknowledged, and the journal is written once.
  for (let i = 0; i < 200; i++) queue.add({ celsius: 20 }, moment);
  assert.equal(queue.journal.dropped, 0);
  assert.equal(queue.acknowledge(2), 1);
  assert.deepEqual(drain(queue), range(2, 202));
  assert.deepEqual(lines, []);
});

test('the queue drops the oldest readings when all is full, and reports how many', () => {
  const { queue, lines } = open();
  const capacity = 40 * 168;
  take(queue, capacity + 8);
  assert.equal(queue.journal.dropped, 168 - 8, 'those loaded in memory are still sent');
  assert.match(lines.join(), /WARN queue full: the 160 oldest readings dropped, 160 so far/);
  const received = drain(queue);
  assert.deepEqual(received.slice(0, 9), [1, 2, 3, 4, 5, 6, 7, 8, 169]);
  assert.equal(received.length + queue.journal.dropped, capacity + 8);
});

test('the queue goes on in memory when the flash fails, logs that once, and drops readings that are too many', () => {
  const { queue, files, lines } = open();
  take(queue, 2);
  files.broken = true;
  take(queue, 60);
  assert.equal(lines.filter((line) => /ERROR queue flash: I\/O error/.test(line)).length, 1);
  assert.equal(queue.journal.dropped, 14);
  assert.deepEqual(drain(queue), range(15, 63));
  files.broken = false;
  take(queue);
  assert.deepEqual(drain(open(files).queue), [63]);
});

/** Files of which one operation fails, once. */
class FailingOnce extends MemoryFiles {
  failing: 'read' | 'append' | 'remove' | null = null;

  private fail(operation: FailingOnce['failing']): void {
    if (this.failing !== operation) return;
    this.failing = null;
    throw new Error('I/O error');
  }

  override read(path: string, offset: number, length: number): Uint8Array {
    this.fail('read');
    return super.read(path, offset, length);
  }

  override append(path: string, bytes: Uint8Array): void {
    this.fail('append');
    super.append(path, bytes);
  }

  override remove(path: string): void {
    this.fail('remove');
    super.remove(path);
  }
}

for (const operation of ['read', 'append', 'remove'] as const) {
  test(`the queue goes on when a single ${operation} fails, wherever that happens`, () => {
    for (let at = 0; at < 2 * 168 + 40; at += 7) {
      const files = new FailingOnce();
      const { queue } = open(files);
      take(queue, 2 * 168 + 20);
      const received: number[] = [];
      for (let i = 0; queue.length() > 0 && i < 1000; i++) {
        if (i === at) files.failing = operation;
        const next = queue.next();
        if (next !== null) {
          queue.sent();
          received.push(queue.acknowledge(next.messageId) as number);
        }
        if (i % 3 === 0 && i < 90) take(queue);
        settle(queue);
      }
      assert.deepEqual(received, range(1, 2 * 168 + 51), `at ${at}`);
      assert.equal(queue.journal.dropped, 0);
    }
  });
}

test('the queue counts the readings that are lost when all is full and a write fails', () => {
  const files = new FailingOnce();
  const { queue } = open(files);
  const capacity = 40 * 168;
  take(queue, capacity + 7);
  files.failing = 'append';
  take(queue, 9);
  const received = drain(queue);
  assert.equal(files.failing, null);
  assert.equal(received.length + queue.journal.dropped, capacity + 16);
  assert.equal(new Set(received).size, received.length);
});

test('readings every 5 s are stored before they can be sent', () => {
  const { queue, files } = open();
  const stored = (): number => toWords(files.content.get('/pico-kitchen') as Uint8Array)[1];
  for (let i = 0; i < 400; i++) {
    const { seq } = queue.add({ celsius: 20 }, (moment += 5000));
    queue.tick(moment);
    assert.equal(stored(), seq + 1);
    assert.equal(send(queue), String(seq));
    queue.acknowledge(1 + seq);
    queue.tick(moment + 100);
  }
});

test('each reading of four sensors every 20 s is stored before it is sent', () => {
  const { queue, files } = open();
  const stored = (): number => toWords(files.content.get('/pico-kitchen') as Uint8Array)[1];
  for (let i = 0; i < 200; i++) {
    moment += 17_000;
    // They measure one after the other, and each reading is acknowledged at once.
    for (let sensor = 0; sensor < 4; sensor++) {
      const { seq } = queue.add({ celsius: 20 }, (moment += 750), sensor);
      queue.tick(moment);
      assert.equal(stored(), seq + 1, `reading ${seq}`);
      assert.equal(send(queue), String(seq));
      queue.acknowledge(1 + seq);
      queue.tick(moment + 100);
    }
    for (let wait = 0; wait < 17_000; wait += 1000) queue.tick(moment + wait);
  }
});

test('endless commands do not keep a reading from being stored', () => {
  const { queue, files } = open();
  for (let i = 0; i < 200; i++) {
    queue.journalChanged();
    queue.tick((moment += 100));
  }
  assert.ok(files.writes <= 24, `${files.writes} writes`);
  const { writes } = files;
  take(queue);
  assert.equal(files.writes, writes + 1);
});

test('the queue starts afresh from an invalid journal', () => {
  const files = new MemoryFiles();
  files.write(
    '/pico-kitchen',
    Uint8Array.from({ length: 100 }, (_, i) => i * 7),
  );
  const { queue } = open(files);
  take(queue);
  assert.deepEqual(drain(queue), [1]);
});

test('the queue starts even if the disk cannot be read', () => {
  const files = new MemoryFiles();
  files.read = () => {
    throw new Error('I/O error');
  };
  const { queue, lines } = open(files);
  assert.match(lines.join(), /ERROR queue flash: I\/O error/);
  take(queue, 2);
  assert.deepEqual(drain(queue), [1, 2]);
});

test('a truncated spool file does not stop the queue, and later readings are sent', () => {
  const { queue, files } = open();
  take(queue, 3 * 168);
  const [name] = [...files.content.keys()].filter((path) => path.startsWith('/readings.')).sort();
  files.content.set(name, (files.content.get(name) as Uint8Array).slice(0, 100));
  const received = drain(open(files).queue);
  assert.equal(received[received.length - 1], 3 * 168);
  assert.ok(received.length >= 2 * 168, `${received.length} received`);
});

test('the queue sends the next reading when the one on its way is dropped', () => {
  const { queue, files } = open();
  take(queue);
  assert.equal(send(queue), '1');
  files.broken = true;
  take(queue, 60);
  assert.equal(queue.journal.dropped, 13);
  assert.deepEqual(drain(queue), range(14, 62));
});

test('the queue counts on from the spool if the journal is lost', () => {
  const { queue, files } = open();
  take(queue, 16);
  files.content.delete('/pico-kitchen');
  const again = open(files);
  take(again.queue);
  assert.deepEqual(drain(again.queue), range(1, 18));
});

test('the queue loses nothing and repeats only the reading that was sent, wherever the power fails', () => {
  let cuts = 0;
  for (const happens of [false, true]) {
    for (let failAt = 1; failAt < 160; failAt++) {
      const files = new MemoryFiles();
      files.failingWriteHappens = happens;
      const taken: number[] = [];
      const received: number[] = [];
      /** Received, but the acknowledgement may not be stored. */
      let unsure = 0;
      const { queue: before } = open(files);
      files.powerFailsAt = failAt;
      for (let step = 0; step < 80 && !files.dead; step++) {
        // Mostly offline, so that the spool is used; online now and then.
        const { seq } = before.add({ celsius: 20 }, moment);
        settle(before);
        if (!files.dead) taken.push(seq);
        for (let i = 0; step % 23 >= 20 && i < 9 && !files.dead; i++) {
          const next = before.next();
          if (next === null) break;
          before.sent();
          received.push((unsure = next.reading.seq));
          before.acknowledge(next.messageId);
          settle(before);
        }
      }
      if (files.dead) cuts += 1;
      files.dead = false;
      // A reading that was being taken when the power failed counts as taken if the journal has it.
      const { queue } = open(files);
      const next = queue.journal.nextSeq;
      received.push(...drain(queue));
      assert.deepEqual([...new Set(received)], range(1, next), `cut at write ${failAt}`);
      assert.ok(
        taken.every((seq) => seq < next),
        'all that were taken are there',
      );
      const twice = received.filter((seq, i) => received.indexOf(seq) !== i);
      assert.ok(twice.length === 0 || (twice.length === 1 && twice[0] === unsure), `${twice.join()} of ${unsure}`);
    }
  }
  assert.ok(cuts > 200);
});

test('one reading a second costs one write every five seconds', () => {
  const { queue, files } = open();
  const start = moment;
  for (let second = 0; second < 3600; second++) {
    queue.add({ celsius: 20 }, moment);
    for (let i = 0; i < 50; i++) queue.tick((moment += 20));
    const next = queue.next();
    if (next === null) continue;
    queue.sent();
    queue.acknowledge(next.messageId);
  }
  assert.equal(moment - start, 3_600_000);
  assert.ok(files.writes > 3600 / 5 && files.writes <= 3600 / 5 + 21, `${files.writes}`);
  queue.tick((moment += 5000));
  assert.equal(open(files).queue.length(), 0);
});

test('each reading keeps its sensor and its place, over an outage longer than memory and a power cut', () => {
  const { queue, files } = open();
  const sensors = range(0, 100).map((i) => i % 4);
  for (const sensor of sensors) {
    queue.add({ celsius: sensor }, moment, sensor);
    settle(queue);
  }
  const again = open(files).queue;
  const received: (number | undefined)[] = [];
  for (let next = again.next(); next !== null; next = again.next()) {
    again.sent();
    const { seq, sensor = 0, celsius } = next.reading;
    assert.deepEqual([seq, celsius], [received.length + 1, sensor]);
    received.push(sensor);
    again.acknowledge(next.messageId);
    settle(again);
  }
  assert.deepEqual(received, sensors);
});

test('the sensor of a reading survives a power cut, and an older program ignores it', () => {
  const { queue, files } = open();
  queue.journal.namesMark = 77;
  queue.journal.namedFrom = 5;
  take(queue, 3);
  queue.store();
  const { journal } = open(files).queue;
  assert.deepEqual([journal.namesMark, journal.namedFrom, journal.readings.length], [77, 5, 3]);
  const words = toWords(files.read('/pico-kitchen', 0, 2048));
  assert.deepEqual(
    [words[0], words.length, ...words.subarray(-3)],
    [1, 8 + 3 * 6 + 3, 0, 77, 5],
    'behind the readings',
  );
  // One that such a program has written.
  files.write('/pico-kitchen', new Uint8Array(words.slice(0, -3).buffer));
  const older = open(files).queue.journal;
  assert.deepEqual([older.namesMark, older.namedFrom, older.deaths, older.readings.length], [0, 0, 0, 3]);
});
