import { LRUCache } from 'lru-cache';
import { type CursorCodec, type CursorKey, type CursorScope, scopeText } from './cursor-codec.js';

const SCOPES = 500;

/**
 * Cursors that were given out, by list and row object. Rows of a cache are built once per change, so the fifty
 * rows of a list that is asked for a thousand times a second are signed once. Forgotten with their row.
 */
export class CursorMemory {
  readonly #scopes = new LRUCache<string, WeakMap<object, string>>({ max: SCOPES });

  constructor(private readonly codec: CursorCodec) {}

  of<T>(scope: CursorScope & { keyOf: (row: T) => CursorKey }): (row: T) => string {
    const text = scopeText(scope);
    const encode = this.codec.encoder(text);
    let known = this.#scopes.get(text);
    if (!known) {
      known = new WeakMap();
      this.#scopes.set(text, known);
    }
    const cursors = known;
    return (row) => {
      if (typeof row !== 'object' || row === null) return encode(scope.keyOf(row));
      let cursor = cursors.get(row);
      if (cursor === undefined) {
        cursor = encode(scope.keyOf(row));
        cursors.set(row, cursor);
      }
      return cursor;
    };
  }
}
