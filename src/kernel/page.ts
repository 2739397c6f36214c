/** A page of a keyset-paged list. `total` counts everything that the filter matches. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
}

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;
