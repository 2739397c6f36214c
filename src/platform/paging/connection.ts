export interface Edge<T> {
  readonly node: T;
  readonly cursor: string;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A Relay connection over rows of memory. `edges` and cursors are made when they are read. */
export class Connection<T> {
  readonly totalCount: number;
  readonly pageInfo: PageInfo;

  constructor(
    readonly nodes: readonly T[],
    private readonly edgeOf: (row: T) => Edge<T>,
    bounds: { total: number; hasPrevious: boolean; hasNext: boolean },
  ) {
    this.totalCount = bounds.total;
    this.pageInfo = new LazyPageInfo(nodes, edgeOf, bounds.hasPrevious, bounds.hasNext);
  }

  get edges(): Edge<T>[] {
    return this.nodes.map(this.edgeOf);
  }
}

class LazyPageInfo<T> implements PageInfo {
  constructor(
    private readonly nodes: readonly T[],
    private readonly edgeOf: (row: T) => Edge<T>,
    readonly hasPreviousPage: boolean,
    readonly hasNextPage: boolean,
  ) {}

  get startCursor(): string | null {
    const [first] = this.nodes;
    return first === undefined ? null : this.edgeOf(first).cursor;
  }

  get endCursor(): string | null {
    const last = this.nodes[this.nodes.length - 1];
    return last === undefined ? null : this.edgeOf(last).cursor;
  }
}

/** An edge whose cursor is made when it is first read. */
export class LazyEdge<T> implements Edge<T> {
  #cursor: string | null = null;

  constructor(
    readonly node: T,
    private readonly cursorOf: (row: T) => string,
  ) {}

  get cursor(): string {
    this.#cursor ??= this.cursorOf(this.node);
    return this.#cursor;
  }
}
