import { unavailable } from '../../kernel/failures.js';

/**
 * Lets so many work at a time; the others wait in order, in memory. A burst of transactions would else wait for the
 * pool's connections, and run into the limit that is there to notice a database that is away.
 */
export class Turns {
  private free: number;
  private readonly waiting: { take: () => void }[] = [];

  /** `patience`: milliseconds until who waits is told service.unavailable. */
  constructor(
    size: number,
    private readonly patience: number,
  ) {
    this.free = size;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await this.queue();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next.take();
      else this.free += 1;
    }
  }

  private queue(): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry = {
        take: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(unavailable('Too many changes are waiting for the database.', { retryAfter: 5 }));
      }, this.patience);
      this.waiting.push(entry);
    });
  }
}
