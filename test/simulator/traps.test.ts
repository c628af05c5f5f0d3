/** Kaluma's traps for programs, as far as a test must control the far end or the host's side of the board to see them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TimeLimit } from '../../scripts/simulator/simulatedBoard.ts';
import { JOIN, makeBoard, textOf } from './support.ts';

void describe('exceptions', () => {
  test('exceptions of network callbacks vanish, and are recorded', async () => {
    const { board, peers, lines } = makeBoard(`${JOIN}
      dial(1, { connect() { throw new Error('one') }, data() { throw new Error('two') }, close() { throw new Error('three') } });`);
    await board.runUntil('connect', { limitSeconds: 5 });
    peers[0].write('x');
    await board.runUntil('data', { limitSeconds: 1 });
    peers[0].end();
    await board.run(1);
    assert.deepEqual(lines(), ['1 connect ', '1 data 1', '1 close ']);
    assert.deepEqual(
      board.exceptions.map(({ where, error, shown }) => [where, String(error), shown]),
      [
        ['connect_cb', 'Error: one', false],
        ['read_cb', 'Error: two', false],
        ['close_cb', 'Error: three', false],
      ],
    );
  });

  test('exceptions of timers are printed, and recorded as printed', async () => {
    const { board } = makeBoard("setTimeout(() => { throw new TypeError('t') }, 1)");
    await board.run(1);
    assert.equal(board.serial, 'TypeError: t\n');
    assert.deepEqual(
      board.exceptions.map(({ where, shown }) => [where, shown]),
      [['timer', true]],
    );
  });
});

test('after 49.7 days millis() begins anew, and no timer runs any more', async () => {
  const { board, lines } = makeBoard(
    `setInterval(() => console.log('turn'), 1000); setInterval(() => console.log(millis() > 4e9), 3500); delay(4000);
     console.log(millis() > 4e9); delay(4000); console.log(millis() < 10000);`,
    { age: 2 ** 32 / 1000 - 5 },
  );
  await board.run(3600);
  assert.deepEqual(lines(), ['true', 'true']);
  const on = makeBoard("setInterval(() => console.log('turn'), 1000);", { age: 2 ** 32 / 1000 - 3.5 });
  await on.board.run(3600);
  assert.deepEqual(on.lines(), ['turn', 'turn', 'turn']);
});

void describe('connections', () => {
  test('data arrive in pieces of at most 1,460 B, and no more is taken than the window', async () => {
    const { board, peers } = makeBoard(`${JOIN}
      let total = 0, most = 0;
      dial(1, { data(socket, bytes) { total += bytes.length; most = Math.max(most, bytes.length); if (total === 100000) console.log('all', most); } });`);
    await board.runUntil('connect', { limitSeconds: 5 });
    peers[0].write(Buffer.alloc(100_000));
    await board.runUntil('all 1460', { limitSeconds: 10 });
    assert.deepEqual(board.exceptions, []);
  });

  test('data that are written arrive, one byte a character', async () => {
    const { board, peers } = makeBoard(`${JOIN}
      dial(1, { connect(fd) { __netdev.write(fd, 'a\\u00ff\\u0100'); __netdev.write(fd, String.fromCharCode(1, 2)); } });`);
    await board.runUntil('connect', { limitSeconds: 5 });
    // The two writes are two segments, and this PC may be slow to deliver the second.
    let come = '';
    await board.runUntil(
      () => {
        come += textOf(peers[0]);
        return come.length >= 5;
      },
      { limitSeconds: 60 },
    );
    assert.equal(come, 'a\xff\0\x01\x02');
  });

  test('a write too long for the stack is a violation', async () => {
    const { board } = makeBoard(`${JOIN}
      dial(1, { connect(fd) { __netdev.write(fd, 'x'.repeat(256)); console.log('fits'); __netdev.write(fd, 'x'.repeat(257)); } });`);
    await board.runUntil('fits', { limitSeconds: 5 });
    assert.deepEqual(
      board.violations.map(({ kind }) => kind),
      ['long write'],
    );
  });

  test('more unacknowledged data than the heap holds are a violation, more than the buffer holds an error', async () => {
    const { board } = makeBoard(`${JOIN}
      dial(1, { connect(fd) { for (let i = 0; i < 50; i++) { __netdev.write(fd, 'x'.repeat(256)); if (__netdev.errno) { console.log('full', i); return; } } } });`);
    await board.runUntil('full', { limitSeconds: 5 });
    assert.match(board.serial, /full 45/); // 45 × 256 B fit into 11,680 B
    assert.equal(board.violations[0].kind, 'send queue');
    assert.match(board.violations[0].message, /4352 B/);
  });

  test('read_cb is called with a second argument that is invalid', async () => {
    for (const [use, found] of [
      ['(bytes, stray) => console.log(bytes.length, typeof stray)', 0],
      ['(bytes, stray) => console.log(String(stray.length))', 1],
    ] as const) {
      const { board, peers } = makeBoard(`${JOIN}
        __netdev.get(dial(1)).read_cb = ${use};`);
      await board.runUntil('connect', { limitSeconds: 5 });
      peers[0].write('x');
      await board.run(1);
      assert.equal(board.violations.filter(({ kind }) => kind === 'stray argument').length, found);
    }
  });

  test('data written before the connection was answered wait', async () => {
    const { board, peers } = makeBoard(`${JOIN} __netdev.write(dial(1), 'early');`);
    await board.run(4);
    assert.equal(textOf(peers[0]), 'early');
  });

  test('closing a connection that was reset is a violation', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      const fd = dial(1);
      setTimeout(() => { console.log(alive(fd)); __netdev.close(fd); }, 5000);`);
    board.after(4, () => board.faults.cutConnections('reset'));
    await board.run(6);
    assert.deepEqual(lines(), ['1 connect ', 'false', '1 close ']);
    assert.deepEqual(
      board.violations.map(({ kind }) => kind),
      ['freed connection'],
    );
  });

  test('the sixth connection at a time gets no control block and never connects', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      for (let i = 1; i <= 6; i++) { const fd = dial(i); console.log(i, __netdev.errno, alive(fd)); }`);
    await board.run(5);
    assert.deepEqual(lines().slice(0, 6), ['1 0 true', '2 0 true', '3 0 true', '4 0 true', '5 0 true', '6 0 false']);
    assert.equal(lines().filter((line) => line.endsWith('connect ')).length, 5);
  });

  test('a closed connection that nobody answers holds its control block for minutes', async () => {
    const { board } = makeBoard(`${JOIN}
      let round = 0;
      const next = () => { const fd = dial(++round); setTimeout(() => setTimeout(() => { __netdev.close(fd); next(); }, 2000), 10); };
      next();`);
    board.after(1, function cut() {
      board.faults.cutConnections('black hole');
      board.after(0.5, cut);
    });
    await board.run(300);
    assert.equal(board.serial.match(/connect/g)?.length, 5);
    await board.run(900);
    assert.ok((board.serial.match(/connect/g)?.length ?? 0) > 5);
  });

  test('data to three peers that never answer fill the memory, so a fourth can be sent nothing', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      let round = 0;
      const next = () => dial(++round, { connect(fd) { setTimeout(() => {
        __netdev.write(fd, 'x');
        console.log('sent', __netdev.errno);
        __netdev.close(fd);
        if (round < 4) next();
      }, 200); } });
      next();`);
    for (let round = 1; round <= 4; round++) {
      await board.runUntil(`${round} connect`, { limitSeconds: 5 });
      board.faults.cutConnections('black hole');
    }
    await board.run(1);
    assert.deepEqual(
      lines().filter((line) => line.startsWith('sent')),
      ['sent 0', 'sent 0', 'sent 0', 'sent -1'],
    );
  });

  test('callbacks run inside the blocking calls of others', async () => {
    const { board, peers, lines } = makeBoard(`${JOIN}
      dial(1, { connect() { setTimeout(() => {
        console.log('asking');
        try { __netdev.connect(__netdev.socket('AF_INET', 'STREAM'), 'other.example', 2) } catch (e) { console.log(e.message) }
      }, 1000); } });`);
    await board.runUntil('connect', { limitSeconds: 5 });
    board.faults.dns = 'silent';
    board.after(1.5, () => peers[0].write('x'));
    await board.runUntil('timeout', { limitSeconds: 10 });
    assert.deepEqual(lines().slice(1), ['asking', '1 data 1', 'DNS response timeout.']);
  });
});

void describe('Wi-Fi', () => {
  test('no event tells that the access point has gone: the program has to ask, and to join again', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      for (const name of ['assoc_cb', 'connect_cb', 'disconnect_cb']) __ieee80211dev[name] = () => console.log(name);
      setInterval(() => __ieee80211dev.get_connection((error, info) => console.log(error, typeof info)), 10000);
      setTimeout(() => join(() => console.log('joined', __ieee80211dev.errno)), 35000);`);
    board.after(12, () => (board.faults.accessPointIsPresent = false));
    board.after(25, () => (board.faults.accessPointIsPresent = true));
    await board.run(45);
    assert.deepEqual(lines(), [
      '0 object',
      '0 undefined',
      '0 undefined',
      'assoc_cb',
      'connect_cb',
      'joined 0',
      '0 object',
    ]);
  });

  test('joining an absent network blocks for thirty seconds, and finds an access point that comes back meanwhile', async () => {
    const program = `
      const start = millis();
      __ieee80211dev.connect({ ssid: 'kitchen', password: 'correct horse' }, (error) => console.log(error, __ieee80211dev.errno, Math.round((millis() - start) / 1000)));`;
    const absent = makeBoard(program).board;
    absent.faults.accessPointIsPresent = false;
    await absent.run(40);
    assert.equal(absent.serial, '0 -1 30\n');
    const back = makeBoard(program).board;
    back.faults.accessPointIsPresent = false;
    back.after(10, () => (back.faults.accessPointIsPresent = true));
    await back.run(40);
    assert.match(back.serial, /^0 0 1[234]\n$/);
  });

  test('connections outlive a short absence', async () => {
    const { board, peers } = makeBoard(`${JOIN}
      const fd = dial(1);
      setTimeout(() => { __netdev.write(fd, 'while away'); join(); }, 8000);`);
    board.after(5, () => (board.faults.accessPointIsPresent = false));
    board.after(10, () => (board.faults.accessPointIsPresent = true));
    await board.run(30);
    assert.equal(textOf(peers[0]), 'while away');
    peers[0].write('still here');
    await board.runUntil('1 data 10', { limitSeconds: 1 });
  });
});

void describe('time', () => {
  test('timers count from the beginning of the turn', async () => {
    const { board } = makeBoard(`
      setTimeout(() => { const start = millis(); delay(200); setTimeout(() => console.log(millis() - start < 220), 150); }, 10);`);
    await board.run(2);
    assert.equal(board.serial, 'true\n');
  });

  test('an hour costs little computing, and a loop that waits for the clock ends', async () => {
    const { board, lines } = makeBoard(`
      let n = 0;
      setInterval(() => { n++; }, 20);
      setTimeout(() => { const until = millis() + 5; while (millis() < until); console.log(n); }, 3600000);`);
    const start = process.cpuUsage();
    await board.run(3_602);
    assert.deepEqual(lines(), ['180000']);
    // Not by the wall's clock: what else this PC does is not the board's fault.
    assert.ok(process.cpuUsage(start).user < 20e6);
  });

  test('computing takes as much time as the test says', async () => {
    const { board } = makeBoard(
      `setTimeout(() => { let x = 0; for (let i = 0; i < 3e6; i++) x += Math.imul(i, i); }, 10);
       setTimeout(() => console.log(micros() > 2e6), 100);`,
      { slowdown: 10_000 },
    );
    await board.run(100_000);
    assert.equal(board.serial, 'true\n');
  });

  test('the clock stands still until the peers have come to rest', async () => {
    const program = `${JOIN}
      let start;
      dial(1, { connect(fd) { start = millis(); __netdev.write(fd, 'question'); }, data() { console.log('answered', millis() - start); } });
      setInterval(() => {}, 1);`;
    const turns = (answer: () => void) => {
      const hop = (left: number): void => void setImmediate(() => (left === 0 ? answer() : hop(left - 1)));
      hop(8);
    };
    const time = (answer: () => void) => void setTimeout(answer, 50);
    for (const [later, saysSo] of [
      [turns, false],
      [time, true],
    ] as const) {
      let busy = false;
      const { board, peers } = makeBoard(program, { peersAreBusy: () => busy });
      await board.runUntil('connect', { limitSeconds: 5 });
      busy = saysSo;
      later(() => {
        busy = false;
        peers[0].write('answer');
      });
      await board.runUntil('answered', { limitSeconds: 5 });
      const took = Number(/answered (\d+)/.exec(board.serial)?.[1]);
      assert.ok(took >= 28 && took < 40, `${took} ms`);
    }
  });

  test('a test that waits in vain is told so, with the last lines', async () => {
    const { board } = makeBoard("console.log('hello')");
    await assert.rejects(board.runUntil('bye', { limitSeconds: 3 }), (error) => {
      return error instanceof TimeLimit && /bye did not come within 3 s.*\n.*hello/.test(error.message);
    });
  });

  test('the real clock keeps real time', async () => {
    const { board } = makeBoard("setTimeout(() => console.log('later'), 100); delay(20);", { clock: 'real' });
    const start = performance.now();
    await board.runUntil('later', { limitSeconds: 30 });
    const took = performance.now() - start;
    assert.ok(took > 95 && took < 30_000, `${took} ms`);
  });
});
