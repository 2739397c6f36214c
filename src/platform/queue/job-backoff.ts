/** How BullMQ knows the strategy below; workers bring it, jobs name it. */
export const BACKOFF = 'capped';

const DOUBLINGS = 5;
const JITTER = 0.2;

/**
 * Milliseconds before the next try of a job: doubled from try to try, but never long. What a job waits for, a cluster or
 * a database that is away, comes back at a moment that has nothing to do with how long it was gone.
 */
export function backoffMs(firstMs: number, attemptsMade: number): number {
  const longest = firstMs * 2 ** Math.min(attemptsMade - 1, DOUBLINGS);
  return Math.round(longest * (1 - JITTER * Math.random()));
}
