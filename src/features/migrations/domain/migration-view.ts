import type { CreatedBy } from '../../../kernel/created-by.js';
import type { MoveCause } from '../../virtual-machines/moves.contract.js';
import {
  isFinal,
  type MigrationState,
  type ObservedInstance,
  type ObservedMigration,
  type ObservedMigrationEvent,
  type ObservedTransfer,
} from './observed.js';

export const MIGRATION_MODES = ['PreCopy', 'PostCopy', 'Paused'] as const;

export interface MigrationBytes {
  total: number | null;
  transferred: number | null;
  remaining: number | null;
}

/** A migration as it is answered. Times are RFC 3339. */
export interface MigrationView {
  id: string;
  name: string;
  project: string;
  virtualMachine: string;
  state: MigrationState;
  cause: MoveCause;
  mode: string | null;
  sourceNode: string | null;
  targetNode: string | null;
  /** Null where the cluster does not tell. */
  bytes: MigrationBytes | null;
  downtimeMs: number | null;
  policy: string | null;
  /** Why it failed, or why it has to wait. */
  reason: string | null;
  cancelRequested: boolean;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  createdBy: CreatedBy | null;
  /** The operation that began it; null where nobody did through virtgate. */
  operation: string | null;
}

/**
 * The account of the transfer: the instance's is the newer one while it is of this migration; one that has ended has
 * its own, and the watch of instances may be behind it.
 */
export function transferOf(
  { uid, transfer }: Pick<ObservedMigration, 'uid' | 'transfer'>,
  instance: Pick<ObservedInstance, 'transfer'> | undefined,
): ObservedTransfer | null {
  if (transfer?.completed || transfer?.failed) return transfer;
  const live = instance?.transfer;
  return live?.migrationUid === uid ? live : transfer;
}

/** Why it failed, or why it has to wait, in the cluster's words; null where it says nothing. */
export function reasonOf(
  migration: ObservedMigration,
  transfer: ObservedTransfer | null,
  events: readonly ObservedMigrationEvent[],
): string | null {
  if (migration.state === 'Succeeded') return null;
  if (migration.state !== 'Failed') return migration.held ?? lastWarning(events);
  if (transfer?.abortStatus === 'Succeeded') return 'It was cancelled.';
  return transfer?.failureReason ?? lastWarning(events);
}

function lastWarning(events: readonly ObservedMigrationEvent[]): string | null {
  const warnings = events.filter(({ warning }) => warning);
  return warnings.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.message ?? null;
}

export function migrationView(
  migration: ObservedMigration,
  project: string,
  instance: ObservedInstance | undefined,
  events: readonly ObservedMigrationEvent[],
): MigrationView {
  const transfer = transferOf(migration, instance);
  const { progress } = migration;
  return {
    id: migration.uid,
    name: migration.name,
    project,
    virtualMachine: migration.virtualMachine,
    state: migration.state,
    cause: migration.cause,
    mode: transfer?.mode ?? (transfer?.startedAt ? 'PreCopy' : null),
    sourceNode: transfer?.sourceNode ?? null,
    targetNode: transfer?.targetNode ?? null,
    bytes: progress && {
      total: progress.total,
      transferred: progress.transferred,
      remaining: progress.remaining,
    },
    downtimeMs: progress?.downtimeMs ?? null,
    policy: transfer?.policy ?? null,
    reason: reasonOf(migration, transfer, events),
    cancelRequested: migration.abortRequested || transfer?.abortRequested === true,
    createdAt: migration.createdAt,
    startedAt: transfer?.startedAt ?? null,
    endedAt: isFinal(migration.state) ? (transfer?.endedAt ?? migration.finishedAt) : null,
    createdBy: migration.createdBy,
    operation: migration.operationId,
  };
}
