import type { MachineRow } from './machine-row.js';

export interface MachineFilter {
  q?: string | null;
  state?: string | null;
  node?: string | null;
  /** `key=value`; all must match. */
  labels?: readonly string[] | null;
}

/** The rows that match every condition; the same array where there is none. */
export function filterRows(rows: readonly MachineRow[], filter: MachineFilter): readonly MachineRow[] {
  const { state, node } = filter;
  const q = filter.q?.toLowerCase() ?? '';
  const labels = (filter.labels ?? []).map((pair) => pair.split('=', 2) as [string, string]);
  if (!q && !state && !node && labels.length === 0) return rows;
  return rows.filter(
    (row) =>
      (!state || row.state === state) &&
      (!node || row.node === node) &&
      (!q || row.searchable.includes(q)) &&
      labels.every(([key, value]) => Object.hasOwn(row.labels, key) && row.labels[key] === value),
  );
}
