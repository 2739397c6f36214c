import { unavailable } from '../../kernel/failures.js';

const TICK_MS = 1000;

/**
 * Notices that this process stood still (a machine that slept, a SIGSTOP, a long pause of any kind): what it was at may
 * be another process's by now, though nothing has told it.
 */
export class Standstill {
  private seen: number;
  private over = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** Milliseconds; a pause that is shorter is none. */
    private readonly limitMs: number,
    private readonly now: () => number = Date.now,
  ) {
    this.seen = now();
  }

  watch(): void {
    this.tick();
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  tick(): void {
    const now = this.now();
    // Whatever runs first after a standstill, timer or not, notes it.
    if (now - this.seen > this.limitMs) this.over = now;
    this.seen = now;
  }

  /** To be called at the beginning of a piece of work. What it answers throws service.unavailable after a standstill. */
  guard(): () => void {
    // A standstill that nobody has noted yet was before the work.
    this.tick();
    const begun = this.now();
    return () => {
      this.tick();
      if (this.over > begun) {
        throw unavailable('This process stood still for long; another one may do its work by now.');
      }
    };
  }
}
