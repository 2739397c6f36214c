/**
 * Views under string keys, readable as an array sorted by key. A snapshot that was handed out is never changed, so a
 * reader may hold it across awaits; the next reader after a change gets a new one, made by one merge of what changed
 * (linear, no sort of the whole: 100,000 objects stay cheap).
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
    if (this.changed.size > 0) this.merge();
    return this.snapshot;
  }

  private merge(): void {
    const changed = [...this.changed].sort();
    this.changed.clear();
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
