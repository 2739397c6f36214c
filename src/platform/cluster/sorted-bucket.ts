/** So many changes are spliced into a copy; more are merged. */
const FEW = 16;

/**
 * Views under string keys, readable as an array sorted by key. A snapshot that was handed out is never changed, so a
 * reader may hold it across awaits; the next reader after a change gets a new one, made from the last one and what
 * changed, without sorting the whole: 100,000 objects stay cheap.
 */
export class SortedBucket<V> {
  private readonly entries = new Map<string, V>();
  private keys: readonly string[] = [];
  private snapshot: readonly V[] = [];
  private readonly changed = new Set<string>();

  get size(): number {
    return this.entries.size;
  }

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, view: V): void {
    this.entries.set(key, view);
    this.changed.add(key);
  }

  delete(key: string): void {
    if (this.entries.delete(key)) this.changed.add(key);
  }

  /** Sorted by key in code unit order. Shared: never change it. */
  sorted(): readonly V[] {
    if (this.changed.size > 0) this.refresh();
    return this.snapshot;
  }

  private refresh(): void {
    const changed = [...this.changed].sort();
    this.changed.clear();
    if (changed.length <= FEW) this.splice(changed);
    else this.merge(changed);
  }

  /** Block copies are much faster than visiting every entry. */
  private splice(changed: readonly string[]): void {
    // Most changes replace: then the keys stay as they are.
    const sameKeys = changed.every(
      (key) => this.entries.has(key) && this.keys[lowerBound(this.keys, key)] === key,
    );
    const keys = sameKeys ? (this.keys as string[]) : this.keys.slice();
    const views = this.snapshot.slice();
    for (const key of changed) {
      const at = lowerBound(keys, key);
      const present = keys[at] === key;
      const view = this.entries.get(key);
      if (view === undefined) {
        if (!present) continue;
        keys.splice(at, 1);
        views.splice(at, 1);
      } else if (present) {
        views[at] = view;
      } else {
        keys.splice(at, 0, key);
        views.splice(at, 0, view);
      }
    }
    this.keys = keys;
    this.snapshot = views;
  }

  private merge(changed: readonly string[]): void {
    const keys: string[] = [];
    const views: V[] = [];
    const take = (key: string) => {
      const view = this.entries.get(key);
      if (view === undefined) return;
      keys.push(key);
      views.push(view);
    };
    let next = 0;
    for (let index = 0; index < this.keys.length; index += 1) {
      const key = this.keys[index] as string;
      while (next < changed.length && (changed[next] as string) < key) take(changed[next++] as string);
      if (changed[next] === key) {
        take(key);
        next += 1;
      } else {
        keys.push(key);
        views.push(this.snapshot[index] as V);
      }
    }
    while (next < changed.length) take(changed[next++] as string);
    this.keys = keys;
    this.snapshot = views;
  }
}

/** The first position whose key is not smaller. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
