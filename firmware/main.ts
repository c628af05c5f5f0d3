/** The device program: puts the parts together and drives them. */
// First, because what it frees is for the code that follows.
import './kaluma/unused.ts';
import { buildTime, createAlarms, createSensor, createShadow, features, firmwareVersion } from 'pico-kitchen:board';
import {
  type ClientIdentity,
  createChainCache,
  createTlsClient,
  finish,
  type PreparedHandshake,
  prepareHandshake,
  type Random,
  type Session,
  type Steps,
  type TrustAnchor,
} from '../src/index.ts';
import { createMqttClient } from '../src/mqtt/index.ts';
import { deathWait } from './backoff.ts';
import { createChainStore } from './chainStore.ts';
import { openConnection } from './connection.ts';
import { decodeAnchors, decodeIdentity } from './credentials.ts';
import { RESTART_REASONS, type RestartReason } from './journal.ts';
import { createClock, uptime } from './kaluma/clock.ts';
import { every, printLine, soon } from './kaluma/console.ts';
import { bootedWith } from './kaluma/boot.ts';
import { chipNonce, jitter } from './kaluma/chipRandom.ts';
import { createRandom } from './kaluma/entropy.ts';
import { files } from './kaluma/files.ts';
import { collectGarbage, fillHoles, heap } from './kaluma/heap.ts';
import { parts } from './kaluma/parts.ts';
import { dialTcp } from './kaluma/tcp.ts';
import { askUdp } from './kaluma/udp.ts';
import { createWatchdog } from './kaluma/watchdog.ts';
import { isWifiJoined, joinWifi } from './kaluma/wifi.ts';
import { SECTOR, SETTINGS_SECTORS, SLOT_CAPACITY } from './layout.ts';
import { createLog } from './log.ts';
import { createMemory } from './memory.ts';
import { createPublisher, type Experience } from './publisher.ts';
import { openQueue } from './queue.ts';
import { createSampler, type Sampler } from './sampler.ts';
import type { BoardSettings } from './settings.ts';
import { loadSettings } from './storedSettings.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { createTimeSync } from './timeSync.ts';
import { OFFLINE } from './topics.ts';
import { createBoardUpdates } from './update/boardUpdates.ts';
import { leaveTrial } from './update/trial.ts';

/** ms from one turn to the next. Late turns are caught up on, so computing goes on without a pause. */
const TURN_INTERVAL = 20;
/** ms without progress after which the watchdog is no longer fed. The longest regular pause is that of a keep-alive. */
const PROGRESS_LIMIT = 1_800_000;

const boot = bootedWith();
const log = createLog(uptime, printLine);
const {
  thing,
  wifi,
  endpoint,
  names,
  topics,
  intervalSeconds,
  timeServers,
  anchors,
  identity,
  made,
  updateKeys,
  ...settings
} = readSettings();
const clock = createClock();
const watchdog = createWatchdog();

const queue = openQueue(files, log, (moment) => clock.at(moment));
const { journal } = queue;
const { bitten } = boot;
// If a trial failed before this boot, that was not a death of this program.
const lastReset = boot.failed ? 'failed update' : bitten ? RESTART_REASONS[journal.restartReason] : 'power';
// The restart itself took only some ms, so the time before it is the time now.
if (bitten && journal.restartTime > 0) clock.set(journal.restartTime * 1000 + uptime());
if (lastReset === 'watchdog') journal.deaths += 1;
// Until `quietUntil` a board that died keeps off the network and runs without the watchdog, so that a person can flash it, which
// takes longer than the watchdog allows.
const quietUntil = lastReset === 'watchdog' ? deathWait(journal.deaths) : 0;
journal.restartReason = 0;
journal.restartTime = 0;
// Readings that were kept under another config may be of other sensors.
if (journal.namesMark !== settings.namesMark) journal.namedFrom = journal.nextSeq;
journal.namesMark = settings.namesMark;
queue.store();
log(
  'INFO',
  'board',
  `${thing}, firmware ${firmwareVersion}${boot.trial ? ' on trial' : ''}; last reset: ${lastReset}; ${queue.length()} readings kept`,
);

const memory = createMemory({ ...parts, collectGarbage, fillHoles, used: () => heap().heapUsed });
const chainCache = createChainCache();
const chainPurpose = { program: `${firmwareVersion} ${buildTime}`, host: endpoint.host, anchors };
const chainStore = createChainStore(files, chainPurpose, chainCache, log);
let session: Session | null = null;
let generator: Random | null = null;
const experience: Experience = { doubts: {}, skipped: 0 };
const restingTimeServers: string[] = [];
let restarting = false;
/** The number of the first reading of this boot; Infinity when one of them was acknowledged. */
let ownFrom = journal.nextSeq;
/** Whether a turn is about to begin before its time. */
let hurrying = false;

