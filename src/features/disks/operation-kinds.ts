import { type OperationKind, takesNothing } from '../operations/operations.contract.js';
import { createTakes, expandTakes } from './domain/takes.js';

// What both process roles know: the gateway begins an operation, the worker brings it about.

export const CREATE_DISK_KIND = {
  kind: 'disk.create',
  queue: 'provision',
  // `drop-access` only where the import read credentials or certificates.
  steps: ['check-source', 'create-disk', 'fill', 'drop-access', 'clean-up'],
  cancellable: true,
  takes: createTakes,
} as const satisfies OperationKind;

/** Labels and display name. */
export const UPDATE_DISK_KIND = {
  kind: 'disk.update',
  queue: 'provision',
  steps: ['apply'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

/** The size, and with it whatever else a PATCH says. */
export const EXPAND_DISK_KIND = {
  kind: 'disk.expand',
  queue: 'provision',
  steps: ['apply', 'grow'],
  cancellable: false,
  takes: expandTakes,
} as const satisfies OperationKind;

export const DELETE_DISK_KIND = {
  kind: 'disk.delete',
  queue: 'provision',
  steps: ['delete-disk', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

/** The bytes pass through the gateway; this follows them. */
export const UPLOAD_DISK_KIND = {
  kind: 'disk.upload',
  queue: 'provision',
  steps: ['receive', 'process', 'clean-up'],
  cancellable: true,
  takes: takesNothing,
} as const satisfies OperationKind;

export const DISK_OPERATION_KINDS: readonly OperationKind[] = [
  CREATE_DISK_KIND,
  UPDATE_DISK_KIND,
  EXPAND_DISK_KIND,
  DELETE_DISK_KIND,
  UPLOAD_DISK_KIND,
];
