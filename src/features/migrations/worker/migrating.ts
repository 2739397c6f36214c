import type { FailureRecord } from '../../../kernel/failure.js';
import { formatBytes } from '../../../kernel/quantity.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import {
  migrationFailed,
  migrationNoNode,
  migrationQuota,
  migrationTimeout,
  migrationVanished,
  migrationVmStopped,
} from '../domain/failures.js';
import { transferOf } from '../domain/migration-view.js';
import type {
  MigrationState,
  ObservedInstance,
  ObservedMigration,
  ObservedTransfer,
} from '../domain/observed.js';
import { ABORT } from '../operation-kinds.js';

export interface MigrateInput {
  /** Of what ran when it was begun. */
  instanceUid: string;
  targetNode: string | null;
  nodeHostname: string | null;
}

export const migrateInput = (operation: OperationRecord): MigrateInput =>
  operation.input as unknown as MigrateInput;

export interface MigratingObserved {
  /** Only the one that this operation made. */
  migration: ObservedMigration | undefined;
  /** In the cluster's words. */
  reason: string | null;
  instance: ObservedInstance | undefined;
}

/** How long the watch may lag behind what was asked, or one kind's watch behind another's. */
const SEEN_LIMIT_MS = 60_000;
/** KubeVirt waits for a quota's room as long as it takes; a person does not. */
const QUOTA_LIMIT_MS = 10 * 60_000;
/** Behind others, by the cluster's limits. */
const QUEUE_LIMIT_MS = 6 * 3600_000;

const STEP: Partial<Record<MigrationState, string>> = {
  PreparingTarget: 'preparing',
  Scheduled: 'preparing',
  TargetReady: 'preparing',
  Running: 'transferring',
  Synchronizing: 'transferring',
};

/** The decision of `vm.migrate`. Pure. */
export function nextOfMigrating(
  operation: OperationRecord,
  observed: MigratingObserved,
  now: Date,
): Decision {
  if (isRequested(operation, ABORT)) return afterAbort(operation, observed, now);
  const asked = operation.asked.scheduling;
  if (!asked) return { do: 'wait', step: 'scheduling' };
  if (asked.refusal) return refused(asked.refusal);
  const { migration } = observed;
  const waitedMs = sinceAsked(operation, 'scheduling', now);
  const transfer = transferOf(
    { uid: asked.notes.uid ?? '', transfer: migration?.transfer ?? null },
    observed.instance,
  );
  if (!migration) return withoutMigration(observed, transfer, waitedMs);
  if (migration.state === 'Succeeded') return succeeded(operation, observed, transfer);
  if (migration.state === 'Failed') return fail(whyFailed(observed, transfer));
  if (operation.cancelRequested) return abort('cancelled');
  if (migration.deleting) {
    return { do: 'wait', step: 'transferring', message: 'It is being cancelled', recheckMs: 5000 };
  }
  if (migration.state === 'Pending') return pending(migration, waitedMs);
  return underWay(migration, transfer);
}

/** A refusal of the cluster made nothing; after the last try, or where a cancel came before the next one, nobody knows. */
function refused(refusal: FailureRecord): Decision {
  if (refusal.code === 'operation.cancelled') return abort('cancelled');
  return refusal.code === 'operation.exhausted'
    ? abort(`${refusal.code}: ${refusal.message}`)
    : fail(refusal);
}

/** Its object has not been seen yet, or somebody has deleted it. */
function withoutMigration(
  { instance }: MigratingObserved,
  transfer: ObservedTransfer | null,
  waitedMs: number,
): Decision {
  if (transfer?.completed && !transfer.failed) return { do: 'succeed', result: resultOf(instance, transfer) };
  // The watch of migrations may be behind the answer to their making.
  if (waitedMs < SEEN_LIMIT_MS && !transfer?.endedAt) {
    return { do: 'wait', step: 'scheduling', recheckMs: 5000 };
  }
  return fail(failureRecord(instance?.alive ? migrationVanished : migrationVmStopped));
}

function succeeded(
  operation: OperationRecord,
  { instance }: MigratingObserved,
  transfer: ObservedTransfer | null,
): Decision {
  const moved =
    !instance?.alive ||
    instance.uid !== migrateInput(operation).instanceUid ||
    transfer?.targetNode === null ||
    instance.node === transfer?.targetNode;
  // A reader sees the machine, so it is the machine that has to say so.
  if (!moved) return { do: 'wait', step: 'switching', progress: 95, recheckMs: 2000 };
  return { do: 'succeed', result: resultOf(instance, transfer) };
}

function pending({ held }: ObservedMigration, waitedMs: number): Decision {
  if (held !== null && waitedMs > QUOTA_LIMIT_MS) {
    return abort(`${migrationQuota.definition.code}: ${held}`);
  }
  if (waitedMs > QUEUE_LIMIT_MS) {
    return abort(`${migrationTimeout.definition.code}: It did not get its turn among other migrations.`);
  }
  const message = held ?? 'Waiting for its turn among other migrations';
  return { do: 'wait', step: 'scheduling', message, recheckMs: 10_000 };
}

