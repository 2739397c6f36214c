import type { Generated, JSONColumnType } from 'kysely';
import type { StoredLimits } from '../domain/limits.js';

/** Columns of bigint are read as text. */
export interface AmountColumns {
  vms: string;
  running_vms: string;
  vcpus: string;
  memory: string;
  storage: string;
  disks: string;
  snapshots: string;
  snapshot_bytes: string;
  exports: string;
  images: string;
}

export interface QuotaTable {
  id: string;
  tenant_id: string | null;
  project_id: string | null;
  limits: JSONColumnType<StoredLimits>;
  project_defaults: JSONColumnType<StoredLimits>;
  tenant_defaults: JSONColumnType<StoredLimits>;
  warn_at_percent: number | null;
  version: Generated<number>;
  updated_at: Generated<Date>;
}

export interface UsageTable extends AmountColumns {
  namespace: string;
  type: string;
  name: string;
  project_id: string;
  tenant_id: string;
  storage_class: string;
  holder: string | null;
  machine: StoredMachine | null;
}

/** Amounts as decimal text. */
export interface StoredMachine {
  vcpus: string;
  memory: string;
  disks: { storageClass: string; size: string }[];
}

export interface ReservationTable extends AmountColumns {
  operation_id: string;
  type: string;
  name: string;
  storage_class: string;
  project_id: string;
  tenant_id: string;
}

export interface QuotaTables {
  quota: QuotaTable;
  quota_usage: UsageTable;
  quota_reservation: ReservationTable;
  quota_ledger: { id: number; read_at: Date };
}
