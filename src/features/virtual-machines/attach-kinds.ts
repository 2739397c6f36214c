import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

export const ATTACH_KIND = {
  kind: 'vm.attach-disk',
  queue: 'provision',
  steps: ['attach', 'wait-ready', 'roll-back'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const DETACH_KIND = {
  kind: 'vm.detach-disk',
  queue: 'provision',
  steps: ['detach', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;
