/** `npm run fleet`: simulates what a broker has to handle with many boards. */
import { defineCommand, EXIT, UserError } from '../lib/cli.ts';
import { simulateFleet, type FleetResult } from './simulation.ts';

const MINUTE = 60_000;
/** ms before the fault. */
const BEFORE = 2 * MINUTE;

export const fleetCommand = defineCommand({
  name: 'npm run fleet --',
  summary: [
    "Simulates many boards at one broker, without sockets, with the firmware's own waits and sampler. It counts the CONNECTs a",
    'second when the broker drops all connections at once, and when it returns from an outage, and tells how long it takes until',
    'the last reading has arrived. AWS accepts 500 CONNECTs a second per account in its large regions, 100 in others.',
  ].join('\n'),
  options: {
    boards: { type: 'integer', value: 'N', description: 'boards', minimum: 1, maximum: 100_000, default: 10_000 },
    minutes: { type: 'integer', value: 'N', description: 'simulated time', minimum: 10, maximum: 1440, default: 30 },
    outage: {
      type: 'integer',
      value: 'MINUTES',
      description: 'length of the outage',
      minimum: 1,
      maximum: 1000,
      default: 10,
    },
    interval: {
      type: 'integer',
      value: 'SECONDS',
      description: 'between readings',
      minimum: 1,
      maximum: 86_400,
      default: 60,
    },
    limit: {
      type: 'integer',
      value: 'N',
      description: 'CONNECTs a second that the broker accepts',
      minimum: 1,
      maximum: 100_000,
      default: 500,
    },
    json: { type: 'boolean', description: 'print one JSON object for scripts' },
  },
  examples: ['npm run fleet -- --boards 10000 --minutes 30', 'npm run fleet -- --boards 2000 --limit 100'],
  run({ options, console }) {
    const { boards, minutes, outage, interval, limit } = options;
    if (minutes * MINUTE <= BEFORE + outage * MINUTE) {
      throw new UserError(
        `--minutes ${minutes}: expected more than ${outage + BEFORE / MINUTE}, so that the outage of ${outage} min is over; or shorten it with --outage`,
        EXIT.usage,
      );
    }
    const simulate = (length: number): FleetResult =>
      simulateFleet({
        boards,
        interval,
        duration: minutes * MINUTE,
        faultAt: BEFORE,
        outage: length,
        limit,
        random: Math.random,
      });
    const results = { dropped: simulate(0), outage: simulate(outage * MINUTE) };
    if (options.json) {
      console.line(JSON.stringify(results, null, 2));
      return;
    }
    console.line(`${boards} boards with a reading every ${interval} s; the broker takes ${limit} CONNECTs a second`);
    for (const [what, result] of [
      ['all connections dropped at once, the broker stays:', results.dropped],
      [`the broker away for ${outage} min:`, results.outage],
    ] as const) {
      console.line();
      console.line(what);
      for (const line of lines(result)) console.line(`  ${line}`);
    }
  },
});

function lines(result: FleetResult): string[] {
  const { peakConnects, refused, connectedAfter, drainedAfter, peakReadings, backlog, taken, received } = result;
  return [
    `CONNECTs a second, at most    ${peakConnects}, ${refused} in all refused`,
    `all connected again after     ${seconds(connectedAfter)}`,
    `readings that had to wait     ${backlog}, the last there after ${seconds(drainedAfter)}`,
    `readings a second, at most    ${peakReadings}`,
    `readings taken, received      ${taken}, ${received}`,
  ];
}

function seconds(ms: number | null): string {
  return ms === null ? 'the end of the simulation' : `${(ms / 1000).toFixed(0)} s`;
}
