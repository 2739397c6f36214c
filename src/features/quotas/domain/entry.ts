import type { Amounts } from './meters.js';

/** The kinds of objects that the ledger knows; `disks-of` stands for disks whose names the cluster chooses. */
export type EntryType = 'virtual-machine' | 'disk' | 'disks-of' | 'snapshot' | 'export' | 'image';

/**
 * One object of a project and what it amounts to. The same object is one entry however often it is told: by the
 * operation that makes it, by another that changes it, by the cluster. That is why nothing is counted twice.
 */
export interface Entry {
  type: EntryType;
  name: string;
  /** Where its storage lies; '' where it has none or nobody knows. */
  storageClass: string;
  /** Of a disk, and of a snapshot: the machine that it belongs to; null for none. */
  holder: string | null;
  amounts: Partial<Amounts>;
  /** Of a snapshot: what its machine would be when made again. */
  machine: { vcpus: bigint; memory: bigint; disks: readonly { storageClass: string; size: bigint }[] } | null;
}

export const keyOf = ({ type, name, storageClass }: Pick<Entry, 'type' | 'name' | 'storageClass'>): string =>
  `${type}\n${name}\n${type === 'disks-of' ? storageClass : ''}`;
