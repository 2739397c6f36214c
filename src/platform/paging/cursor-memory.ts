import { LRUCache } from 'lru-cache';
import { asImmutable, isImmutable } from '../json/immutable.js';
import { type Edge, LazyEdge } from './connection.js';
import { type CursorCodec, type CursorKey, type CursorScope, scopeText } from './cursor-codec.js';

const SCOPES = 500;

/**
 * Edges that were given out, by list and row object. Rows of a cache are built once per change, so the fifty
 * rows of a list that is asked for a thousand times a second are signed once. Forgotten with their row.
 */
export class CursorMemory {
  readonly #scopes = new LRUCache<string, WeakMap<object, Edge<unknown>>>({ max: SCOPES });

  constructor(private readonly codec: CursorCodec) {}

  /** Signs when the cursor is read. The edge of an immutable row is immutable. */
  of<T>(scope: CursorScope & { keyOf: (row: T) => CursorKey }): (row: T) => Edge<T> {
    const text = scopeText(scope);
    const encode = this.codec.encoder(text);
    const sign = (row: T) => encode(scope.keyOf(row));
    let known = this.#scopes.get(text);
    if (!known) {
      known = new WeakMap();
      this.#scopes.set(text, known);
    }
    const edges = known as WeakMap<object, Edge<T>>;
    return (row) => {
      if (typeof row !== 'object' || row === null) return new LazyEdge(row, sign);
      let edge = edges.get(row);
      if (edge === undefined) {
        edge = new LazyEdge<T>(row, sign);
        if (isImmutable(row)) asImmutable(edge);
        edges.set(row, edge);
      }
      return edge;
    };
  }
}
