/** Wi-Fi, names, TCP and UDP. */
import { JOIN, type Probe } from './probe.ts';

export const NETWORK_PROBES: Probe[] = [
  {
    name: 'Wi-Fi callbacks come inside the call, and their exceptions vanish',
    program: `
const { WiFi } = require('wifi'), net = require('net'), wifi = new WiFi();
for (const event of ['associated', 'connected', 'disconnected']) wifi.on(event, () => console.log(event));
try { new net.Socket().connect({ host: 'x', port: 1 }); } catch (e) { console.log(e.name, e.message, String(e.errno)); }
wifi.getConnection((error, info) => console.log('before', error, typeof info, __ieee80211dev.errno));
wifi.connect({ ssid: 'x', password: '12345678' }, (error, info) => { console.log('joined', error, JSON.stringify(info), __ieee80211dev.errno); throw new Error('lost'); });
wifi.getConnection((error, info) => console.log('after', error, JSON.stringify(info), __ieee80211dev.errno));
console.log(Object.keys(__netdev).join(), Object.keys(__ieee80211dev).join());
wifi.disconnect((error) => console.log('left', error, __ieee80211dev.errno));
console.log('DONE');`,
    printed: [
      'Error WiFi is not connected. undefined',
      'before null undefined -1',
      'associated',
      'connected',
      'joined null {"ssid":"x","password":"12345678","security":null} 0',
      'after null {"ssid":"x","bssid":""} 0',
      'errno errno,assoc_cb,connect_cb,disconnect_cb',
      'disconnected',
      'left undefined 0',
    ],
  },
  {
    name: 'a wrong Wi-Fi password is no error',
    wifi: 'badauth',
    program: `
const { WiFi } = require('wifi'), wifi = new WiFi();
for (const event of ['associated', 'connected', 'disconnected']) wifi.on(event, () => console.log(event));
wifi.connect({ ssid: 'x', password: '12345678' }, (error, info) => console.log('called', error, JSON.stringify(info), __ieee80211dev.errno));
wifi.getConnection((error, info) => console.log('connection', error, typeof info, __ieee80211dev.errno));
console.log('DONE');`,
    printed: ['called null {"ssid":"x","password":"12345678","security":null} -1', 'connection null undefined -1'],
    seconds: 10,
  },
  {
    name: 'a connection, from ready to close',
    program: `${JOIN}
const socket = new net.Socket();
for (const event of ['ready', 'connect', 'drain', 'finish', 'end', 'error', 'close']) socket.on(event, () => console.log(event));
socket.on('data', (data) => { console.log('data', data instanceof Uint8Array, new TextDecoder().decode(data)); step(); throw new Error('lost'); });
console.log(socket._fd, socket.destroyed);
socket.connect({ host: 'echo.example', port: 7 });
console.log(socket._fd, socket.remoteAddress !== null, Object.keys(__netdev.get(socket._fd)).join());
const steps = [
  () => console.log('wrote', socket.write('abc', () => console.log('called')), socket._wbuf),
  () => console.log('wrote', socket.write(new Uint8Array([100, 101])), socket._wbuf),
  () => __netdev.write(socket._fd, 'f', (error) => console.log('sent', error, __netdev.errno)),
  () => { attempt('bytes', () => __netdev.write(socket._fd, new Uint8Array(1))); __netdev.write(socket._fd, ''); console.log('empty', __netdev.errno); __netdev.write(socket._fd, 'bye'); },
];
const step = () => { const next = steps.shift(); if (next) next(); };
socket.on('close', () => setTimeout(() => {
  console.log(socket.destroyed, socket._fd, typeof __netdev.get(socket._fd));
  __netdev.write(socket._fd, 'x', (error) => console.log('after', error, __netdev.errno));
  socket.destroy();
  console.log('DONE');
}, 20));`,
    printed: [
      '-1 false',
      'ready',
      '0 true fd,ptcl,state,laddr,lport,raddr,rport,connect_cb,close_cb,read_cb,shutdown_cb',
      'connect',
      'data true hello',
      'called',
      'wrote false abc',
      'data true abc',
      'wrote false de',
      'data true de',
      'sent 0 0',
      'data true f',
      'bytes throws TypeError "data" argument must be a string undefined',
      'empty 0',
      'close',
      'true 0 undefined',
      'after 0 -1',
    ],
  },
  {
    name: 'a refused connection gives no event, an empty write tells',
    program: `${JOIN}
const socket = new net.Socket();
for (const event of ['ready', 'connect', 'end', 'error', 'close']) socket.on(event, () => console.log(event));
socket.connect({ host: 'h.example', port: 9 });
const alive = () => { __netdev.write(socket._fd, ''); return __netdev.errno === 0; };
console.log('at once', alive());
setTimeout(() => { setTimeout(() => { console.log('later', alive(), __netdev.get(socket._fd).state, socket.destroyed); console.log('DONE'); }, 300); }, 10);`,
    printed: ['ready', 'at once true', 'later false 2 false'],
  },
  {
    name: 'end() gives end and finish at once, the FIN comes back as close',
    program: `${JOIN}
const socket = new net.Socket();
for (const event of ['connect', 'finish', 'end', 'error', 'close']) socket.on(event, () => console.log(event));
socket.on('data', () => { console.log('data'); socket.end(); console.log('ended'); });
socket.on('close', () => setTimeout(() => console.log('DONE'), 10));
socket.connect({ host: 'echo.example', port: 7 });`,
    printed: ['connect', 'data', 'end', 'finish', 'ended', 'close'],
  },
  {
    name: 'destroy() gives close at once; the FIN that answers it closes the next owner of the descriptor',
    program: `${JOIN}
const socket = new net.Socket();
socket.on('close', () => console.log('close'));
socket.on('data', () => setTimeout(() => {
  socket.destroy();
  console.log('destroyed', typeof __netdev.get(socket._fd));
  const other = new net.Socket();
  for (const event of ['connect', 'data', 'close']) other.on(event, () => console.log('other', event));
  other.connect({ host: 'echo.example', port: 7 });
  console.log(other._fd === socket._fd);
  setTimeout(() => setTimeout(() => { console.log(other.destroyed); console.log('DONE'); }, 300), 10);
}, 10));
socket.connect({ host: 'echo.example', port: 7 });`,
    printed: ['close', 'destroyed undefined', 'true', 'other close', 'true'],
  },
  {
    name: 'sixteen descriptors, then an exception',
    program: `${JOIN}
const taken = [];
for (let i = 0; i < 17; i++) attempt('socket', () => __netdev.socket('AF_INET', i % 2 ? 'DGRAM' : 'STREAM'));
attempt('close', () => { __netdev.close(3); return __netdev.errno; });
attempt('socket', () => __netdev.socket('AF_INET', 'STREAM'));
attempt('wrong', () => __netdev.socket('AF_INET', 'RAW'));
attempt('no route', () => { __netdev.connect(3, '127.0.0.1', 80, (error) => console.log('called', error)); return __netdev.errno; });
attempt('all free', () => { new (require('pico_cyw43').PicoCYW43Network)(); return __netdev.socket('AF_INET', 'STREAM'); });
console.log('DONE');`,
    printed: [
      'socket 0',
      'socket 1',
      'socket 2',
      'socket 3',
      'socket 4',
      'socket 5',
      'socket 6',
      'socket 7',
      'socket 8',
      'socket 9',
      'socket 10',
      'socket 11',
      'socket 12',
      'socket 13',
      'socket 14',
      'socket 15',
      'socket throws Error Remote I/O error -121',
      'close 0',
      'socket 3',
      'wrong throws TypeError un-supported domain or protocol. undefined',
      'called 0',
      'no route -1',
      'all free 0',
    ],
  },
  {
    name: 'a dead descriptor is taken back',
    program: `${JOIN}
const { PicoCYW43Network } = require('pico_cyw43');
const alive = (fd) => { __netdev.write(fd, ''); return __netdev.errno === 0; };
let rounds = 0;
const round = () => {
  const fd = __netdev.socket('AF_INET', 'STREAM');
  __netdev.connect(fd, 'echo.example', rounds % 2 ? 9 : 7);
  setTimeout(() => setTimeout(() => {
    const lives = alive(fd);
    if (lives) __netdev.close(fd);
    else {
      const socket = __netdev.get(fd);
      for (const key of Object.keys(socket)) delete socket[key];
      new PicoCYW43Network();
      const again = __netdev.socket('AF_INET', 'DGRAM');
      __netdev.connect(again, '127.0.0.1', 9);
      __netdev.close(again);
    }
    console.log(fd, lives, typeof __netdev.get(0));
    if (++rounds === 8) console.log('DONE'); else setTimeout(round, 300);
  }, 200), 10);
};
round();`,
    printed: [
      '0 true undefined',
      '0 false undefined',
      '0 true undefined',
      '0 false undefined',
      '0 true undefined',
      '0 false undefined',
      '0 true undefined',
      '0 false undefined',
    ],
    seconds: 10,
  },
  {
    name: 'an unknown name throws and keeps its descriptor',
    dns: 'nx',
    program: `${JOIN}
const socket = new net.Socket();
attempt('connect', () => socket.connect({ host: 'none.example', port: 7 }));
console.log(socket._fd, typeof __netdev.get(socket._fd), __netdev.errno, socket.destroyed);
socket.destroy();
console.log(typeof __netdev.get(0), socket.destroyed);
console.log('DONE');`,
    printed: ['connect throws Error DNS Error: IP is not found. undefined', '0 object -1 false', 'undefined true'],
  },
  {
    name: 'a silent name server blocks for three seconds',
    dns: 'silent',
    seconds: 10,
    program: `${JOIN}
const start = millis();
attempt('connect', () => new net.Socket().connect({ host: 'none.example', port: 7 }));
console.log(millis() - start < 3500);
console.log('DONE');`,
    printed: ['connect throws Error DNS response timeout. undefined', 'true'],
  },
  {
    name: 'SNTP over the network device',
    program: `${JOIN}
const fd = __netdev.socket('AF_INET', 'DGRAM');
__netdev.get(fd).read_cb = (reply) => {
  const seconds = reply[40] * 16777216 + reply[41] * 65536 + reply[42] * 256 + reply[43] - 2208988800;
  console.log(reply.length, reply[0] & 7, reply[1], seconds > 1700000000);
  __netdev.close(fd);
  console.log(typeof __netdev.get(fd));
  console.log('DONE');
};
__netdev.connect(fd, 'ntp.example', 123, (error) => console.log('ready', error));
const query = new Uint8Array(48);
query[0] = 0x23;
__netdev.write(fd, String.fromCharCode.apply(null, query), (error) => console.log('sent', error, __netdev.errno));`,
    printed: ['ready 0', 'sent 0 0', '48 4 1 true', 'undefined'],
  },
];