const now = (): number | null => clock.at(uptime());
/** A number that only this board knows; 0 if it has no key. */
const secret = identity === null ? 0n : identity.key.type === 'ec' ? identity.key.privateKey : identity.key.p;
const random: Random = (length) => (generator ??= createRandom(secret))(length);
const currentInterval = (): number => (journal.configInterval === intervalSeconds ? journal.interval : intervalSeconds);
const interval = currentInterval();
const sensors = settings.sensors.map(createSensor);
const samplers = sensors.map((sensor) => createSampler(sensor, interval, log));
const surveys = new Set<string>();
for (const sensor of sensors) {
  log('INFO', 'sensor', sensor.name);
  // Sensors on the same wire report the same chips.
  if (sensor.survey !== undefined) surveys.add(sensor.survey());
}
surveys.forEach((found) => log('INFO', 'sensor', found));
const alarms =
  createAlarms === null
    ? null
    : createAlarms({
        settings: settings.alarms,
        names,
        device: thing,
        files,
        log,
        timeAt: (moment) => clock.at(moment),
      });

const shadowState = { reportedAt: -Infinity, interval, invalid: null };

/** Reads the settings and converts anchors and identity for TLS; the text of the settings becomes garbage. */
function readSettings(): Omit<BoardSettings, 'anchors' | 'identity'> & {
  anchors: TrustAnchor[];
  identity: ClientIdentity | null;
} {
  const settings = loadSettings(boot.settings);
  const anchors = decodeAnchors(settings.anchors);
  return { ...settings, anchors, identity: decodeIdentity(settings.identity) };
}

/** Makes room and keys for a handshake. */
function* prepare(): Steps<PreparedHandshake> {
  chainStore.load();
  const serverKey = chainCache.kept()?.server.publicKey;
  yield* memory.enter('making keys');
  const prepared = yield* prepareHandshake(identity, random, serverKey);
  // The generator would keep the code of the part `keys` in memory. The next connection seeds a new generator.
  generator = null;
  yield* memory.enter(serverKey ? 'expecting known chain' : 'expecting new chain', serverKey?.type);
  return prepared;
}

function restart(reason: RestartReason): void {
  log('WARN', 'board', `${reason}: restarting`);
  journal.restartReason = RESTART_REASONS.indexOf(reason);
  journal.restartTime = Math.round((now() ?? 0) / 1000);
  queue.store();
  if (boot.trial) leaveTrial(boot);
  restarting = true;
  watchdog.restart();
}

const updates = createBoardUpdates({
  boot,
  recipient: {
    thing,
    needs: [
      ...settings.sensors.map(({ type }) => type as string),
      ...(settings.alarms.length > 0 ? ['alarms'] : []),
      ...(topics.shadow === undefined ? [] : ['shadow']),
      ...(settings.jobs === true ? ['jobs'] : []),
    ],
    has: features,
    bootstrap: boot.version,
    version: firmwareVersion,
    programMade: Math.floor(buildTime / 1000),
    settingsMade: made,
    programCapacity: SLOT_CAPACITY,
    settingsCapacity: SETTINGS_SECTORS * SECTOR,
    keys: updateKeys,
  },
  topics,
  withJobs: settings.jobs === true,
  log,
  uptime,
  enter: (phase) => finish(memory.enter(phase)),
});

