/** In which step a working is shown. Kept apart from the steps, whose figures show workings too. */
const STEP_OF: readonly [id: string, step: number][] = [
  ['link ', 5],
  ['client point', 8],
  ['server signature', 9],
  ['pre_master_secret', 11],
  ['session_hash', 12],
  ['master_secret', 12],
  ['key_block', 13],
  ['device signature', 14],
  ['client finished', 15],
  ['server finished', 15],
  ['record ', 16],
];

/** @returns the step's number from 0 on, or -1 */
export function stepOfWorking(id: string): number {
  return STEP_OF.find(([start]) => id.startsWith(start))?.[1] ?? -1;
}
