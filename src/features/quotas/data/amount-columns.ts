import { type Amounts, RESOURCES, type Resource } from '../domain/meters.js';
import type { AmountColumns } from './quota-tables.js';

/** Each resource in its column. */
export const COLUMN: Record<Resource, keyof AmountColumns> = {
  vms: 'vms',
  runningVms: 'running_vms',
  vcpus: 'vcpus',
  memory: 'memory',
  storage: 'storage',
  disks: 'disks',
  snapshots: 'snapshots',
  snapshotBytes: 'snapshot_bytes',
  exports: 'exports',
  images: 'images',
};

export const COLUMNS = RESOURCES.map((resource) => COLUMN[resource]);

export function toColumns(amounts: Partial<Amounts>): AmountColumns {
  const columns = RESOURCES.map((resource) => [COLUMN[resource], (amounts[resource] ?? 0n).toString()]);
  return Object.fromEntries(columns) as AmountColumns;
}

export function fromColumns(columns: AmountColumns): Amounts {
  return Object.fromEntries(
    RESOURCES.map((resource) => [resource, BigInt(columns[COLUMN[resource]])]),
  ) as Amounts;
}