const supervisor: Supervisor = createSupervisor({
  log,
  uptime,
  wifi: {
    name: wifi.ssid,
    join: () => watchdog.during(() => joinWifi(wifi.ssid, wifi.password)),
    isJoined: isWifiJoined,
  },
  startTimeSync() {
    return createTimeSync({
      ask: askUdp,
      nonce: chipNonce,
      set(time) {
        clock.set(time);
        finish(memory.enter('time known'));
      },
      log,
      uptime,
      servers: timeServers,
      resting: restingTimeServers,
      buildTime,
    });
  },
  hasTime: () => now() !== null,
  prepare,
  connect(prepared) {
    const { host, port, alpn, username, password, keepAliveSeconds } = endpoint;
    finish(memory.enter('dialling'));
    log('INFO', 'tcp', `dialling ${host}:${port}`);
    return openConnection({
      dial: (onData) =>
        dialTcp(host, port, (bytes) => {
          onData(bytes);
          hurry();
        }),
      tls: createTlsClient({
        host,
        anchors,
        identity,
        random,
        time: now,
        prepared,
        chainCache,
        checkpoint: (phase, key) => finish(memory.enter(phase, key)),
        ...(alpn && { alpn }),
        ...(session && { session }),
      }),
      createMqtt() {
        finish(memory.enter('connected'));
        return createMqttClient({
          clientId: thing,
          keepAliveSeconds,
          ...(topics.status !== null && { will: { topic: topics.status, payload: OFFLINE, qos: 1, retain: true } }),
          ...(username && { username }),
          ...(password && { password }),
        });
      },
      uptime,
      tidy: () => memory.tidy(),
      onSecured(event, duration) {
        session = event.session;
        log('INFO', 'tls', `handshake complete in ${duration} ms, heap peak ${heap().heapPeak} B`);
      },
    });
  },
  createPublisher() {
    // The first reading goes before.
    if (ownFrom === Infinity) chainStore.store();
    updates.start();
    return createPublisher({
      device: thing,
      topics,
      queue,
      names,
      alarms,
      shadow:
        createShadow === null || topics.shadow === undefined
          ? null
          : createShadow({
              state: shadowState,
              firmware: firmwareVersion,
              log,
              interval: currentInterval,
              alarms: () => alarms?.raised() ?? [],
            }),
      log,
      health: () => ({
        device: thing,
        firmware: firmwareVersion,
        uptime: uptime(),
        heap: heap(),
        connections: supervisor.connections(),
        queued: queue.length(),
        dropped: journal.dropped,
        skipped: experience.skipped,
        lastReset,
        update: updates.state(),
      }),
      onDelivered(seq) {
        // Only a reading that this program took shows that its sensors work.
        if (seq < ownFrom) return;
        ownFrom = Infinity;
        chainStore.store();
        if (updates.delivered(supervisor.hasFailed())) restart('update');
      },
      commands: {
        setInterval(seconds) {
          for (const sampler of samplers) sampler.setInterval(seconds, uptime());
          journal.interval = seconds;
          journal.configInterval = intervalSeconds;
          queue.journalChanged();
        },
        measureNow() {
          for (const sampler of samplers) sampler.measureNow();
        },
        update: (id) => updates.offered(id),
      },
      updates,
      experience,
    });
  },
  jitter,
  restartedForSilence: lastReset === 'connections keep falling silent',
  deaths: lastReset === 'watchdog' ? journal.deaths : 0,
  onStable() {
    if (journal.deaths === 0) return;
    journal.deaths = 0;
    queue.journalChanged();
  },
  restart,
});

/** Takes a sensor's measurement if it is ready. @returns the line for the log; empty if there is none */
const measure = (sampler: Sampler, index: number): string => {
  const moment = uptime();
  const measurement = sampler.tick(moment);
  if (measurement === null) return '';
  const { seq, celsius } = queue.add(measurement, moment, index);
  if (alarms !== null) alarms.measured(index, celsius, moment);
  return `reading ${seq}: ${names === null ? '' : `${names[index]} `}${celsius} C`;
};

/** The work of one turn. */
const work = (): void => {
  if (updates.mustRestart()) return restart('update');
  // There are fifty turns a second, and every object that they create becomes garbage, so this code creates as few as it can.
  let taken: string[] | null = null;
  for (let i = 0; i < samplers.length; i++) {
    const line = measure(samplers[i], i);
    if (line !== '') (taken ??= []).push(line);
  }
  queue.tick(uptime());
  // A reading is logged after it is stored: if a power cut came in between, another reading would get the same number.
  if (taken !== null) for (const line of taken) log('INFO', 'sensor', line);
  if (alarms !== null) alarms.tick(uptime());
  supervisor.tick();
  memory.tidy();
  if (uptime() - supervisor.progressAt() < PROGRESS_LIMIT) watchdog.feed();
};
const turn = (): void => {
  if (restarting) return;
  // Armed before the first byte can arrive and before anything can fail: a turn that never ends does not feed the
  // watchdog.
  if (boot.trial || uptime() >= quietUntil) watchdog.arm();
  // Between two turns Kaluma takes in all that has arrived, so the turn goes on while much waits.
  do work();
  while (!restarting && supervisor.isBehind());
  supervisor.flush();
};
const fail = (error: Error): void => log('ERROR', 'board', error.message);
every(TURN_INTERVAL, turn, fail);

/** Begins the next turn early if much of what came is not worked on yet: in TURN_INTERVAL several windows more would arrive. */
function hurry(): void {
  if (hurrying || !supervisor.isBehind()) return;
  hurrying = true;
  soon(() => {
    hurrying = false;
    turn();
  }, fail);
}
