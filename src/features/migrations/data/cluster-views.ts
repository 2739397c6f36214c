import { parseCreatedBy } from '../../../kernel/created-by.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  EVENT,
  NODE,
  VIRTUAL_MACHINE_INSTANCE,
  VIRTUAL_MACHINE_INSTANCE_MIGRATION,
} from '../../../platform/cluster/kinds.js';
import { moveCause } from '../../virtual-machines/moves.contract.js';
import { ANNOTATION } from '../domain/migration-manifest.js';
import {
  MIGRATION_STATES,
  type ObservedInstance,
  type ObservedMigration,
  type ObservedMigrationEvent,
  type ObservedNode,
  type ObservedTransfer,
  type TransferProgress,
} from '../domain/observed.js';
import { type Fields, fields, identity, list, texts, whole } from './reading.js';

export const migrationViews: ViewDefinition<ObservedMigration> = {
  kind: VIRTUAL_MACHINE_INSTANCE_MIGRATION,
  project: observeMigration,
  indexes: { machine: ({ namespace, virtualMachine }) => [`${namespace}/${virtualMachine}`] },
  optional: true,
};

export const instanceViews: ViewDefinition<ObservedInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeInstance,
};

export const migrationEventViews: ViewDefinition<ObservedMigrationEvent> = {
  kind: EVENT,
  project: observeMigrationEvent,
  fieldSelector: 'involvedObject.kind=VirtualMachineInstanceMigration',
  indexes: { migration: ({ migrationUid }) => [migrationUid] },
};

export const nodeViews: ViewDefinition<ObservedNode> = { kind: NODE, project: observeNode };

export function observeMigration(object: KubeObject): ObservedMigration {
  const { metadata } = object;
  const annotations = metadata.annotations ?? {};
  const spec = fields(object.spec);
  const status = fields(object.status);
  const finished = list(status.phaseTransitionTimestamps).find(
    ({ phase }) => phase === 'Succeeded' || phase === 'Failed',
  );
  return {
    ...identity(object),
    virtualMachine: cappedText(spec.vmiName) ?? '',
    state: MIGRATION_STATES.find((state) => state === status.phase) ?? 'Pending',
    createdAt: metadata.creationTimestamp ?? '',
    finishedAt: cappedText(finished?.phaseTransitionTimestamp, 40),
    deleting: Boolean(metadata.deletionTimestamp),
    operationId: annotations[ANNOTATION.operationId] ?? null,
    createdBy: parseCreatedBy(annotations[ANNOTATION.createdBy]),
    cause: moveCause({ ...metadata.labels, ...annotations }),
    abortRequested: saidBy(status, 'migrationAbortRequested') !== null || Boolean(metadata.deletionTimestamp),
    held: HOLDING.map((type) => saidBy(status, type)).find((said) => said !== null) ?? null,
    transfer: observeTransfer(status.migrationState),
    progress: observeProgress(annotations),
  };
}

/** Conditions of a migration that has to wait (1.1; the last two 1.8). */
const HOLDING = [
  'migrationRejectedByResourceQuota',
  'migrationBlockedByUtilityVolumes',
  'migrationBlockedByBackup',
];

/** A condition that is True: its message, else its reason, else its type; null where it is not. */
function saidBy(status: Fields, type: string): string | null {
  const found = list(status.conditions).find((one) => one.type === type && one.status === 'True');
  return found ? (cappedText(found.message, 512) ?? cappedText(found.reason, 128) ?? type) : null;
}

export function observeTransfer(value: unknown): ObservedTransfer | null {
  const state = fields(value);
  if (Object.keys(state).length === 0) return null;
  return {
    migrationUid: cappedText(state.migrationUid, 64),
    mode: cappedText(state.mode, 32),
    sourceNode: cappedText(state.sourceNode, 253),
    targetNode: cappedText(state.targetNode, 253),
    startedAt: cappedText(state.startTimestamp, 40),
    endedAt: cappedText(state.endTimestamp, 40),
    completed: state.completed === true,
    failed: state.failed === true,
    failureReason: cappedText(state.failureReason, 512),
    abortRequested: state.abortRequested === true,
    abortStatus: cappedText(state.abortStatus, 32),
    policy: cappedText(state.migrationPolicyName, 253),
  };
}

/**
 * KubeVirt tells how far a transfer is in Prometheus alone; who offers it on the object (the sandbox does) writes it
 * there as JSON.
 */
const PROGRESS_ANNOTATION = 'sandbox.virtgate.io/migration-progress';

export function observeProgress(annotations: Readonly<Record<string, string>>): TransferProgress | null {
  const text = annotations[PROGRESS_ANNOTATION];
  if (text === undefined || text.length > 1024) return null;
  try {
    const told = fields(JSON.parse(text));
    return {
      total: whole(told.total),
      transferred: whole(told.processed),
      remaining: whole(told.remaining),
      downtimeMs: whole(told.downtimeMs),
    };
  } catch {
    return null;
  }
}

export function observeInstance(object: KubeObject): ObservedInstance {
  const { metadata } = object;
  const status = fields(object.status);
  const phase = cappedText(status.phase, 32) ?? 'Pending';
  const alive = phase !== 'Succeeded' && phase !== 'Failed';
  const migratable = list(status.conditions).find(({ type }) => type === 'LiveMigratable');
  return {
    ...identity(object),
    alive,
    running: phase === 'Running' && !metadata.deletionTimestamp,
    deleting: Boolean(metadata.deletionTimestamp),
    node: cappedText(status.nodeName),
    labels: texts(metadata.labels),
    nodeSelector: texts(fields(object.spec).nodeSelector),
    migratable: migratable
      ? {
          value: migratable.status === 'True',
          reason: cappedText(migratable.reason, 128),
          message: cappedText(migratable.message, 512),
        }
      : null,
    transfer: observeTransfer(status.migrationState),
  };
}

/** What the controllers say of a migration: the reason of one that failed before its hand-over is told only here. */
export function observeMigrationEvent(object: KubeObject): ObservedMigrationEvent | null {
  const event = object as unknown as Fields;
  const involved = fields(event.involvedObject);
  const message = cappedText(event.message, 512);
  if (involved.kind !== 'VirtualMachineInstanceMigration' || message === null) return null;
  return {
    ...identity(object),
    migrationUid: cappedText(involved.uid, 64) ?? '',
    warning: event.type === 'Warning',
    message,
    at:
      cappedText(event.lastTimestamp, 40) ??
      cappedText(event.eventTime, 40) ??
      object.metadata.creationTimestamp ??
      '',
  };
}

export function observeNode(object: KubeObject): ObservedNode {
  const ready = list(fields(object.status).conditions).find(({ type }) => type === 'Ready');
  return {
    ...identity(object),
    labels: texts(object.metadata.labels),
    ready: ready?.status === 'True',
    schedulable: fields(object.spec).unschedulable !== true,
  };
}
