import { type OperationKind, takesNothing } from '../operations/operations.contract.js';
import { CLEAN_UP } from './decisions.contract.js';

// What both process roles know: one begins an operation, the worker brings it about.

/** Snapshots lock their machine, as KubeVirt does while it takes one: so the machine is what they are about. */
export const MACHINE_TARGET = 'virtual-machine';
export const SNAPSHOT_TARGET = 'snapshot';

export const CREATE_SNAPSHOT_KIND = {
  kind: 'snapshot.create',
  queue: 'provision',
  steps: ['create-snapshot', 'take', CLEAN_UP],
  cancellable: true,
  takes: ({ target, input }) => [{ type: 'snapshot', name: String(input.name), of: target.name }],
} as const satisfies OperationKind;

export const DELETE_SNAPSHOT_KIND = {
  kind: 'snapshot.delete',
  queue: 'provision',
  steps: ['delete-snapshot', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;
