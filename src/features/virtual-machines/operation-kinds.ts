import { type OperationKind, takesNothing } from '../operations/operations.contract.js';
import { kindOf, POWER_ACTIONS } from './domain/power.js';
import { createTakes, startTakes, undeleteTakes, updateTakes } from './domain/takes.js';

// What both process roles know: the gateway begins an operation, the worker brings it about.

/** Asks once more, after the shutdown that a start has met. */
export const START_AGAIN = 'start-again';

function powerSteps(action: string): readonly string[] {
  if (action === 'soft-reboot' || action === 'reset') return ['request'];
  return action === 'start' ? ['request', START_AGAIN, 'settle'] : ['request', 'settle'];
}

export const CREATE_KIND = {
  kind: 'vm.create',
  queue: 'provision',
  steps: ['check-source', 'create-machine', 'import-disk', 'start', 'clean-up'],
  cancellable: true,
  takes: createTakes,
} as const satisfies OperationKind;

export const UPDATE_KIND = {
  kind: 'vm.update',
  queue: 'provision',
  steps: ['apply', 'settle'],
  cancellable: false,
  takes: updateTakes,
} as const satisfies OperationKind;

export const DELETE_KIND = {
  kind: 'vm.delete',
  queue: 'provision',
  steps: ['release-disks', 'delete-machine', 'delete-snapshots', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const TRASH_KIND = {
  kind: 'vm.trash',
  queue: 'provision',
  steps: ['trash', 'stop'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const UNDELETE_KIND = {
  kind: 'vm.undelete',
  queue: 'provision',
  steps: ['undelete'],
  cancellable: false,
  takes: undeleteTakes,
} as const satisfies OperationKind;

export const POWER_KINDS: readonly OperationKind[] = POWER_ACTIONS.map((action) => ({
  kind: kindOf(action),
  queue: 'power',
  steps: powerSteps(action),
  cancellable: false,
  takes: action === 'start' ? startTakes : takesNothing,
}));

export const MACHINE_OPERATION_KINDS: readonly OperationKind[] = [
  CREATE_KIND,
  UPDATE_KIND,
  DELETE_KIND,
  TRASH_KIND,
  UNDELETE_KIND,
  ...POWER_KINDS,
];