function underWay(migration: ObservedMigration, transfer: ObservedTransfer | null): Decision {
  const { state, progress } = migration;
  if (transfer?.completed) return { do: 'wait', step: 'switching', progress: 95, recheckMs: 2000 };
  const step = STEP[state] ?? 'scheduling';
  if (step === 'scheduling') return { do: 'wait', step, progress: 5, message: state, recheckMs: 10_000 };
  if (step === 'preparing') return { do: 'wait', step, progress: 10, message: state, recheckMs: 10_000 };
  const done = shareOf(progress?.transferred ?? null, progress?.remaining ?? null);
  return {
    do: 'wait',
    step,
    progress: done === null ? 10 : 10 + done * 80,
    message: [transfer?.mode ?? 'PreCopy', bytesText(progress?.transferred, progress?.remaining)]
      .filter(Boolean)
      .join(', '),
    recheckMs: 10_000,
  };
}

/** Of what is still to go over, for a guest goes on writing: it may fall as well as rise. */
const shareOf = (transferred: number | null, remaining: number | null): number | null =>
  transferred === null || remaining === null || transferred + remaining === 0
    ? null
    : transferred / (transferred + remaining);

const MIB = 1024 * 1024;
const inMib = (bytes: number): string => formatBytes(BigInt(Math.ceil(bytes / MIB) * MIB));

function bytesText(transferred: number | null | undefined, remaining: number | null | undefined): string {
  if (typeof transferred !== 'number' || typeof remaining !== 'number') return '';
  return `${inMib(transferred)} transferred, ${inMib(remaining)} remaining`;
}

const resultOf = (instance: ObservedInstance | undefined, transfer: ObservedTransfer | null) => ({
  sourceNode: transfer?.sourceNode ?? null,
  node: transfer?.targetNode ?? instance?.node ?? null,
  mode: transfer?.mode ?? 'PreCopy',
  startedAt: transfer?.startedAt ?? null,
  endedAt: transfer?.endedAt ?? null,
});

/** The cluster's reason in the words of our codes. @see KubeVirt pkg/virt-controller/watch/migration, virt-launcher's monitor */
function whyFailed(
  { reason, instance }: MigratingObserved,
  transfer: ObservedTransfer | null,
): FailureRecord {
  const said = reason ?? transfer?.failureReason ?? null;
  const message = said === null ? undefined : `The migration failed: ${said}`;
  if (transfer?.abortStatus === 'Succeeded' && transfer.abortRequested)
    return failureRecord(migrationVanished);
  if (!instance?.alive || /vmi shutdown during migration/i.test(said ?? '')) {
    return failureRecord(migrationVmStopped, message);
  }
  if (/stuck for|not completed after|timed? ?out|timeout period exceeded/i.test(said ?? '')) {
    const unplaced = /pod .*timeout period exceeded|unschedulable/i.test(said ?? '');
    return failureRecord(unplaced ? migrationNoNode : migrationTimeout, message);
  }
  if (/unschedulable|no node/i.test(said ?? '')) return failureRecord(migrationNoNode, message);
  return failureRecord(migrationFailed, message);
}

/** Why is kept as the message of the step, for what it was read from is gone when the abort is done. */
const abort = (why: string): Decision => ({
  do: 'act',
  step: ABORT,
  message: why,
  leaving: why === 'cancelled' ? 'SKIPPED' : 'FAILED',
});

/** The cluster may be too late to abort: then the machine has moved, and that is what is told. */
function afterAbort(operation: OperationRecord, observed: MigratingObserved, now: Date): Decision {
  const why = operation.steps.find(({ name }) => name === ABORT)?.message ?? 'cancelled';
  const { migration, instance } = observed;
  const asked = operation.asked[ABORT];
  if (!asked) return { do: 'wait', step: ABORT, message: why };
  const uid = asked.notes.uid ?? operation.asked.scheduling?.notes.uid ?? '';
  const transfer = transferOf({ uid, transfer: migration?.transfer ?? null }, instance);
  if (migration?.state === 'Succeeded') return succeeded(operation, observed, transfer);
  // Nothing half-made stays, however long the cluster is away.
  if (asked.refusal?.code === 'operation.exhausted') return abort(why);
  const waitedMs = sinceAsked(operation, ABORT, now);
  const ends = transfer && !transfer.completed && !transfer.failed && instance?.alive;
  const lagging = !migration && ends && waitedMs < SEEN_LIMIT_MS;
  if (!asked.refusal && (lagging || (migration && migration.state !== 'Failed'))) {
    return { do: 'wait', step: ABORT, message: why, recheckMs: 2000 };
  }
  if (!migration && transfer?.completed && !transfer.failed) {
    return { do: 'succeed', result: resultOf(instance, transfer) };
  }
  if (asked.refusal) return fail(asked.refusal);
  return why === 'cancelled' ? { do: 'cancelled' } : fail(reasonFrom(why));
}

const CAUSES = [migrationQuota, migrationTimeout];

function reasonFrom(why: string): FailureRecord {
  const [, code = '', message = why] = /^([a-z_-]+\.[a-z_]+): ([\s\S]+)$/.exec(why) ?? [];
  const known = CAUSES.find(({ definition }) => definition.code === code);
  return known
    ? failureRecord(known, message)
    : { code: code || migrationFailed.definition.code, message, hint: null };
}
