import type { QueueName } from '../../platform/queue/job-queue.js';
import { kindOf, POWER_ACTIONS } from './domain/power.js';

/** What both process roles know of a kind of operation: the gateway begins it, the worker brings it about. */
export interface MachineOperationKind {
  kind: string;
  queue: QueueName;
  /** In the order a person would tell them; the first is asked at once. */
  steps: readonly string[];
  cancellable: boolean;
}

const powerSteps = (action: string): readonly string[] =>
  action === 'soft-reboot' || action === 'reset' ? ['request'] : ['request', 'settle'];

export const CREATE_KIND = {
  kind: 'vm.create',
  queue: 'provision',
  steps: ['check-source', 'create-machine', 'import-disk', 'start', 'clean-up'],
  cancellable: true,
} as const satisfies MachineOperationKind;

export const UPDATE_KIND = {
  kind: 'vm.update',
  queue: 'provision',
  steps: ['apply', 'settle'],
  cancellable: false,
} as const satisfies MachineOperationKind;

export const DELETE_KIND = {
  kind: 'vm.delete',
  queue: 'provision',
  steps: ['release-disks', 'delete-machine', 'wait-gone'],
  cancellable: false,
} as const satisfies MachineOperationKind;

export const POWER_KINDS: readonly MachineOperationKind[] = POWER_ACTIONS.map((action) => ({
  kind: kindOf(action),
  queue: 'power',
  steps: powerSteps(action),
  cancellable: false,
}));

export const MACHINE_OPERATION_KINDS: readonly MachineOperationKind[] = [
  CREATE_KIND,
  UPDATE_KIND,
  DELETE_KIND,
  ...POWER_KINDS,
];
