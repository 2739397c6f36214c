import type { Keep } from './schedule.js';

export interface Kept {
  name: string;
  createdAt: Date;
}

/**
 * Which snapshots of one machine may go: those that no rule keeps. `last` keeps the newest; `daily`, `weekly` (ISO 8601
 * weeks) and `monthly` keep the newest of each of so many latest days, weeks and months that have any, by the calendar
 * of the time zone. Without a rule nothing goes.
 */
export function expired<T extends Kept>(snapshots: readonly T[], keep: Keep, timeZone: string): T[] {
  const rules = [keep.last, keep.daily, keep.weekly, keep.monthly];
  if (rules.every((rule) => rule === null)) return [];
  const newest = [...snapshots].sort(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.name < b.name ? 1 : -1),
  );
  const dates = new Map(newest.map((snapshot) => [snapshot, calendarDate(snapshot.createdAt, timeZone)]));
  const dateOf = (snapshot: T) => dates.get(snapshot) as CalendarDate;
  const stay = new Set<T>([
    ...newest.slice(0, keep.last ?? 0),
    ...firstOfEach(newest, keep.daily, (one) => Object.values(dateOf(one)).join('-')),
    ...firstOfEach(newest, keep.weekly, (one) => isoWeek(dateOf(one))),
    ...firstOfEach(newest, keep.monthly, (one) => `${dateOf(one).year}-${dateOf(one).month}`),
  ]);
  return newest.filter((snapshot) => !stay.has(snapshot));
}

function firstOfEach<T>(newest: readonly T[], buckets: number | null, bucketOf: (one: T) => string): T[] {
  const firsts = new Map<string, T>();
  for (const one of newest) {
    if (firsts.size >= (buckets ?? 0)) break;
    const bucket = bucketOf(one);
    if (!firsts.has(bucket)) firsts.set(bucket, one);
  }
  return [...firsts.values()];
}

interface CalendarDate {
  year: number;
  month: number;
  day: number;
}

function calendarDate(at: Date, timeZone: string): CalendarDate {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(at);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return { year: read('year'), month: read('month'), day: read('day') };
}

const DAY_MS = 86_400_000;

/** The Monday that a week begins with names the week. */
export function isoWeek({ year, month, day }: CalendarDate): string {
  const date = Date.UTC(year, month - 1, day);
  const sinceMonday = (new Date(date).getUTCDay() + 6) % 7;
  return new Date(date - sinceMonday * DAY_MS).toISOString().slice(0, 10);
}
