import { Cron } from 'croner';

const FIVE_FIELDS = /^\S+( \S+){4}$/;
/** More times than these are not counted. */
const MOST_MISSED = 1000;

/** What is wrong with a cron expression of five fields, in words; null when nothing is. */
export function cronProblem(cron: string, timeZone = 'UTC'): string | null {
  if (!FIVE_FIELDS.test(cron)) {
    return 'must have five fields, each one space apart: minute, hour, day of month, month, day of week';
  }
  try {
    return timetable(cron, timeZone).nextRun() ? null : 'never comes to pass';
  } catch {
    return 'is no cron expression';
  }
}

export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** The next times after a moment, soonest first. */
export const nextRuns = (cron: string, timeZone: string, after: Date, count = 3): Date[] =>
  timetable(cron, timeZone).nextRuns(count, after);

/**
 * What to run now of a schedule that has been due since `dueAt`: once, for the newest time that has passed; `missed`
 * counts those before it. `next` is null where there is no later time.
 */
export function catchUp(
  { cron, timeZone }: { cron: string; timeZone: string },
  dueAt: Date,
  now: Date,
): { scheduledFor: Date; missed: number; next: Date | null } {
  const times = timetable(cron, timeZone);
  let scheduledFor = dueAt;
  let missed = 0;
  for (let next = times.nextRun(dueAt); next && next <= now && missed < MOST_MISSED; missed += 1) {
    scheduledFor = next;
    next = times.nextRun(next);
  }
  return { scheduledFor, missed, next: times.nextRun(now) };
}

const timetable = (cron: string, timeZone: string) =>
  new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true });
