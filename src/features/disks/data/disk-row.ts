import { createHash } from 'node:crypto';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import type { DiskView } from '../domain/disk-view.js';

export const DISK_TYPE = 'Disk';

/** One disk as it is answered: its own properties are the fields of GraphQL's type Disk, `view` is for REST. */
export interface DiskRow extends DiskView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  readonly searchable: string;
  readonly view: DiskView;
}

export function diskRow(view: DiskView, namespace: string): DiskRow {
  const version = createHash('sha1').update(JSON.stringify(view)).digest('base64url');
  return {
    ...view,
    id: toGlobalId(DISK_TYPE, view.id),
    uid: view.id,
    etag: entityTag(version),
    namespace,
    version,
    searchable: `${view.name}\n${view.displayName ?? ''}`.toLowerCase(),
    view,
  };
}

export type DiskOrder = 'name' | '-name' | 'createdAt' | '-createdAt';
export const DISK_ORDERS: readonly DiskOrder[] = ['name', '-name', 'createdAt', '-createdAt'];

/** The sort keys: unique through the name, compared by code unit as the pager does. */
export const DISK_KEY: Record<DiskOrder, (row: DiskRow) => string[]> = {
  name: ({ name }) => [name],
  '-name': ({ name }) => [name],
  createdAt: ({ createdAt, name }) => [createdAt, name],
  '-createdAt': ({ createdAt, name }) => [createdAt, name],
};

export interface DiskFilter {
  q?: string | null;
  state?: string | null;
  storageClass?: string | null;
  /** Name of a virtual machine: its disks. */
  machine?: string | null;
  /** Whether any machine uses it. */
  attached?: boolean | null;
  /** `key=value`; all must match. */
  labels?: readonly string[] | null;
}

export function filterDisks(rows: readonly DiskRow[], filter: DiskFilter): readonly DiskRow[] {
  const q = filter.q?.toLowerCase() ?? '';
  const labels = (filter.labels ?? []).map((pair) => pair.split('=', 2) as [string, string]);
  return rows.filter(
    (row) =>
      (!q || row.searchable.includes(q)) &&
      (!filter.state || row.state === filter.state) &&
      (!filter.storageClass || row.storageClass === filter.storageClass) &&
      (!filter.machine || row.attachedTo.some(({ machine }) => machine === filter.machine)) &&
      (typeof filter.attached !== 'boolean' || row.attachedTo.length > 0 === filter.attached) &&
      labels.every(([key, value]) => Object.hasOwn(row.labels, key) && row.labels[key] === value),
  );
}
