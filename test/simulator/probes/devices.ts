/** Probes of the board's devices: files, storage, clock, sensors, watchdog. */
import { ATTEMPT, type Probe } from './probe.ts';

export const DEVICES_PROBES: Probe[] = [
  {
    name: 'the clock starts in 1970 and can be set',
    program: `
const rtc = require('rtc');
console.log(Date.now() < 5000, new Date().getFullYear(), rtc.getTime() < 5000);
rtc.setTime(Date.UTC(2026, 10, 23, 8, 0, 0));
console.log(new Date().toISOString().slice(0, 19), new Date().getHours(), new Date().getTimezoneOffset());
console.log(new Date(2026, 0, 2, 3).toISOString(), Date.parse('2026-11-23T08:00:00Z'), typeof Date());
console.log('DONE');`,
    printed: ['true 1970 true', '2026-11-23T08:00:00 8 0', '2026-01-02T03:00:00.000Z 1795420800000 string'],
  },
  {
    name: 'the chip measures its temperature',
    program: `
const raw = analogRead(require('rp2').TEMPERATURE_ADC);
console.log(raw === Math.round(raw * 4096) / 4096, Math.round(27 - (raw * 3.3 - 0.706) / 0.001721));
console.log(typeof require('rp2').randomBigInt(), require('rp2').randomBigInt() >> 128n);
console.log('DONE');`,
    printed: ['true 22', 'bigint'],
  },
  {
    name: 'the disk without the module that mounts it',
    program: `${ATTEMPT}
let disk = require('fs').__mounts[0], cache;
const { getBuiltinModule } = process;
process.getBuiltinModule = () => (_exports, _require, module) => { cache = module.constructor.cache; };
require('url');
process.getBuiltinModule = getBuiltinModule;
console.log(cache.fs.id, typeof cache.url);
delete cache.fs; delete cache.path; delete global.board;
new Array(50000);
attempt('missing', () => disk.stat('/a'));
attempt('no mode', () => disk.open('/a', 6));
attempt('new', () => { const file = disk.open('/a', 6, 0); disk.write(file, new Uint8Array([9, 1, 2, 3]).subarray(1), 1, 3, disk.stat('/a').size); disk.close(file); return disk.stat('/a').size; });
attempt('longer', () => { const file = disk.open('/a', 6, 0); disk.write(file, new Uint8Array([4]), 0, 1, disk.stat('/a').size); disk.close(file); return disk.stat('/a').type; });
attempt('read', () => { const bytes = new Uint8Array(9), file = disk.open('/a', 1, 0), n = disk.read(file, bytes, 0, 9, 1); disk.close(file); return n + ' ' + bytes.join(); });
attempt('emptied', () => { const file = disk.open('/a', 38, 0); disk.close(file); return disk.readdir('/').join() + disk.stat('/a').size; });
attempt('removed', () => { disk.unlink('/a'); return disk.readdir('/').length; });
attempt('module', () => require('fs').readdir('/'));
console.log('DONE');`,
    printed: [
      'fs object',
      'missing throws Error No such file or directory -2',
      'no mode throws TypeError "mode" argument must be a number undefined',
      'new 3',
      'longer 1',
      'read 3 2,3,4,0,0,0,0,0,0',
      'emptied a0',
      'removed 0',
      'module throws Error No such file or directory -2',
    ],
  },
  {
    name: 'files',
    program: `${ATTEMPT}
const fs = require('fs');
const bytes = (text) => new TextEncoder().encode(text), text = (data) => new TextDecoder().decode(data);
attempt('missing', () => fs.open('/a', 'r'));
attempt('append needs the file', () => fs.open('/a', 'a'));
attempt('unclosed', () => { const fd = fs.open('/a', 'w'); fs.write(fd, bytes('hello')); const size = fs.stat('/a').size; fs.close(fd); return size + ' ' + fs.stat('/a').size; });
attempt('append', () => { const fd = fs.open('/a', 'a'); fs.write(fd, bytes('!')); fs.close(fd); return text(fs.readFile('/a')); });
attempt('in place', () => { const fd = fs.open('/a', 'r+'); fs.write(fd, bytes('XY'), 0, 2, 1); fs.close(fd); return text(fs.readFile('/a')); });
attempt('read-only', () => { const fd = fs.open('/a', 'r'); const n = fs.write(fd, bytes('zz')); fs.close(fd); return n + text(fs.readFile('/a')); });
attempt('hole', () => { const fd = fs.open('/a', 'r+'); fs.write(fd, bytes('far'), 0, 3, 10); fs.close(fd); return fs.readFile('/a').join(); });
attempt('two writers', () => { const one = fs.open('/h', 'w'), two = fs.open('/h', 'w'); fs.write(one, bytes('one')); fs.write(two, bytes('two')); fs.close(two); const first = text(fs.readFile('/h')); fs.close(one); return first + text(fs.readFile('/h')); });
attempt('subarray', () => { fs.writeFile('/s', bytes('abcdef').subarray(2, 4)); return text(fs.readFile('/s')); });
attempt('string', () => fs.writeFile('/t', 'text'));
attempt('rename', () => { fs.rename('/h', '/a'); return fs.readdir('/').join() + text(fs.readFile('/a')); });
attempt('directory', () => { fs.mkdir('/d'); fs.writeFile('/d/x', bytes('in')); return fs.readdir('/d').join() + fs.stat('/d').isDirectory(); });
attempt('directory', () => fs.mkdir('/d'));
attempt('directory', () => fs.rmdir('/d'));
attempt('directory', () => fs.open('/d'));
attempt('directory', () => fs.open('/none/x', 'w'));
attempt('unlink', () => fs.unlink('/none'));
attempt('relative', () => { fs.writeFile('rel', bytes('r')); return fs.readdir('/').join() + fs.exists('/rel') + fs.exists('/x'); });
attempt('descriptor', () => fs.close(9));
console.log('DONE');`,
    printed: [
      'missing throws Error No such file or directory -2',
      'append needs the file throws Error No such file or directory -2',
      'unclosed 0 5',
      'append hello!',
      'in place hXYlo!',
      'read-only 2zzYlo!',
      'hole 122,122,89,108,111,33,0,0,0,0,102,97,114',
      'two writers twoone',
      'subarray ab',
      'string throws TypeError "buffer" argument must be an TypedArray undefined',
      'rename a,s,tone',
      'directory xtrue',
      'directory throws Error File exists -17',
      'directory throws Error Directory not empty -39',
      'directory throws Error Is a directory -21',
      'directory throws Error No such file or directory -2',
      'unlink throws Error No such file or directory -2',
      'relative a,d,rel,s,ttruefalse',
      'descriptor throws Error Bad file number -9',
    ],
  },
  {
    name: 'storage',
    program: `${ATTEMPT}
attempt('empty', () => [storage.length, storage.getItem('k'), storage.key(0)].join());
attempt('set', () => { storage.setItem('k', 'one'); storage.setItem('k', 'two'); return [storage.getItem('k'), storage.length, storage.key(0)].join(); });
attempt('long', () => storage.setItem('k', 'x'.repeat(253)));
attempt('number', () => storage.setItem('k', 5));
attempt('swept', () => { for (let i = 0; i < 200; i++) storage.setItem('c', 'n' + i); return storage.getItem('c') + storage.length; });
attempt('full', () => { for (let i = 0; i < 70; i++) storage.setItem('m' + i, 'v'); });
attempt('count', () => storage.length);
console.log('DONE');`,
    printed: [
      'empty 0,,',
      'set two,1,k',
      'long throws Error Data too long -144',
      'number throws TypeError "value" argument must be a string undefined',
      'swept n1992',
      'full throws Error Storage full -142',
      'count 64',
    ],
  },
  {
    name: 'an I2C register device',
    tmp117: true,
    program: `${ATTEMPT}
const { I2C } = require('i2c');
const bus = new I2C(0);
attempt('again', () => new I2C(0));
attempt('pins', () => new I2C(1, { sda: 4, scl: 5 }));
attempt('register', () => bus.memRead(2, 0x48, 0).join());
attempt('pointer', () => { bus.write(new Uint8Array([15]), 0x48); return bus.read(2, 0x48).join(); });
attempt('whole buffer', () => bus.write(new Uint8Array(8).subarray(0, 1), 0x48));
attempt('close', () => { bus.close(); return Object.keys(bus).join(); });
attempt('closed', () => bus.read(1, 0x48));
console.log('DONE');`,
    printed: [
      'again throws Error Device Init/Deinit Error -145',
      'pins throws Error Device Init/Deinit Error -145',
      'register 10,192',
      'pointer 1,23',
      'whole buffer 8',
      'close mode,baudrate,sda,scl',
      'closed throws ReferenceError I2C bus is not initialized. undefined',
    ],
  },
  {
    name: 'the watchdog resets; files stay, the clock does not',
    program: `
const fs = require('fs'), rtc = require('rtc');
if (!fs.exists('/boots')) {
  fs.writeFile('/boots', new Uint8Array([1]));
  rtc.setTime(1e12);
  const { WDT } = require('wdt');
  const dog = new WDT(300);
  let fed = 0;
  console.log('armed', dog.timeout, Date.now() >= 1e12);
  const id = setInterval(() => { dog.feed(); if (++fed === 5) { console.log('fed'); clearInterval(id); } }, 100);
} else {
  console.log('again', fs.readFile('/boots')[0], Date.now() < 1e12, Math.random() === Math.random());
  console.log('DONE');
}`,
    printed: ['armed 300 true', 'fed', 'again 1 true false'],
  },
];
