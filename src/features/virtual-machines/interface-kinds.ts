import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

export const ATTACH_INTERFACE_KIND = {
  kind: 'vm.attach-interface',
  queue: 'provision',
  steps: ['attach', 'wait-ready', 'roll-back'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const DETACH_INTERFACE_KIND = {
  kind: 'vm.detach-interface',
  queue: 'provision',
  steps: ['detach', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;
