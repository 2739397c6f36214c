/** A queue of keys: each is there once, and never in two hands at the same time. */
export class WorkQueue {
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(
    private readonly work: (key: string) => Promise<{ requeueAfterMs?: number } | undefined>,
    private readonly onError: (key: string, error: unknown) => void,
    private readonly parallel = 16,
  ) {}

  add(key: string): void {
    if (this.#closed) return;
    if (this.#running.has(key)) this.#again.add(key);
    else if (!this.#waiting.has(key)) {
      this.#waiting.add(key);
      setImmediate(() => this.#next());
    }
  }

  /** Replaces an earlier appointment of the same key. */
  addAfter(key: string, ms: number): void {
    this.#forgetTimer(key);
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      // Longer than a timer can be: look again in between.
      Math.min(Math.max(ms, 1), 2 ** 31 - 1),
    );
    timer.unref();
    this.#timers.set(key, timer);
  }

  #forgetTimer(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  #next(): void {
    while (!this.#closed && this.#running.size < this.parallel) {
      const key = this.#waiting.values().next().value;
      if (key === undefined) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      this.#forgetTimer(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      const result = await this.work(key);
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.onError(key, error);
      this.addAfter(key, Math.min(5 * 2 ** failures, 30_000));
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    setImmediate(() => this.#next());
  }

  /** Takes nothing new and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of [...this.#timers.keys()]) this.#forgetTimer(key);
    this.#waiting.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
