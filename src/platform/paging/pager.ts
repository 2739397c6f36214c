import { Injectable } from '@nestjs/common';
import { requestInvalid } from '../../kernel/failures.js';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type Page } from '../../kernel/page.js';
import { MasterKey } from '../crypto/master-key.js';
import { Connection } from './connection.js';
import { CursorCodec, type CursorKey, type CursorScope } from './cursor-codec.js';
import { CursorMemory } from './cursor-memory.js';

export interface Ordering<T> extends CursorScope {
  /**
   * The sort key of a row, unique within the list and the same for as long as the row object lives. Strings are
   * compared by code unit (`<`), not by locale.
   */
  keyOf: (row: T) => CursorKey;
  /** True where rows run from the greatest key to the least. Default: whether `order` starts with "-". */
  descending?: boolean;
}

export interface PageOptions<T> extends Ordering<T> {
  limit?: number | null;
  cursor?: string | null;
}

export interface ConnectionOptions<T> extends Ordering<T> {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/**
 * Keyset pages of rows in memory: a cursor holds the key of a row, not its position, so what comes and goes
 * between two pages neither repeats nor hides a row. Rows are already filtered and sorted as `order` says.
 */
@Injectable()
export class Pager {
  readonly #codec: CursorCodec;
  readonly #cursors: CursorMemory;

  constructor(masterKey: MasterKey) {
    this.#codec = new CursorCodec(masterKey.derive('cursor'));
    this.#cursors = new CursorMemory(this.#codec);
  }

  page<T>(rows: readonly T[], options: PageOptions<T>): Page<T> {
    const limit = sizeOf(options.limit, '/limit') ?? DEFAULT_PAGE_SIZE;
    const start = options.cursor ? firstAfter(rows, this.decode(options.cursor, options), options) : 0;
    const items = rows.slice(start, start + limit);
    const more = start + limit < rows.length && items.length > 0;
    const last = items[items.length - 1] as T;
    return {
      items,
      nextCursor: more ? this.#cursors.of(options)(last).cursor : null,
      total: rows.length,
    };
  }

  /** Cursors are computed when they are read, and once per row object: a hot list is not signed again each time. */
  connection<T>(rows: readonly T[], options: ConnectionOptions<T>): Connection<T> {
    const first = sizeOf(options.first, '/first');
    const last = sizeOf(options.last, '/last');
    if (first !== null && last !== null) throw sizeInvalid('/last', 'Give first or last, not both.');
    let from = options.after ? firstAfter(rows, this.decode(options.after, options), options) : 0;
    let to = options.before
      ? firstNotBefore(rows, this.decode(options.before, options), options)
      : rows.length;
    to = Math.max(from, to);
    if (last !== null) from = Math.max(from, to - last);
    else to = Math.min(to, from + (first ?? DEFAULT_PAGE_SIZE));
    return new Connection(rows.slice(from, to), this.#cursors.of(options), {
      total: rows.length,
      hasPrevious: from > 0,
      hasNext: to < rows.length,
    });
  }

  /** For lists that a database pages: `decode` gives the key to compare with in SQL. */
  encode(key: CursorKey, scope: CursorScope): string {
    return this.#codec.encode(key, scope);
  }

  /** Throws request.cursor_invalid. */
  decode(cursor: string, scope: CursorScope): (string | number)[] {
    return this.#codec.decode(cursor, scope);
  }
}

function sizeOf(size: number | null | undefined, pointer: string): number | null {
  if (size === null || size === undefined) return null;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw sizeInvalid(pointer, `A page has 1 to ${MAX_PAGE_SIZE} entries.`);
}

const sizeInvalid = (pointer: string, message: string) =>
  requestInvalid(message, { errors: [{ pointer, code: 'page_size', message }] });

/** Index of the first row that comes after `key`, by binary search. */
function firstAfter<T>(rows: readonly T[], key: CursorKey, ordering: Ordering<T>): number {
  return search(rows, (row) => compare(row, key, ordering) > 0);
}

/** Index of the first row that is not before `key`. */
function firstNotBefore<T>(rows: readonly T[], key: CursorKey, ordering: Ordering<T>): number {
  return search(rows, (row) => compare(row, key, ordering) >= 0);
}

function search<T>(rows: readonly T[], past: (row: T) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (past(rows[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compare<T>(row: T, key: CursorKey, { keyOf, descending, order }: Ordering<T>): number {
  const own = keyOf(row);
  const sign = (descending ?? order.startsWith('-')) ? -1 : 1;
  for (let index = 0; index < own.length; index += 1) {
    const a = own[index] as string | number;
    const b = key[index] as string | number;
    if (a !== b) return (a < b ? -1 : 1) * sign;
  }
  return 0;
}
