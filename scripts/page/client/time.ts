/** Formats times for people. */

const calendar = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const clock = new Intl.DateTimeFormat([], { timeStyle: 'medium', hourCycle: 'h23' });

export function dateAndTime(time: number): string {
  return calendar.format(time);
}

export function timeOfDay(time: number): string {
  return clock.format(time);
}

/** `40 s`, `12 min`, `3 h`, `2 d`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} d`;
}
