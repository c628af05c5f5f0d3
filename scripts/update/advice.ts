/** What a person can do about a board's reason for refusing an update. A board has no memory for such texts. */

const ROLLBACK = '--rollback makes boards go back, if you want that';

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
  [/^version (\S+), not newer than \1$/, `the board runs a later build of the same version; ${ROLLBACK}`],
  [/^version .* (older|not newer) than /, ROLLBACK],
  [
    /^settings .*older than the board's$/,
    `this command makes newer ones when you run it again, if the clock of this PC is right; ${ROLLBACK}`,
  ],
  [
    /^signed with a key that this board does not know$/,
    "sign with the key whose public half is in the board's settings (--key FILE), or npm run flash over USB",
  ],
];

/** @param why a board's reason, in words that are safe to print */
export function advised(why: string): string {
  const readable = withDates(why);
  for (const [reason, advice] of ADVICE) {
    if (reason.test(why)) return `${readable}; ${advice.replace('$1', reason.exec(why)?.[1] ?? '')}`;
  }
  return readable;
}

/** Boards up to 0.1.0 give times in seconds since 1970. */
function withDates(why: string): string {
  return why.replace(/ of (\d{9,10})\b/, (_, seconds: string) => {
    const [day, time] = new Date(Number(seconds) * 1000).toISOString().split('T');
    return ` of ${day} ${time.slice(0, 5)} UTC`;
  });
}
