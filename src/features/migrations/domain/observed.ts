import type { CreatedBy } from '../../../kernel/created-by.js';
import type { MoveCause } from '../../virtual-machines/moves.contract.js';

/** Compact views of cluster objects: only what the API shows or the state machine looks at. */
export interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** KubeVirt's phases of a VirtualMachineInstanceMigration (kubevirt.io/v1; the last two since 1.6). */
export const MIGRATION_STATES = [
  'Pending',
  'Scheduling',
  'Scheduled',
  'PreparingTarget',
  'TargetReady',
  'Running',
  'Succeeded',
  'Failed',
  'WaitingForSync',
  'Synchronizing',
] as const;
export type MigrationState = (typeof MIGRATION_STATES)[number];

export const isFinal = (state: MigrationState): boolean => state === 'Succeeded' || state === 'Failed';

/** How much memory and disk has gone over, in bytes, and how long the guest stood still, in milliseconds. */
export interface TransferProgress {
  total: number | null;
  transferred: number | null;
  remaining: number | null;
  downtimeMs: number | null;
}

/** `status.migrationState`: of an instance its latest migration, of a migration its own. Times are RFC 3339. */
export interface ObservedTransfer {
  migrationUid: string | null;
  /** `PreCopy`, `PostCopy` or `Paused`. */
  mode: string | null;
  sourceNode: string | null;
  targetNode: string | null;
  startedAt: string | null;
  endedAt: string | null;
  completed: boolean;
  failed: boolean;
  failureReason: string | null;
  abortRequested: boolean;
  /** `Succeeded`, `Failed` or `Aborting`. */
  abortStatus: string | null;
  policy: string | null;
}

/** VirtualMachineInstanceMigration, whoever made it. */
export interface ObservedMigration extends Observed {
  virtualMachine: string;
  state: MigrationState;
  createdAt: string;
  /** When it reached a final phase. */
  finishedAt: string | null;
  deleting: boolean;
  operationId: string | null;
  createdBy: CreatedBy | null;
  cause: MoveCause;
  abortRequested: boolean;
  /** Why the cluster does not begin it yet, in its words; null where nothing holds it. */
  held: string | null;
  transfer: ObservedTransfer | null;
  progress: TransferProgress | null;
}

/** VirtualMachineInstance as a migration looks at it. */
export interface ObservedInstance extends Observed {
  alive: boolean;
  running: boolean;
  deleting: boolean;
  node: string | null;
  labels: Readonly<Record<string, string>>;
  nodeSelector: Readonly<Record<string, string>>;
  /** Null while KubeVirt has not looked. */
  migratable: { value: boolean; reason: string | null; message: string | null } | null;
  transfer: ObservedTransfer | null;
}

/** Event about a migration. */
export interface ObservedMigrationEvent extends Observed {
  migrationUid: string;
  warning: boolean;
  message: string;
  at: string;
}

/** Node, as far as a migration may go there. */
export interface ObservedNode extends Observed {
  labels: Readonly<Record<string, string>>;
  ready: boolean;
  schedulable: boolean;
}
