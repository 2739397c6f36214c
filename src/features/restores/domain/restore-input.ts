import { createHash } from 'node:crypto';
import type { OperationRecord } from '../../operations/operations.contract.js';

/** Of `vm.restore`. */
export interface RestoreInput {
  snapshot: string;
  /** Of the machine. */
  uid: string;
  /** It was running, or starting, when the restore was begun. */
  ran: boolean;
  runStrategy: string;
  safetySnapshot: boolean;
  force: boolean;
}

/** Of `vm.restore-to-new`. */
export interface RestoreToNewInput {
  snapshot: string;
  newName: string;
  start: boolean;
  freshMacs: boolean;
  hostname: string;
}

export const restoreInput = (operation: OperationRecord): RestoreInput =>
  operation.input as unknown as RestoreInput;
export const restoreToNewInput = (operation: OperationRecord): RestoreToNewInput =>
  operation.input as unknown as RestoreToNewInput;

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);

/** Deterministic, so that what is asked twice meets its own work. */
export const restoreName = (operationId: string): string => `restore-${short(operationId)}`;
export const safetySnapshotName = (machine: string, operationId: string): string =>
  `${machine.slice(0, 40)}-before-${short(operationId)}`;

/**
 * What the machine's run strategy is to be afterwards. A machine that was off must not be started by its strategy:
 * only Manual says neither.
 */
export const strategyAfter = ({ ran, runStrategy }: Pick<RestoreInput, 'ran' | 'runStrategy'>): string => {
  if (ran) return runStrategy === 'Halted' ? 'Always' : runStrategy;
  return runStrategy === 'Manual' ? 'Manual' : 'Halted';
};
