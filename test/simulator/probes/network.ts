/** Wi-Fi, names, TCP and UDP. */
import { JOIN, type Probe } from './probe.ts';

export const NETWORK_PROBES: Probe[] = [
  {
    name: 'Wi-Fi callbacks come inside the call, and their exceptions vanish',
    program: `
const radio = __ieee80211dev;
for (const name of ['assoc_cb', 'connect_cb', 'disconnect_cb']) radio[name] = () => console.log(name);
try { __netdev.socket('AF_INET', 'STREAM'); } catch (e) { console.log(e.name, e.message, String(e.errno)); }
radio.get_connection((error, info) => console.log('before', error, typeof info, radio.errno));
radio.connect({ ssid: 'x', password: '12345678' }, (error) => { console.log('joined', error, radio.errno); throw new Error('lost'); });
radio.get_connection((error, info) => console.log('after', error, JSON.stringify(info), radio.errno));
console.log(Object.keys(__netdev).join(), Object.keys(radio).join());
radio.disconnect((error) => console.log('left', error, radio.errno));
console.log('DONE');`,
    printed: [
      'Error WiFi is not connected. undefined',
      'before 0 undefined -1',
      'assoc_cb',
      'connect_cb',
      'joined 0 0',
      'after 0 {"ssid":"x","bssid":""} 0',
      'errno errno,assoc_cb,connect_cb,disconnect_cb',
      'disconnect_cb',
      'left 0 0',
    ],
  },
  {
    name: 'a wrong Wi-Fi password is no error',
    wifi: 'badauth',
    program: `
const radio = __ieee80211dev;
for (const name of ['assoc_cb', 'connect_cb', 'disconnect_cb']) radio[name] = () => console.log(name);
radio.connect({ ssid: 'x', password: '12345678' }, (error) => console.log('called', error, radio.errno));
radio.get_connection((error, info) => console.log('connection', error, typeof info, radio.errno));
console.log('DONE');`,
    printed: ['called 0 -1', 'connection 0 undefined -1'],
    seconds: 10,
  },
  {
    name: 'a connection, from SYN to close',
    program: `${JOIN}
const fd = dial('echo.example', 7, {
  ...telling(''),
  read_cb(data) { console.log('data', data instanceof Uint8Array, new TextDecoder().decode(data)); step(); throw new Error('lost'); },
  close_cb() { console.log('close'); setTimeout(after, 20); },
});
console.log(fd, __netdev.get(fd).raddr !== null, Object.keys(__netdev.get(fd)).join());
const steps = [
  () => __netdev.write(fd, 'abc', (error) => console.log('sent', error, __netdev.errno)),
  () => __netdev.write(fd, 'f'),
  () => { attempt('bytes', () => __netdev.write(fd, new Uint8Array(1))); __netdev.write(fd, ''); console.log('empty', __netdev.errno); __netdev.write(fd, 'bye'); },
];
const step = () => { const next = steps.shift(); if (next) next(); };
const after = () => {
  console.log(typeof __netdev.get(fd));
  __netdev.write(fd, 'x', (error) => console.log('after', error, __netdev.errno));
  console.log('DONE');
};`,
    printed: [
      '0 true fd,ptcl,state,laddr,lport,raddr,rport,connect_cb,close_cb,shutdown_cb,read_cb',
      'connect',
      'data true hello',
      'sent 0 0',
      'data true abc',
      'data true f',
      'bytes throws TypeError "data" argument must be a string undefined',
      'empty 0',
      'close',
      'undefined',
      'after 0 -1',
    ],
  },
  {
    name: 'a refused connection calls nobody back, an empty write tells',
    program: `${JOIN}
const fd = dial('h.example', 9, telling(''));
const alive = () => { __netdev.write(fd, ''); return __netdev.errno === 0; };
console.log('at once', alive());
setTimeout(() => { setTimeout(() => { console.log('later', alive(), __netdev.get(fd).state); console.log('DONE'); }, 300); }, 10);`,
    printed: ['at once true', 'later false 2'],
  },
  {
    name: 'shutdown() is over at once, the FIN comes back as close',
    program: `${JOIN}
const fd = dial('echo.example', 7, {
  ...telling(''),
  read_cb() { console.log('data'); __netdev.shutdown(fd, 1, (error) => console.log('called', error, __netdev.errno)); console.log('shut down'); },
  close_cb() { console.log('close'); setTimeout(() => console.log('DONE'), 10); },
});`,
    printed: ['connect', 'data', 'shutdown', 'called 0 0', 'shut down', 'close'],
  },
  {
    name: 'close() calls back at once; the FIN that answers it closes the next owner of the descriptor',
    program: `${JOIN}
const fd = dial('echo.example', 7, {
  ...telling(''),
  read_cb: () => setTimeout(() => {
    __netdev.close(fd, (error) => console.log('called', error, __netdev.errno));
    console.log('closed', typeof __netdev.get(fd));
    const other = dial('echo.example', 7, { ...telling('other '), read_cb: () => console.log('other data') });
    console.log(other === fd);
    setTimeout(() => setTimeout(() => { console.log(typeof __netdev.get(other)); console.log('DONE'); }, 300), 10);
  }, 10),
});`,
    printed: ['connect', 'close', 'called 0 0', 'closed undefined', 'true', 'other close', 'undefined'],
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
attempt('connect', () => dial('none.example', 7));
console.log(typeof __netdev.get(0), __netdev.errno);
__netdev.close(0);
console.log(typeof __netdev.get(0));
console.log('DONE');`,
    printed: ['connect throws Error DNS Error: IP is not found. undefined', 'object -1', 'undefined'],
  },
  {
    name: 'a silent name server blocks for three seconds',
    dns: 'silent',
    seconds: 10,
    program: `${JOIN}
const start = millis();
attempt('connect', () => dial('none.example', 7));
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
