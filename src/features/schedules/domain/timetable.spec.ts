import { snapshotName } from './snapshot-name.js';
import { catchUp, cronProblem, isTimeZone, nextRuns } from './timetable.js';

const iso = (times: readonly Date[]) => times.map((time) => time.toISOString());

describe('a timetable', () => {
  it('goes by the clock on the wall, through the change of it', () => {
    expect(iso(nextRuns('30 3 * * *', 'Europe/Berlin', new Date('2026-10-24T00:00:00Z')))).toEqual([
      '2026-10-24T01:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
      '2026-10-26T02:30:00.000Z',
    ]);
  });

  it.each([
    ['* * * * *', true],
    ['0 3 * * 1-5', true],
    ['*/15 0,12 1 JAN-MAR *', true],
    ['0 0 30 2 *', false],
    ['0 0 3 * * *', false],
    ['@daily', false],
    ['2030-01-01T00:00:00', false],
    ['61 * * * *', false],
    ['a b c d e', false],
    ['', false],
  ])('"%s": %s', (cron, good) => {
    expect(cronProblem(cron) === null).toBe(good);
  });

  it('knows time zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });

  it('runs on time what is on time', () => {
    const due = new Date('2026-06-01T03:00:00Z');
    const daily = { cron: '0 3 * * *', timeZone: 'UTC' };
    expect(catchUp(daily, due, new Date('2026-06-01T03:00:04Z'))).toEqual({
      scheduledFor: due,
      missed: 0,
      next: new Date('2026-06-02T03:00:00Z'),
    });
  });

  it('makes up for a long absence with one run, and says how many it stands for', () => {
    const daily = { cron: '0 3 * * *', timeZone: 'UTC' };
    expect(catchUp(daily, new Date('2026-06-01T03:00:00Z'), new Date('2026-06-05T12:00:00Z'))).toEqual({
      scheduledFor: new Date('2026-06-05T03:00:00Z'),
      missed: 4,
      next: new Date('2026-06-06T03:00:00Z'),
    });
  });
});

describe('the name of a snapshot', () => {
  const at = new Date('2026-06-01T03:00:00Z');
  const long = 'a-rather-long-name-for-a-thing-that-goes-on-and-on-and-on-and-on';

  it('is a DNS label that tells schedule, machine and time', () => {
    expect(snapshotName({ id: '1', name: 'nightly' }, 'web', at)).toMatch(
      /^nightly-web-202606010300-[0-9a-f]{6}$/,
    );
    expect(snapshotName({ id: '1', name: long }, long, at)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it('is of its own for machines whose names begin alike', () => {
    const schedule = { id: '1', name: 'nightly' };
    expect(snapshotName(schedule, `${long}-1`, at)).not.toBe(snapshotName(schedule, `${long}-2`, at));
  });
});
