import type { MachineRow } from './machine-row.js';

export type MachineOrder = 'name' | '-name' | 'createdAt' | '-createdAt' | 'state' | '-state';

export const MACHINE_ORDERS: readonly MachineOrder[] = [
  'name',
  '-name',
  'createdAt',
  '-createdAt',
  'state',
  '-state',
];

/** The sort keys: unique through the name, compared by code unit as the pager does. */
export const KEY_OF: Record<MachineOrder, (row: MachineRow) => string[]> = {
  name: ({ name }) => [name],
  '-name': ({ name }) => [name],
  createdAt: ({ createdAt, name }) => [createdAt, name],
  '-createdAt': ({ createdAt, name }) => [createdAt, name],
  state: ({ state, name }) => [state, name],
  '-state': ({ state, name }) => [state, name],
};

/** The rows of one namespace by name, and sorted otherwise when somebody asks, until the next change. */
export class SortedRows {
  readonly #byName: MachineRow[] = [];
  readonly #orders = new Map<MachineOrder, readonly MachineRow[]>();
  readonly #rows = new Map<string, MachineRow>();

  get size(): number {
    return this.#rows.size;
  }

  get(name: string): MachineRow | undefined {
    return this.#rows.get(name);
  }

  in(order: MachineOrder): readonly MachineRow[] {
    if (order === 'name') return this.#byName;
    const known = this.#orders.get(order);
    if (known) return known;
    const keyOf = KEY_OF[order];
    const keyed = this.#byName.map((row) => ({ row, key: keyOf(row).join('\0') }));
    const sign = order.startsWith('-') ? -1 : 1;
    keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0));
    const sorted = keyed.map(({ row }) => row);
    this.#orders.set(order, sorted);
    return sorted;
  }

  set(row: MachineRow): void {
    const index = this.#indexOf(row.name);
    const replaces = this.#rows.has(row.name);
    this.#byName.splice(index, replaces ? 1 : 0, row);
    this.#rows.set(row.name, row);
    this.#orders.clear();
  }

  delete(name: string): MachineRow | undefined {
    const row = this.#rows.get(name);
    if (!row) return undefined;
    this.#byName.splice(this.#indexOf(name), 1);
    this.#rows.delete(name);
    this.#orders.clear();
    return row;
  }

  #indexOf(name: string): number {
    let low = 0;
    let high = this.#byName.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#byName[middle] as MachineRow).name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
