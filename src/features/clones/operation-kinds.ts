import type { OperationKind } from '../operations/operations.contract.js';
import { CLEAN_UP } from '../snapshots/decisions.contract.js';
import { cloneTakes } from './domain/takes.js';

/** The new machine is what it is about. */
export const MACHINE_TARGET = 'virtual-machine';

export const CLONE_KIND = {
  kind: 'vm.clone',
  queue: 'provision',
  steps: ['copy', 'personalise', 'start', CLEAN_UP],
  cancellable: true,
  takes: cloneTakes,
} as const satisfies OperationKind;
