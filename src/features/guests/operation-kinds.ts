import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

/** The machine is what it is about. */
export const MACHINE_TARGET = 'virtual-machine';

export const SET_SSH_KEYS_KIND = {
  kind: 'vm.set-ssh-keys',
  queue: 'power',
  steps: ['write-keys', 'settle'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;
