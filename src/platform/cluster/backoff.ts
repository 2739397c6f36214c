export interface BackoffLimits {
  /** Milliseconds. */
  first: number;
  /** The ceiling while the cluster answers, but with an error: it must not be pressed. */
  ceiling: number;
  /** The ceiling while nothing answers at all: asking is cheap, and coming back must be noticed soon. */
  unreachableCeiling: number;
}

export const DEFAULT_BACKOFF: BackoffLimits = { first: 200, ceiling: 30_000, unreachableCeiling: 1_000 };

/** Exponential with full jitter on the upper half, so that many reflectors do not knock together. */
export class Backoff {
  private failures = 0;
  private wasUnreachable = false;

  constructor(private readonly limits: BackoffLimits = DEFAULT_BACKOFF) {}

  /** Milliseconds to wait now. */
  next(unreachable: boolean): number {
    // An hour without an answer says nothing about a server that answers again.
    if (unreachable !== this.wasUnreachable) this.failures = 0;
    this.wasUnreachable = unreachable;
    const ceiling = unreachable ? this.limits.unreachableCeiling : this.limits.ceiling;
    const full = Math.min(ceiling, this.limits.first * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    return full / 2 + Math.random() * (full / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
