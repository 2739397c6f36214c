import type { OperationRecord, Take } from '../../operations/operations.contract.js';
import { type RestoreInput, type RestoreToNewInput, safetySnapshotName } from './restore-input.js';

type Operation = Pick<OperationRecord, 'id' | 'target' | 'input'>;

/** In place, the disks of before give way to those of the snapshot; a machine that ran keeps its place meanwhile. */
export function restoreTakes({ id, target: { name }, input }: Operation): Take[] {
  const { ran, safetySnapshot } = input as unknown as RestoreInput;
  return [
    { type: 'virtual-machine', name, running: ran },
    ...(safetySnapshot ? [{ type: 'snapshot' as const, name: safetySnapshotName(name, id), of: name }] : []),
  ];
}

export function restoreToNewTakes({ input }: Operation): Take[] {
  const { snapshot, newName: name, start } = input as unknown as RestoreToNewInput;
  return [
    { type: 'virtual-machine', name, like: { snapshot }, running: start },
    { type: 'disks-of', name, like: { snapshot } },
  ];
}
