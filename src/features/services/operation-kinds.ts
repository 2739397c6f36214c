import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

/** Services lock their machine: so the machine is what they are about. */
export const MACHINE_TARGET = 'virtual-machine';

export const EXPOSE_KIND = {
  kind: 'vm.expose',
  queue: 'power',
  steps: ['create-service', 'settle'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const UNEXPOSE_KIND = {
  kind: 'vm.unexpose',
  queue: 'power',
  steps: ['delete-service', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;
