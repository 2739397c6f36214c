import { parseCreatedBy } from '../../../kernel/created-by.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  VIRTUAL_MACHINE_RESTORE,
  VIRTUAL_MACHINE_SNAPSHOT,
  VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
} from '../../../platform/cluster/kinds.js';
import { ANNOTATION, identity, record, records, saidBy, text, texts } from '../cluster-reading.contract.js';
import type { Indication, ObservedContent, ObservedSnapshot } from '../domain/observed.js';
import type { ObservedRestore } from '../observed-restores.contract.js';
import { SNAPSHOT_STATES, type SnapshotState } from '../snapshots.contract.js';

export const snapshotViews: ViewDefinition<ObservedSnapshot> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT,
  project: observeSnapshot,
  indexes: { machine: ({ namespace, virtualMachine }) => [`${namespace}/${virtualMachine}`] },
  optional: true,
};

export const contentViews: ViewDefinition<ObservedContent> = {
  kind: VIRTUAL_MACHINE_SNAPSHOT_CONTENT,
  project: observeContent,
  indexes: { snapshot: ({ namespace, snapshot }) => [`${namespace}/${snapshot}`] },
  optional: true,
};

export const restoreViews: ViewDefinition<ObservedRestore> = {
  kind: VIRTUAL_MACHINE_RESTORE,
  project: observeRestore,
  indexes: { snapshot: ({ namespace, snapshot }) => [`${namespace}/${snapshot}`] },
  optional: true,
};

/** Snapshots that a clone makes on its way are nobody's: they are left out. */
export function observeSnapshot(object: KubeObject): ObservedSnapshot | null {
  const { metadata } = object;
  if (metadata.ownerReferences?.some(({ kind }) => kind === 'VirtualMachineClone')) return null;
  const spec = record(object.spec);
  const status = record(object.status);
  const volumes = record(status.snapshotVolumes);
  const source = record(spec.source);
  if (source.kind !== 'VirtualMachine') return null;
  const error = record(status.error);
  return {
    ...identity(object),
    virtualMachine: text(source.name) ?? '',
    sourceUid: text(status.sourceUID),
    state: metadata.deletionTimestamp ? 'Deleting' : stateOf(status),
    ready: status.readyToUse === true && !metadata.deletionTimestamp,
    labels: { ...metadata.labels },
    createdAt: metadata.creationTimestamp ?? '',
    content: text(status.virtualMachineSnapshotContentName),
    operationId: metadata.annotations?.[ANNOTATION.operationId] ?? null,
    createdBy: parseCreatedBy(object.metadata.annotations?.[ANNOTATION.createdBy]),
    deleting: Boolean(metadata.deletionTimestamp),
    indications: indicationsOf(status),
    includedVolumes: texts(volumes.includedVolumes),
    excludedVolumes: texts(volumes.excludedVolumes),
    failureDeadline: text(spec.failureDeadline, 32),
    takenAt: text(status.creationTime, 40),
    error: text(error.message, 512) ?? saidBy(status.conditions, 'Failure'),
    progress: saidBy(status.conditions, 'Progressing'),
  };
}

function stateOf(status: Record<string, unknown>): SnapshotState {
  const phase = SNAPSHOT_STATES.find((state) => state === status.phase);
  return phase ?? (status.phase === undefined ? 'InProgress' : 'Unknown');
}

/** `sourceIndications` say more, since KubeVirt 1.7; `indications` are there in every version. */
function indicationsOf(status: Record<string, unknown>): Indication[] {
  const told = new Map(
    records(status.sourceIndications).map(({ indication, message }) => [
      text(indication, 64) ?? '',
      text(message, 512),
    ]),
  );
  const names = new Set([...texts(status.indications), ...told.keys()]);
  return [...names].filter((name) => name !== '').map((name) => ({ name, message: told.get(name) ?? null }));
}

export function observeContent(object: KubeObject): ObservedContent {
  const spec = record(object.spec);
  const states = records(record(object.status).volumeSnapshotStatus);
  return {
    ...identity(object),
    snapshot: text(spec.virtualMachineSnapshotName) ?? '',
    volumes: records(spec.volumeBackups).map((backup) => {
      const claim = record(backup.persistentVolumeClaim);
      const state = states.find(({ volumeSnapshotName }) => volumeSnapshotName === backup.volumeSnapshotName);
      const size = record(record(record(claim.spec).resources).requests).storage;
      return {
        name: text(backup.volumeName, 63) ?? '',
        claim: text(record(claim.metadata).name) ?? '',
        size: typeof size === 'string' ? canonicalBytes(size) : null,
        ready: state?.readyToUse === true,
        error: text(record(state?.error).message, 512),
      };
    }),
  };
}

export function observeRestore(object: KubeObject): ObservedRestore {
  const spec = record(object.spec);
  const status = record(object.status);
  return {
    ...identity(object),
    target: text(record(spec.target).name) ?? '',
    snapshot: text(spec.virtualMachineSnapshotName) ?? '',
    operationId: object.metadata.annotations?.[ANNOTATION.operationId] ?? null,
    complete: status.complete === true,
    deleting: Boolean(object.metadata.deletionTimestamp),
    error: saidBy(status.conditions, 'Failure'),
    progress: saidBy(status.conditions, 'Progressing'),
  };
}
