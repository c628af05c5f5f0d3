/**
 * The serial log, for people: one line an event, `<uptime s> <LEVEL> <area> message`. No secrets, no payloads. The
 * levels say what is asked of the reader: INFO nothing, WARN patience (the board sees to it), ERROR help.
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
