/** The side that notices a change on the way. */
export interface Verdict {
  /** `nobody`: the connection goes on as if nothing had happened. */
  who: 'board' | 'server' | 'nobody';
  /** The message or record in which it is noticed. */
  where: string;
  /** The alert that it sends; null if it says nothing. */
  alert: string | null;
  /** A sentence or two for people. */
  sentence: string;
}

export function noticed(who: 'board' | 'server', where: string, alert: string | null, sentence: string): Verdict {
  return { who, where, alert, sentence };
}
