/** Maps each working to the step that shows it. The map is not among the steps, whose figures show workings and so need it. */
const STEP_OF: readonly [id: string, step: number][] = [
  ['link ', 6],
  ['client point', 9],
  ['server signature', 10],
  ['device link', 11],
  ['pre_master_secret', 12],
  ['session_hash', 13],
  ['master_secret', 13],
  ['key_block', 14],
  ['device signature', 15],
  ['client finished', 16],
  ['server finished', 16],
  ['record ', 17],
];

/** @returns the step's number from 0 on, or -1 */
export function stepOfWorking(id: string): number {
  return STEP_OF.find(([start]) => id.startsWith(start))?.[1] ?? -1;
}
