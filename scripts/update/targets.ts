/** Finds the boards to update: their configs, and their topics. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_BOARD_FILE, readCompleteConfig, type BoardConfig } from '../config/config.ts';
import { topicsOf } from '../config/topics.ts';
import { UserError } from '../lib/cli.ts';
import { isSameBroker } from './broker.ts';

/** The folder in which `npm run provision -- --count` makes a folder for each board. */
const FOLDER = 'boards';

export interface UpdatedBoard {
  file: string;
  config: BoardConfig;
}

/** A broker and topics by which a board is reached. */
export interface Place extends UpdatedBoard {
  /** The topics on which it listens, answers, and reports its health. */
  topics: Record<'command' | 'reply' | 'health', string>;
}

/** One that is updated through its broker. */
export interface TalkingBoard extends UpdatedBoard {
  /** Where it is now, and behind that, if settings move it, where it will be. */
  places: [Place, ...Place[]];
}

/**
 * @param given the config of one board; undefined for all boards
 * @throws ConfigError, UserError if there is none, or if they are not at the same broker
 */
export function readBoards(given: string | undefined, folder = FOLDER): UpdatedBoard[] {
  const files = given === undefined ? allConfigs(folder) : [given];
  if (files.length === 0) {
    throw new UserError(`no board config in ${folder}/ and none at ${DEFAULT_BOARD_FILE}; npm run setup makes one`);
  }
  const boards = files.map((file) => ({ file, config: readCompleteConfig(file) }));
  const [{ config: first, file: firstFile }] = boards;
  for (const { config, file } of boards) {
    if (config.endpoint.host === first.endpoint.host && config.endpoint.port === first.endpoint.port) continue;
    throw new UserError(
      `${file}: endpoint.host: found ${config.endpoint.host}, and ${firstFile} has ${first.endpoint.host}; update the boards of one broker at a time, with --board`,
    );
  }
  return boards;
}

/**
 * @param via the config that the board has now, if its endpoint or topics are others
 * @throws UserError for a board without the topics that it takes
 */
export function withTopics(board: UpdatedBoard, via?: UpdatedBoard): TalkingBoard {
  const next = placeOf(board);
  const now = via === undefined ? next : placeOf(via);
  const isMoved = !isSameBroker(now.config, next.config) || JSON.stringify(now.topics) !== JSON.stringify(next.topics);
  return { ...board, places: isMoved ? [now, next] : [now] };
}

/**
 * Reads the config that a board has now.
 * @throws ConfigError, UserError if it is another board's
 */
export function readVia(file: string, board: UpdatedBoard): UpdatedBoard {
  const config = readCompleteConfig(file);
  if (config.thing === board.config.thing) return { file, config };
  throw new UserError(
    `${board.file}: thing: found ${board.config.thing}, and ${file} has ${config.thing}; an update is signed for one name, ` +
      'so a board gets another name by npm run flash only',
  );
}

function placeOf({ file, config }: UpdatedBoard): Place {
  const { command, reply, health } = topicsOf(config);
  if (command === null || reply === null || health === null) {
    throw new UserError(
      `${file}: topics: an update needs command, reply and health, and one of them is switched off; npm run flash`,
    );
  }
  return { file, config, topics: { command, reply, health } };
}

function allConfigs(folder: string): string[] {
  const found = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => join(folder, name, 'config.json'))
        .filter((file) => existsSync(file))
    : [];
  return existsSync(DEFAULT_BOARD_FILE) ? [DEFAULT_BOARD_FILE, ...found] : found;
}
