import { type OperationKind, takesNothing } from '../operations/operations.contract.js';

// What both process roles know: one begins an operation, the worker brings it about.

export const NODE_TARGET = 'node';

export const CORDON_KIND = {
  kind: 'node.cordon',
  queue: 'power',
  steps: ['cordon', 'confirm'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const UNCORDON_KIND = {
  kind: 'node.uncordon',
  queue: 'power',
  steps: ['uncordon', 'confirm'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

/** The last two only where it is cancelled or gives up: the node stays cordoned, and nothing more is evicted. */
export const DRAIN_KIND = {
  kind: 'node.drain',
  queue: 'power',
  steps: ['maintain', 'evacuate', 'stop-evicting', 'hold-cordoned'],
  cancellable: true,
  takes: takesNothing,
} as const satisfies OperationKind;

export const FENCE_KIND = {
  kind: 'node.fence',
  queue: 'power',
  steps: ['isolate', 'free', 'restart'],
  cancellable: false,
  takes: takesNothing,
} as const satisfies OperationKind;

export const NODE_KINDS = [CORDON_KIND, UNCORDON_KIND, DRAIN_KIND, FENCE_KIND] as const;
