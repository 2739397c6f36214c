import { type OperationKind, takesNothing } from '../operations/operations.contract.js';
import { createTakes } from './domain/takes.js';

// What both process roles know: the gateway begins an operation, the worker brings it about.

export const CREATE_IMAGE_KIND = {
  kind: 'image.create',
  queue: 'provision',
  steps: ['check-source', 'create-image', 'import', 'publish', 'copy', 'withdraw', 'clean-up'],
  cancellable: true,
  takes: createTakes,
} as const satisfies OperationKind;

export const UPDATE_IMAGE_KIND = {
  kind: 'image.update',
  queue: 'provision',
  steps: ['apply', 'settle'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const SHARE_IMAGE_KIND = {
  kind: 'image.share',
  queue: 'provision',
  steps: ['publish', 'copy', 'withdraw'],
  cancellable: true,
  takes: takesNothing,
} as const satisfies OperationKind;

export const DELETE_IMAGE_KIND = {
  kind: 'image.delete',
  queue: 'provision',
  steps: ['withdraw', 'delete-image', 'wait-gone'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const IMAGE_OPERATION_KINDS: readonly OperationKind[] = [
  CREATE_IMAGE_KIND,
  UPDATE_IMAGE_KIND,
  SHARE_IMAGE_KIND,
  DELETE_IMAGE_KIND,
];
