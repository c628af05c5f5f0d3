/**
 * The serial log, for people: one line an event, `<uptime s> <LEVEL> <area> message`. It has no secrets and no payloads.
 * At INFO a person need do nothing, at WARN wait (the board tries again by itself), at ERROR help.
 */
export type LogLevel = 'INFO' | 'WARN' | 'ERROR';
export type LogArea = 'board' | 'wifi' | 'time' | 'tcp' | 'tls' | 'mqtt' | 'sensor' | 'queue' | 'update';
export type Log = (level: LogLevel, area: LogArea, message: string) => void;

/** @param uptime gives ms since boot */
export function createLog(uptime: () => number, print: (line: string) => void): Log {
  return (level, area, message) => {
    print(`${(uptime() / 1000).toFixed(1)} ${level} ${area} ${message}`);
  };
}
