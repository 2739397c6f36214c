import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

// What both process roles know: the gateway begins an operation, the worker brings it about.

/** Migrations lock their machine: so the machine is what they are about. */
export const MACHINE_TARGET = 'virtual-machine';

/** Takes the migration back where it has to end without success. */
export const ABORT = 'aborting';

/** Takes nothing of a quota: the namespace's own has room for a second pod (quotas/domain/namespace-budget.ts). */
export const MIGRATE_KIND = {
  kind: 'vm.migrate',
  queue: 'power',
  steps: ['scheduling', 'preparing', 'transferring', 'switching', ABORT],
  cancellable: true,
  takes: takesNothing,
} as const satisfies OperationKind;
