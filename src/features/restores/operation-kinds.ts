import type { OperationKind } from '../operations/operations.contract.js';
import { CLEAN_UP } from '../snapshots/decisions.contract.js';
import { restoreTakes, restoreToNewTakes } from './domain/takes.js';

/** Both are about a machine, so that nothing else is done to it meanwhile. */
export const MACHINE_TARGET = 'virtual-machine';

/** In place: the machine becomes what it was. */
export const RESTORE_KIND = {
  kind: 'vm.restore',
  queue: 'provision',
  steps: ['stop', 'safety-snapshot', 'restore', 'start', CLEAN_UP],
  cancellable: true,
  takes: restoreTakes,
} as const satisfies OperationKind;

/** To a machine of another name, with an identity of its own. */
export const RESTORE_TO_NEW_KIND = {
  kind: 'vm.restore-to-new',
  queue: 'provision',
  steps: ['restore', 'personalise', 'start', CLEAN_UP],
  cancellable: true,
  takes: restoreToNewTakes,
} as const satisfies OperationKind;
