/** At most a few reports a second, never backwards, whole range 0..100. */
export class ImportProgress {
  readonly #report: (percent: number) => void;
  readonly #everyMs: number;
  #last = -1;
  #lastAt = 0;

  constructor(report: (percent: number) => void, everyMs = 250) {
    this.#report = report;
    this.#everyMs = everyMs;
  }

  /** @param percent of the whole import */
  tell(percent: number): void {
    const bounded = Math.min(100, Math.max(0, percent));
    const now = performance.now();
    const isLast = bounded === 100;
    if (bounded <= this.#last || (!isLast && now - this.#lastAt < this.#everyMs)) {
      return;
    }
    this.#last = bounded;
    this.#lastAt = now;
    this.#report(bounded);
  }
}
