/** What a person can do about a board's reason for refusing an update. A board has no memory for such texts. */

/** Reasons of `firmware/update/manifest.ts`, each with the advice; older boards write some of them otherwise. */
const ADVICE: [reason: RegExp, advice: string][] = [
  [
    /^no code for (\S+) in it$/,
    "the board's settings want it until they are replaced: send the program with --also $1, then --settings",
  ],
  [
    /^needs code for (\S+): update the program first$/,
    'that is, send the program of this config without --settings, and with --also TYPE for what the board has now and the config has not',
  ],
];

/** @param why a board's reason, in words that are safe to print */
export function advised(why: string): string {
  for (const [reason, advice] of ADVICE) {
    if (reason.test(why)) return `${why}; ${why.replace(reason, advice)}`;
  }
  return why;
}
