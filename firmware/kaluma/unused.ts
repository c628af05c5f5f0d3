/**
 * Frees what Kaluma has put into the heap for programs of other kinds: its modules `fs` and `path`, whose only task was to
 * mount the disk, and globals. The program imports this file first, so that its own code takes that memory.
 */
import { disk } from './files.ts';
import { kaluma } from './globals.ts';
import type { UnusedGlobals } from './typings.ts';

disk();

const { process } = kaluma;
const { getBuiltinModule } = process;
// A module that is being loaded is the only way to the list of all that are.
process.getBuiltinModule = () => (_exports, _require, module) => {
  const { cache } = module.constructor;
  delete cache.fs;
  delete cache.path;
};
kaluma.require('url');
process.getBuiltinModule = getBuiltinModule;

const unused = kaluma as UnusedGlobals;
delete unused.analogWrite;
delete unused.attachInterrupt;
delete unused.board;
delete unused.clearInterval;
delete unused.clearTimeout;
delete unused.clearWatch;
delete unused.delay;
delete unused.delayMicroseconds;
delete unused.detachInterrupt;
delete unused.digitalRead;
delete unused.digitalToggle;
delete unused.digitalWrite;
delete unused.disableInterrupts;
delete unused.enableInterrupts;
delete unused.noTone;
delete unused.print;
delete unused.seed;
delete unused.setWatch;
delete unused.tone;
