import fc from 'fast-check';
import { expired, isoWeek, type Kept } from './retention.js';
import type { Keep } from './schedule.js';

const none: Keep = { last: null, daily: null, weekly: null, monthly: null };
const at = (...times: string[]): Kept[] =>
  times.map((time, index) => ({ name: `s${index}`, createdAt: new Date(time) }));
const names = (snapshots: readonly Kept[]) => snapshots.map(({ name }) => name).sort();

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu'];
const rule = fc.option(fc.integer({ min: 1, max: 12 }), { nil: null });
const keeps = fc.record({ last: rule, daily: rule, weekly: rule, monthly: rule });
const from = Date.UTC(2026, 0, 1);
const series = fc
  .uniqueArray(fc.integer({ min: 0, max: 500 * 24 * 60 }), { maxLength: 60 })
  .map((minutes) =>
    minutes.map((minute) => ({ name: `s${minute}`, createdAt: new Date(from + minute * 60_000) })),
  );
const zone = fc.constantFrom(...ZONES);
const localDay = (date: Date, timeZone: string) => date.toLocaleDateString('sv-SE', { timeZone });

describe('what a schedule no longer keeps', () => {
  it('is nothing where there is no rule', () => {
    fc.assert(
      fc.property(series, zone, (snapshots, timeZone) => expired(snapshots, none, timeZone).length === 0),
    );
  });

  it('never is the newest, where there is any rule', () => {
    fc.assert(
      fc.property(series, keeps, zone, (snapshots, keep, timeZone) => {
        const newest = [...snapshots].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
        return !newest || !expired(snapshots, keep, timeZone).includes(newest);
      }),
    );
  });

  it('leaves no more than the rules add up to, and at least what the most generous of them says', () => {
    fc.assert(
      fc.property(series, keeps, zone, (snapshots, keep, timeZone) => {
        const rules = Object.values(keep).filter((one) => one !== null);
        if (rules.length === 0) return true;
        const left = snapshots.length - expired(snapshots, keep, timeZone).length;
        const days = new Set(snapshots.map(({ createdAt }) => localDay(createdAt, timeZone))).size;
        return (
          left <= rules.reduce((sum, one) => sum + one, 0) &&
          left >= Math.min(keep.last ?? 0, snapshots.length) &&
          left >= Math.min(keep.daily ?? 0, days)
        );
      }),
    );
  });

  it('is the same again after it has gone, and does not depend on the order', () => {
    fc.assert(
      fc.property(series, keeps, zone, (snapshots, keep, timeZone) => {
        const gone = expired(snapshots, keep, timeZone);
        const left = snapshots.filter((one) => !gone.includes(one));
        expect(expired(left, keep, timeZone)).toEqual([]);
        expect(names(expired([...snapshots].reverse(), keep, timeZone))).toEqual(names(gone));
      }),
    );
  });

  it('of daily ones is all but the newest of each of the latest days, by the calendar of the zone', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 9 }), zone, (snapshots, daily, timeZone) => {
        const gone = expired(snapshots, { ...none, daily }, timeZone);
        const left = snapshots.filter((one) => !gone.includes(one));
        const days = [...new Set(snapshots.map(({ createdAt }) => localDay(createdAt, timeZone)))].sort();
        expect(left.map(({ createdAt }) => localDay(createdAt, timeZone)).sort()).toEqual(days.slice(-daily));
        for (const one of left) {
          const later = snapshots.filter(
            ({ createdAt }) =>
              createdAt > one.createdAt &&
              localDay(createdAt, timeZone) === localDay(one.createdAt, timeZone),
          );
          expect(later).toEqual([]);
        }
      }),
    );
  });

  it.each([
    // 22:30 in UTC is half past midnight of the next day in Berlin.
    ['Europe/Berlin', ['s1']],
    ['UTC', ['s2']],
  ] as const)('follows midnight of %s', (timeZone, gone) => {
    const snapshots = at('2026-06-11T20:00:00Z', '2026-06-10T22:30:00Z', '2026-06-10T21:30:00Z');
    expect(names(expired(snapshots, { ...none, daily: 2 }, timeZone))).toEqual(gone);
  });

  it('takes weeks from Monday to Sunday, over the turn of the year', () => {
    expect(isoWeek({ year: 2027, month: 1, day: 3 })).toBe(isoWeek({ year: 2026, month: 12, day: 28 }));
    expect(isoWeek({ year: 2027, month: 1, day: 4 })).not.toBe(isoWeek({ year: 2027, month: 1, day: 3 }));
    const snapshots = at('2027-01-04T12:00:00Z', '2027-01-03T12:00:00Z', '2026-12-28T12:00:00Z');
    expect(names(expired(snapshots, { ...none, weekly: 2 }, 'UTC'))).toEqual(['s2']);
  });

  it('keeps a snapshot that any one rule wants', () => {
    const snapshots = at(
      '2026-03-10T12:00:00Z',
      '2026-03-10T06:00:00Z',
      '2026-03-01T12:00:00Z',
      '2026-02-27T12:00:00Z',
    );
    const keep = { last: 2, daily: 1, weekly: null, monthly: 2 };
    expect(names(expired(snapshots, keep, 'UTC'))).toEqual(['s2']);
  });
});
