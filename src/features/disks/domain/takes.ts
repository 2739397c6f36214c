import type { OperationRecord, Take } from '../../operations/operations.contract.js';
import type { ResolvedDisk } from './disk-body.js';

type Operation = Pick<OperationRecord, 'target' | 'input'>;

/** What operations on disks take of a project's quota. */
export function createTakes({ input }: Operation): Take[] {
  const { name, size, storageClass } = (input as { disk: ResolvedDisk }).disk;
  return [{ type: 'disk', name, size, storageClass }];
}

export function expandTakes({ target, input }: Operation): Take[] {
  const { size } = input as { size?: string | null };
  return size ? [{ type: 'disk', name: target.name, size }] : [];
}
