/** The faults that the reliability tests inject have the effect that their names promise. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../support/random.ts';
import { JOIN, makeBoard, textOf } from './support.ts';

void describe('connections', () => {
  test('a refused connection causes no event, and is dead', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      const fd = dial(1);
      setTimeout(() => setTimeout(() => console.log(alive(fd)), 1000), 10);`);
    board.faults.tcp = 'refuse';
    await board.run(5);
    assert.deepEqual(lines(), ['false']);
  });

  test('a connection that is never answered causes no event, and looks alive', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      const fd = dial(1);
      setTimeout(() => setTimeout(() => { console.log(alive(fd)); __netdev.close(fd); }, 30000), 10);`);
    board.faults.tcp = 'silent';
    await board.run(40);
    assert.deepEqual(lines(), ['true', '1 close ']);
    assert.deepEqual(board.violations, []);
  });

  for (const [how, expected] of [
    ['reset', ['1 connect ', '1 data 3', '1 data 2', 'false']],
    ['black hole', ['1 connect ', '1 data 3', '1 data 2', 'true']],
    ['close', ['1 connect ', '1 data 3', '1 data 2', '1 close ', 'false']],
  ] as const) {
    test(`a connection ends by ${how} at a byte received`, async () => {
      const { board, peers, lines } = makeBoard(`${JOIN}
        const fd = dial(1);
        setTimeout(() => console.log(alive(fd)), 8000);`);
      board.faults.cuts.push({ how, received: 5 });
      await board.runUntil('connect', { limitSeconds: 5 });
      peers[0].write('123');
      peers[0].write('45678');
      setTimeout(() => peers[0].write('more'));
      await board.run(8);
      assert.deepEqual(lines(), expected);
      assert.deepEqual(board.faults.cuts, []);
    });

    test(`a connection ends by ${how} at a byte sent`, async () => {
      const { board, peers } = makeBoard(`${JOIN}
        dial(1, { connect(fd) { __netdev.write(fd, '123'); __netdev.write(fd, '45678'); } });`);
      board.faults.cuts.push({ how, sent: 5 });
      await board.run(5);
      assert.equal(textOf(peers[0]), how === 'reset' ? '123' : '12345');
    });

    test(`a connection ends by ${how} at once, and the next one works`, async () => {
      const { board, peers, lines } = makeBoard(`${JOIN}
        dial(1);
        setTimeout(() => dial(2), 8000);`);
      await board.runUntil('connect', { limitSeconds: 5 });
      board.faults.cutConnections(how);
      peers[0].write('12345');
      await board.runUntil('2 connect', { limitSeconds: 10 });
      peers[1].write('123');
      await board.run(1);
      assert.deepEqual(lines(), ['1 connect ', ...(how === 'close' ? ['1 close '] : []), '2 connect ', '2 data 3']);
    });
  }

  test('a slow connection passes so many bytes a second', async () => {
    const { board, peers } = makeBoard(`${JOIN}
      let total = 0;
      dial(1, { data(fd, bytes) { total += bytes.length; if (total === 5000) console.log('all'); } });`);
    board.faults.bytesPerSecond = 500;
    await board.runUntil('connect', { limitSeconds: 5 });
    const start = board.seconds;
    peers[0].write(Buffer.alloc(5_000));
    await board.runUntil('all', { limitSeconds: 15 });
    assert.ok(Math.abs(board.seconds - start - 10) < 0.2);
  });

  test('a round trip to a far peer takes its time', async () => {
    const { board, peers, lines } = makeBoard(`${JOIN}
      const start = millis();
      dial(1, { connect(fd) { console.log(Math.round((millis() - start) / 1000)); } });`);
    board.faults.roundTrip = 2_000;
    await board.run(10);
    // One for the name, one for the connection.
    assert.deepEqual(lines(), ['1 connect ', '4']);
    assert.equal(peers.length, 1);
  });
});

void describe('names and time', () => {
  test('names fail to resolve, but not one that was resolved less than a minute ago', async () => {
    const { board, lines } = makeBoard(`${JOIN}
      const ask = () => { try { const fd = __netdev.socket('AF_INET', 'DGRAM'); __netdev.connect(fd, 'time.example', 123); console.log('known'); __netdev.close(fd); } catch (e) { console.log(e.message); __netdev.close(0); } };
      ask();
      setInterval(ask, 25000);`);
    board.after(5, () => (board.faults.dns = 'nx'));
    board.after(90, () => (board.faults.dns = 'silent'));
    await board.run(110);
    assert.deepEqual(lines(), ['known', 'known', 'known', 'DNS Error: IP is not found.', 'DNS response timeout.']);
  });

  const ASK_TIME = `${JOIN}
    const fd = __netdev.socket('AF_INET', 'DGRAM');
    __netdev.get(fd).read_cb = (r) => console.log(r[0] >> 6, r[1], (((r[40] * 256 + r[41]) * 256 + r[42]) * 256 + r[43]) - 2208988800);
    __netdev.connect(fd, 'time.example', 123);
    __netdev.write(fd, String.fromCharCode(0x23) + '\\0'.repeat(47));
    setTimeout(() => setTimeout(() => console.log('end'), 1000), 10);`;
  const startTime = Date.UTC(2026, 10, 23);
  for (const [server, expected] of [
    ['ok', [/^0 1 (\d+)$/, /^end$/]],
    ['silent', [/^end$/]],
    ['unsynchronized', [/^3 16 /, /^end$/]],
    [{ offsetSeconds: -86_400 }, [/^0 1 (\d+)$/, /^end$/]],
  ] as const) {
    test(`a time server can behave like this: ${JSON.stringify(server)}`, async () => {
      const { board, lines } = makeBoard(ASK_TIME, { startTime });
      board.faults.timeServer = server;
      await board.run(6);
      expected.forEach((pattern, i) => assert.match(lines()[i], pattern));
      const told = expected[0].exec(lines()[0])?.[1];
      const offset = typeof server === 'object' ? server.offsetSeconds : 0;
      if (told !== undefined) assert.ok(Math.abs(Number(told) - startTime / 1000 - offset - 3) < 3);
    });
  }
});

void describe('power and watchdog', () => {
  const WRITER = `
    const fs = require('fs');
    const read = () => { try { return new TextDecoder().decode(fs.readFile('/file')) } catch (e) { return 'none' } };
    const bytes = (text) => new TextEncoder().encode(text);`;

  test('a power cycle keeps files and storage, and forgets everything else', async () => {
    const { board, lines, peers } = makeBoard(`${WRITER} ${JOIN}
      console.log(read(), storage.getItem('k'), Date.now() < 9e5);
      fs.writeFile('/file', bytes('kept')); storage.setItem('k', 'v'); require('rtc').setTime(1e12);
      const fd = fs.open('/other', 'w'); fs.write(fd, bytes('never closed'));
      dial(1);`);
    await board.runUntil('connect', { limitSeconds: 5 });
    board.powerCycle(3);
    const at = board.seconds;
    await board.runUntil('connect', { limitSeconds: 10 });
    assert.deepEqual(lines(), ['none null true', '1 connect ', 'kept v true', '1 connect ']);
    assert.deepEqual(
      board.resets.map(({ reason }) => reason),
      ['power'],
    );
    assert.ok(board.seconds > at + 3);
    // Nobody told the first far end.
    assert.equal(peers[0].readableEnded || peers[0].destroyed, false);
    assert.equal(peers.length, 2);
  });

  test('when power fails in the middle of writing, the old content or the new is there as a whole', async () => {
    const program = `${WRITER}
      const old = read();
      console.log(old.length, old === 'none' || /^(a*|b*)$/.test(old));
      setTimeout(() => {
        if (old === 'none') fs.writeFile('/file', bytes('a'.repeat(9000)));
        fs.writeFile('/file', bytes('b'.repeat(5000)));
      }, 1000);`;
    const seen = new Set<string>();
    let operations = 0;
    for (let cut = 1; ; cut++) {
      const { board, lines } = makeBoard(program);
      await board.run(0.5);
      board.faults.cutPowerAtFlashOperation(cut);
      await board.run(10);
      const [, second] = lines();
      if (second === undefined) break;
      operations = cut;
      assert.match(second, / true$/);
      seen.add(second);
    }
    assert.ok(operations > 60, `${operations} operations`);
    // The old content `none`, an entry without content, and the first content are possible. The last operation makes the second
    // content valid.
    assert.deepEqual(seen, new Set(['4 true', '0 true', '9000 true']));
  });

  test('when power fails while storage changes a value, the value is gone', async () => {
    const { board, lines } = makeBoard(`
      console.log(storage.getItem('k'));
      setTimeout(() => storage.setItem('k', storage.getItem('k') === null ? 'one' : 'two'), 1000);`);
    await board.run(3);
    board.powerCycle();
    await board.runUntil('one', { limitSeconds: 5 });
    board.faults.cutPowerAtFlashOperation(2);
    await board.run(6);
    assert.deepEqual(lines(), ['null', 'one', 'null']);
  });

  test('power fails inside a blocking call, and a handler of the program cannot hold that up', async () => {
    const { board, lines } = makeBoard(`
      console.log('boot');
      try { delay(5000); console.log('slept'); } catch (e) { console.log('caught'); } finally { console.log('finally'); }`);
    board.after(2, () => board.powerCycle());
    await board.run(4);
    assert.deepEqual(lines(), ['boot', 'boot', 'slept', 'finally']);
  });

  test('a promise job that a power cut interrupts, or that runs after it, goes no further', async () => {
    const { board, lines } = makeBoard(`
      console.log('boot');
      const job = (name) => Promise.resolve().then(() => { delay(5000); console.log(name); }).catch(() => console.log('caught'));
      job('first').then(() => console.log('then'));
      job('second');
      setInterval(() => {}, 1000);`);
    board.after(2, () => board.powerCycle());
    await board.run(14);
    // A rejection that nobody handles would end Node's process.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(lines(), ['boot', 'boot', 'first', 'second', 'then']);
  });

  test('the watchdog resets after 8.388 s at the latest, in blocking calls too', async () => {
    const { board } = makeBoard(`
      const { WDT } = require('wdt'), dog = new WDT(60000);
      setInterval(() => dog.feed(), 5000);
      setTimeout(() => { console.log('waiting', millis()); delay(20000); }, 20000);`);
    await board.runUntil('waiting', { limitSeconds: 30 });
    assert.equal(board.resets.length, 0);
    await board.run(0.1);
    const [{ reason, at }] = board.resets;
    assert.equal(reason, 'watchdog');
    const waiting = Number(/waiting (\d+)/.exec(board.serial)?.[1]) / 1000;
    assert.ok(Math.abs(at - waiting - 8.388) < 0.05, `${waiting}, ${at}`);
    await board.runUntil('waiting', { limitSeconds: 30 });
  });

  test('a board whose program ended in an exception is reset by a watchdog that was armed', async () => {
    const { board } = makeBoard("new (require('wdt').WDT)(1000); console.log('boot'); throw 1");
    await board.run(5);
    assert.ok(board.resets.length >= 3);
    assert.match(board.serial, /^(boot\n1\n)+$/);
  });
});

test('timers go on after power cuts at any fraction of a microsecond', async () => {
  const random = new SeededRandom(3);
  const { board } = makeBoard("let n = 0; setInterval(() => { if (++n === 60) console.log('sixty'); }, 20)");
  for (let i = 0; i < 50; i++) {
    board.after(random.below(1e9) / 1e9, () => board.powerCycle());
    await board.run(1.5);
    await board.runUntil('sixty', { limitSeconds: 10 });
  }
});
