import type { StoreEvent } from './object-store.js';

/**
 * The newest changes, in order of revision, for watches that resume. Bounded: what falls out is compacted,
 * and whoever asks for it must list again.
 */
export class WatchLog {
  private events: StoreEvent[] = [];

  /** @param compactedRevision changes up to and including this revision are gone. */
  constructor(
    private compactedRevision: number,
    private readonly limit = 10_000,
  ) {}

  append(event: StoreEvent): void {
    this.events.push(event);
    if (this.events.length > this.limit * 1.25) this.drop(this.events.length - this.limit);
  }

  /** Changes after the revision, or undefined if some of them are compacted. */
  since(revision: number): StoreEvent[] | undefined {
    if (revision < this.compactedRevision) return undefined;
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle] as StoreEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low);
  }

  get oldest(): number {
    return this.compactedRevision;
  }

  compact(): void {
    this.drop(this.events.length);
  }

  private drop(count: number): void {
    const last = this.events[count - 1];
    if (!last) return;
    this.compactedRevision = last.revision;
    this.events = this.events.slice(count);
  }
}
