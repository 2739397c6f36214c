import { Backoff } from './backoff.js';

describe('Backoff', () => {
  const take = (backoff: Backoff, count: number, unreachable: boolean) =>
    Array.from({ length: count }, () => backoff.next(unreachable));

  it('grows from 0.2 s to 30 s with jitter while the cluster answers with errors', () => {
    const waits = take(new Backoff(), 20, false);
    waits.forEach((wait, index) => {
      const full = Math.min(30_000, 200 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    });
  });

  it('never waits longer than a second while nothing answers, however long that lasts', () => {
    for (const wait of take(new Backoff(), 2_000, true)) expect(wait).toBeLessThanOrEqual(1_000);
  });

  it('starts anew when the cluster is back, even with an error', () => {
    const backoff = new Backoff();
    take(backoff, 50, true);
    expect(backoff.next(false)).toBeLessThanOrEqual(200);
    take(backoff, 50, false);
    backoff.reset();
    expect(backoff.next(false)).toBeLessThanOrEqual(200);
  });
});
