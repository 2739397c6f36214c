import { type OperationKind, takesNothing } from '../operations/operations.contract.js';
import { createTakes, dumpTakes } from './domain/takes.js';

// What both process roles know: the gateway begins an operation, the worker brings it about.

export const CREATE_KIND = {
  kind: 'export.create',
  queue: 'provision',
  steps: ['create-export', 'wait-ready', 'clean-up'],
  cancellable: true,
  takes: createTakes,
} as const satisfies OperationKind;

export const DELETE_KIND = {
  kind: 'export.delete',
  queue: 'provision',
  steps: ['delete-export', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const DUMP_KIND = {
  kind: 'vm.memory-dump',
  queue: 'provision',
  steps: ['create-disk', 'request', 'dump', 'clean-up'],
  cancellable: false,
  takes: dumpTakes,
} as const satisfies OperationKind;

export const REMOVE_DUMP_KIND = {
  kind: 'vm.memory-dump.remove',
  queue: 'provision',
  steps: ['request', 'release', 'delete-disk'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const EXPORT_OPERATION_KINDS: readonly OperationKind[] = [
  CREATE_KIND,
  DELETE_KIND,
  DUMP_KIND,
  REMOVE_DUMP_KIND,
];
