/**
 * Updates as the program knows them: the one that is being received, the channel that brings its blocks, AWS's jobs, and the
 * trial of the program that runs.
 */
import { createJobs } from 'pico-kitchen:board';
import type { Jobs } from '../jobs.ts';
import type { Boot } from '../kaluma/typings.ts';
import type { Log } from '../log.ts';
import type { Updates } from '../publisher.ts';
import { brokerChannel, readBlock } from './brokerChannel.ts';
import type { Channel } from './channel.ts';
import type { Recipient } from './manifest.ts';
import { delivered, updateState, type UpdateState } from './trial.ts';
import { createUpdater, type Updater } from './updater.ts';

/** ms left for sending the last reply about an update before the board restarts. */
const RESTART_DELAY = 1000;

export interface BoardUpdates extends Updates {
  /** The update in force, for health. */
  state(): UpdateState;
  /** A connection is ready: the state is read, and AWS is asked for jobs. */
  start(): void;
  /** Somebody offers an update: receives it, or goes on with it. */
  offered(id: string): void;
  /**
   * A reading that this program took was acknowledged, which confirms a trial.
   * @param hadFailure whether an attempt to connect failed before
   * @returns whether the board must restart into an update that waits
   */
  delivered(hadFailure: boolean): boolean;
  /** Whether an update is complete, and its last reply was sent. */
  mustRestart(): boolean;
}

export interface BoardUpdatesOptions {
  boot: Boot;
  recipient: Recipient;
  /** Of the board's commands and replies. */
  topics: { command: string | null; reply: string | null };
  /** Whether to ask AWS for jobs. */
  withJobs: boolean;
  log: Log;
  /** ms since boot. */
  uptime: () => number;
  /** Carries out the memory plan. */
  enter: (phase: 'trial judged' | 'verifying update' | 'update verified' | 'update over') => void;
}

export function createBoardUpdates(options: BoardUpdatesOptions): BoardUpdates {
  const { boot, recipient, topics, log, uptime, enter } = options;
  let updater: Updater | null = null;
  /** Null until somebody has offered the update on this connection. */
  let channel: Channel | null = null;
  let jobs: Jobs | null = null;
  let state: UpdateState = { slot: 0 };
  let restartAt = Infinity;

  const updating = {
    boot,
    recipient,
    log,
    onPhase: enter,
    restart() {
      restartAt = uptime() + RESTART_DELAY;
    },
  };
  const receive = (id: string, from: Channel): void => {
    channel = from;
    if (updater === null || updater.id !== id) updater = createUpdater(id, updating);
  };
  const onOver = (): void => {
    updater = null;
    enter('update over');
  };
  const deliver = (offset: number, bytes: Uint8Array): void => {
    if (updater !== null) updater.take(offset, bytes);
  };
  /** Reads the state of the update, for which its code was loaded. */
  const judge = (): void => {
    state = updateState(boot, state, log);
    enter('trial judged');
  };

  const updates: BoardUpdates = {
    news: false,
    state: () => state,
    start() {
      if (boot.newest > 0) judge();
      if (createJobs !== null && options.withJobs) {
        jobs = createJobs({ thing: recipient.thing, log, receive, deliver, state: () => state, onOver });
      }
    },
    offered(id) {
      // The power failed between the last block and the answer to it: the health message says that the update is there.
      if (state.update === id && state.state !== 'rejected') updates.news = true;
      else receive(id, brokerChannel(id, topics.reply));
    },
    delivered(hadFailure) {
      if (boot.newest === 0) return false;
      const again = delivered(boot, hadFailure, uptime());
      judge();
      updates.news = true;
      return again;
    },
    mustRestart: () => uptime() > restartAt,
    isActive: () => jobs !== null || updater !== null,
    tick(outlet, now) {
      if ((outlet !== null && jobs !== null && jobs.tick(outlet)) || updater === null) return;
      const said = updater.tick(outlet === null ? null : now);
      if (said !== null && outlet !== null && channel !== null) channel.say(outlet, said);
      if (updater.isOver()) onOver();
    },
    take(topic, payload) {
      if (topic === topics.command) {
        readBlock(payload, (id, offset, bytes) => {
          if (updater !== null && updater.id === id) deliver(offset, bytes);
        });
      } else if (jobs !== null) jobs.take(topic, payload);
    },
    stop() {
      // The update goes on as soon as it is offered on the next connection.
      channel = null;
      jobs = null;
    },
  };
  return updates;
}
