const MAX_WAITING = 1000;

/**
 * Changes as they come, for one reader: none is left out and none comes before another. A reader who is a thousand
 * behind is let go, because it could only grow.
 */
export class ChangeStream<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #stop: () => void;
  #wake: (() => void) | null = null;
  #ended = false;
  #overrun = false;

  /** `subscribe` is given where to put changes, and gives back how to stop. */
  constructor(subscribe: (put: (change: T) => void) => () => void) {
    this.#stop = subscribe((change) => this.#put(change));
  }

  #put(change: T): void {
    if (this.#ended) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#overrun = true;
      this.#end();
    } else this.#waiting.push(change);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<T>> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#waiting.length > 0) return { value: this.#waiting.shift() as T, done: false };
    if (this.#overrun) throw new Error('The reader of a subscription is too slow.');
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.#end();
    return { value: undefined, done: true };
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
