/** Times one primitive on the board. The build inserts its name for `bench:primitive`. */
import { primitive } from 'bench:primitive';
import type { KalumaGlobals } from '../../firmware/kaluma/typings.ts';

const kaluma = globalThis as unknown as KalumaGlobals;
const ROUNDS = 5;

const run = primitive.setUp();
run(); // The first call also makes tables, so it is not counted.
const times: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const start = kaluma.micros();
  run();
  times.push(kaluma.micros() - start);
}
times.sort((a, b) => a - b);
kaluma.console.log(
  `BENCH ${JSON.stringify({ micros: times[ROUNDS >> 1], heapPeak: kaluma.process.memoryUsage().heapPeak })}`,
);
kaluma.console.log('DONE');
