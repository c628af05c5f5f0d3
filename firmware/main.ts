/** The device program: puts the parts together and drives them. */
import { createSensor, settings } from 'pico-kitchen:board';
import type { Random } from '../src/crypto/random.ts';
import { MqttClient } from '../src/mqtt/client.ts';
import { ChainCache } from '../src/tls/chainCache.ts';
import { TlsClient } from '../src/tls/client.ts';
import { prepareHandshake } from '../src/tls/prepare.ts';
import type { Session } from '../src/tls/session.ts';
import { Backoff } from './backoff.ts';
import { Connection } from './connection.ts';
import { decodeAnchors, decodeIdentity, identitySecret } from './credentials.ts';
import { healthJson } from './health.ts';
import { RESTART_REASONS } from './journal.ts';
import { Clock, uptime } from './kaluma/clock.ts';
import { every, heap, printLine } from './kaluma/console.ts';
import { createRandom, jitter } from './kaluma/entropy.ts';
import { files } from './kaluma/files.ts';
import { TcpConnection } from './kaluma/tcp.ts';
import { UdpExchange } from './kaluma/udp.ts';
import { Watchdog } from './kaluma/watchdog.ts';
import { isWifiJoined, joinWifi } from './kaluma/wifi.ts';
import { createLog } from './log.ts';
import { OFFLINE, Publisher } from './publisher.ts';
import { ReadingQueue } from './queue.ts';
import { Sampler } from './sampler.ts';
import { Supervisor } from './supervisor.ts';
import { TimeSync } from './timeSync.ts';
import { boardTopics } from './topics.ts';

/** ms between two turns; while there is something to compute they follow each other at once. */
const TURN_INTERVAL = 20;
/** ms in which a board can be flashed, whatever is in it: then the watchdog is armed. */
const GRACE = 30_000;
/** ms without any progress after which the watchdog is no longer fed. The longest silence in order is a keep-alive. */
const PROGRESS_LIMIT = 1_800_000;

const { thing, wifi, endpoint, telemetry, firmwareVersion, buildTime } = settings;

const log = createLog(uptime, printLine);
const clock = new Clock();
const watchdog = new Watchdog();
const queue = new ReadingQueue(files, log, (moment) => clock.at(moment));
const { state: journal } = queue;
const resetReason = RESTART_REASONS[journal.restartReason] ?? RESTART_REASONS[0];
log(
  'INFO',
  'board',
  `${thing}, pico-kitchen ${firmwareVersion}; last reset: ${resetReason}; ${queue.length} readings kept`,
);
// A restart of its own takes no time worth mentioning.
if (journal.restartTime > 0) clock.set(journal.restartTime + uptime());
journal.restartReason = 0;
journal.restartTime = 0;
queue.store();

const anchors = decodeAnchors(settings.anchors);
const identity = decodeIdentity(settings.identity);
const chainCache = new ChainCache();
const topics = boardTopics(telemetry.topic, thing);

let generator: Random | null = null;
const random: Random = (length) => (generator ??= createRandom(identitySecret(settings.identity)))(length);

let session: Session | null = null;
let restarting = false;

const interval = journal.interval > 0 ? journal.interval : telemetry.intervalSeconds;
const sampler = new Sampler(createSensor(settings.sensor), interval, log);

const publisher: Publisher = new Publisher({
  device: thing,
  topic: telemetry.topic,
  topics,
  queue,
  log,
  health: () =>
    healthJson({
      device: thing,
      firmware: firmwareVersion,
      uptime: uptime(),
      heap: heap(),
      connections: supervisor.connections,
      queued: queue.length,
      dropped: journal.dropped,
      resetReason,
    }),
  commands: {
    setInterval(seconds) {
      sampler.setInterval(seconds, uptime());
      journal.interval = seconds;
      queue.store();
    },
    measureNow() {
      sampler.measureNow();
    },
  },
});

const supervisor: Supervisor = new Supervisor({
  log,
  wifi: {
    name: wifi.ssid,
    join: () => watchdog.during(() => joinWifi(wifi.ssid, wifi.password)),
    isJoined: isWifiJoined,
  },
  timeSync: new TimeSync({
    ask: (host, port, question) => new UdpExchange(host, port, question),
    random,
    set: (time) => {
      clock.set(time);
    },
    log,
    buildTime,
  }),
  hasTime: () => clock.now() !== null,
  prepare: () => prepareHandshake(identity, random),
  connect(prepared) {
    const { host, port, alpn, username, password, keepAliveSeconds } = endpoint;
    log('INFO', 'tcp', `dialling ${host}:${port}`);
    return new Connection({
      dial: (onData) => new TcpConnection(host, port, onData),
      tls: new TlsClient({
        host,
        anchors,
        identity,
        random,
        time: () => clock.now(),
        prepared,
        chainCache,
        ...(alpn === undefined ? {} : { alpn }),
        ...(session === null ? {} : { session }),
      }),
      mqtt: new MqttClient({
        clientId: thing,
        keepAliveSeconds,
        will: { topic: topics.status, payload: OFFLINE, qos: 1, retain: true },
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      }),
      uptime,
      onSecured(event) {
        session = event.session;
      },
    });
  },
  publisher,
  backoff: new Backoff(jitter),
  heapPeak: () => heap().peak,
  restart() {
    log('WARN', 'board', 'offline for an hour: restarting');
    journal.restartReason = 1;
    journal.restartTime = clock.now() ?? 0;
    queue.store();
    watchdog.restart();
    restarting = true;
  },
});
every(TURN_INTERVAL, () => {
  if (restarting) return;
  const now = uptime();
  const measurement = sampler.tick(now);
  if (measurement !== null) {
    const { seq, celsius } = queue.add(measurement, now);
    log('INFO', 'sensor', `reading ${seq}: ${celsius} C`);
  }
  supervisor.tick(uptime());
  if (!watchdog.armed && now > GRACE) watchdog.arm();
  if (now - supervisor.progressAt < PROGRESS_LIMIT) watchdog.feed();
});
