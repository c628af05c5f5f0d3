/** The language and the event loop. */
import { ATTEMPT, type Probe } from './probe.ts';

export const ENGINE_PROBES: Probe[] = [
  {
    name: 'what the console prints',
    program: `
console.log('text', 1, -0, 1.5, true, null, undefined, 5n, () => 1, class A {}, Symbol('s'));
console.log({ a: 1, b: 'x', c: { d: { e: 1 } }, f: [1, [2, [3]]] }, [], {}, [null]);
console.log(new Uint8Array([1, 2]), new ArrayBuffer(3), new Error('bad'), Promise.resolve(), new DataView(new ArrayBuffer(1)));
console.log();
console.error('error');
print('no', 'newline'); print('\\n');
console.log('DONE');`,
    printed: [
      'text 1 0 1.5 true null undefined  [Function] [Function] [Symbol]',
      '{',
      '  a: 1,',
      "  b: 'x',",
      '  c: {',
      '    d: [Object]',
      '  },',
      '  f: [',
      '    1,',
      '    [Array]',
      '  ]',
      '} [] {} [',
      '  null',
      ']',
      'Uint8Array [',
      '  1,',
      '  2',
      '] ArrayBuffer { byteLength:3} Error: bad [Promise] [DataView]',
      'error',
      'no newline',
    ],
  },
  {
    name: 'built-ins that the engine lacks',
    program: `
const has = (names, object, of) => console.log(of, names.split(' ').map((name) => name + '=' + (name in object ? 1 : 0)).join(' '));
has('hasOwn fromEntries groupBy', Object, 'Object');
has('at flat findLast toSorted with includes', Array.prototype, 'array');
has('at replaceAll matchAll trimEnd isWellFormed', String.prototype, 'string');
has('asIntN asUintN', BigInt, 'BigInt');
has('allSettled any race withResolvers', Promise, 'Promise');
has('at findLast subarray toReversed', Uint8Array.prototype, 'typed');
has('WeakRef AggregateError Atomics SharedArrayBuffer Intl WebAssembly queueMicrotask structuredClone URL crypto Buffer FinalizationRegistry setImmediate', globalThis, 'global');
has('console process require storage board __netdev __ieee80211dev TextEncoder btoa seed print global', globalThis, 'global');
console.log(Object.prototype.toString.call(globalThis.global === globalThis), typeof Reflect.ownKeys, typeof [].values);
console.log('DONE');`,
    printed: [
      'Object hasOwn=0 fromEntries=1 groupBy=0',
      'array at=0 flat=1 findLast=0 toSorted=0 with=0 includes=1',
      'string at=0 replaceAll=1 matchAll=1 trimEnd=1 isWellFormed=0',
      'BigInt asIntN=0 asUintN=0',
      'Promise allSettled=0 any=0 race=1 withResolvers=0',
      'typed at=0 findLast=0 subarray=1 toReversed=0',
      'global WeakRef=0 AggregateError=0 Atomics=0 SharedArrayBuffer=0 Intl=0 WebAssembly=0 queueMicrotask=0 structuredClone=0 URL=0 crypto=0 Buffer=0 FinalizationRegistry=0 setImmediate=0',
      'global console=1 process=1 require=1 storage=1 board=1 __netdev=1 __ieee80211dev=1 TextEncoder=1 btoa=1 seed=1 print=1 global=1',
      '[object Boolean] function function',
    ],
  },
  {
    name: 'order of timers and promise jobs',
    program: `
const out = [];
const note = (text) => { out.push(text); };
setTimeout(() => { note('A'); Promise.resolve().then(() => note('a')); }, 5);
setTimeout(() => { note('B'); Promise.resolve().then(() => note('b')).then(() => note('bb')); }, 5);
(async () => { note('sync'); await null; note('job'); })();
note('top');
let n = 0;
const id = setInterval(() => { note('I' + ++n); if (n === 3) clearInterval(id); }, 20);
setTimeout(() => note('never'), 30, 'extra'); 
setTimeout(() => { const start = millis(); delay(50); setTimeout(() => note('late ' + (millis() - start < 60)), 40); }, 100);
setTimeout(() => { console.log(out.join(' ')); console.log('DONE'); }, 400);`,
    printed: ['sync top A job a B b bb I1 never I2 I3 late true'],
  },
  {
    name: 'exceptions of timers are printed, and end intervals',
    program: `
let n = 0;
setTimeout(() => { throw new TypeError('in a timeout'); }, 10);
setInterval(() => { n++; throw new RangeError('in an interval'); }, 20);
setTimeout(() => { console.log('runs', n); console.log('DONE'); }, 200);`,
    printed: ['TypeError: in a timeout', 'RangeError: in an interval', 'runs 1'],
  },
  {
    name: 'arguments are checked',
    program: `${ATTEMPT}
attempt('timeout', () => setTimeout(() => {}));
attempt('timeout', () => setTimeout('code', 1));
attempt('require', () => require('crypto'));
attempt('module', () => Object.keys(require('rtc')).join());
attempt('pin', () => analogRead(3));
attempt('pin', () => digitalRead(40));
attempt('error', () => { const e = new SystemError(2); return [e instanceof Error, e.name, e.message, e.errno, Object.keys(e).join()].join(); });
attempt('encode', () => new TextEncoder().encode('aé€').join());
attempt('decode', () => Array.from(new TextDecoder().decode(new Uint8Array([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac])), (c) => c.charCodeAt(0)).join());
attempt('base64', () => btoa('hello') + btoa(new Uint8Array([255, 0])) + atob('aGVsbG8=').join());
attempt('base64', () => JSON.stringify([btoa(new Uint8Array(54)).length, btoa(new Uint8Array(55)).indexOf('\\n'), btoa(''), atob('abc'), atob('aGV\\nsbG8=').join()]));
attempt('process', () => [process.arch, process.platform, process.version, process.memoryUsage().heapTotal].join());
console.log('DONE');`,
    printed: [
      'timeout throws TypeError "delay" argument must be a number undefined',
      'timeout throws TypeError "callback" argument must be a function undefined',
      'require throws Error Failed to load module: crypto undefined',
      'module setTime,getTime',
      'pin throws Error Invalid pin number -140',
      'pin throws Error Invalid pin number -140',
      'error true,Error,No such file or directory,-2,errno,message',
      'encode 97,195,169,226,130,172',
      'decode 97,233,8364',
      'base64 aGVsbG8=/wA=104,101,108,108,111',
      'base64 [72,72,null,null,"104,101,108,108,111"]',
      'process cortex-m0-plus,rp2,1.2.1,184312',
    ],
  },
  {
    name: 'text becomes functions, and an array that cannot be makes the engine collect its garbage',
    program: `
const used = () => process.memoryUsage().heapUsed;
const make = () => new Function('"use strict";return (a) => typeof this + a')();
console.log(make()(1), make()(2));
const start = used();
let kept = new Uint8Array(8000);
// The simulated board does not count.
const counts = used() - start > 7000;
kept = null;
const held = used();
const array = new Array(50000);
console.log(array.length, array[7], !counts || held - used() > 7000, !counts || held - start > 7000);
console.log('DONE');`,
    printed: ['undefined1 undefined2', '50000 undefined true true'],
  },
  {
    name: 'an exception at the top level leaves nothing running',
    program: `
setTimeout(() => console.log('never'), 100);
const fs = require('fs');
if (!fs.exists('/seen')) { fs.writeFile('/seen', new Uint8Array(1)); console.log('before'); const { WDT } = require('wdt'); new WDT(600); throw new TypeError('at the top'); }
console.log('after the watchdog'); console.log('DONE');`,
    printed: ['before', 'TypeError: at the top', 'after the watchdog'],
  },
];
