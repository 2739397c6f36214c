import { backoffMs } from './job-backoff.js';

it.each([
  [1, 500],
  [2, 1000],
  [5, 8000],
  [6, 16_000],
  [19, 16_000],
])('waits after try %i for at most %i ms, and hardly less', (attemptsMade, most) => {
  const waits = Array.from({ length: 50 }, () => backoffMs(500, attemptsMade));
  expect(Math.max(...waits)).toBeLessThanOrEqual(most);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(most * 0.8);
  expect(new Set(waits).size).toBeGreaterThan(1);
});
