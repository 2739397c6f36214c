import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from '../../../platform/cluster/kinds.js';
import { isTrashed } from '../../access/trash.contract.js';
import { ANNOTATION, identity, record, records, text } from '../cluster-reading.contract.js';
import type { SourceInstance, SourceMachine } from '../source-machine.contract.js';

export const sourceMachineViews: ViewDefinition<SourceMachine> = {
  kind: VIRTUAL_MACHINE,
  project: observeSourceMachine,
};

export const sourceInstanceViews: ViewDefinition<SourceInstance> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: observeSourceInstance,
};

export function observeSourceMachine(object: KubeObject): SourceMachine {
  const spec = record(object.spec);
  const status = record(object.status);
  const able = records(status.volumeSnapshotStatuses);
  return {
    ...identity(object),
    deleting: Boolean(object.metadata.deletionTimestamp),
    trashed: isTrashed(object),
    operationId: object.metadata.annotations?.[ANNOTATION.operationId] ?? null,
    state: text(status.printableStatus, 64) ?? 'Provisioning',
    // `running` is the old way of saying it, and excludes runStrategy.
    runStrategy: text(spec.runStrategy, 32) ?? (spec.running === true ? 'Always' : 'Halted'),
    firmwareUuid: firmwareUuidOf(record(record(spec.template).spec)),
    volumes: records(record(record(spec.template).spec).volumes).map((volume) => {
      const said = able.find(({ name }) => name === volume.name);
      return {
        name: text(volume.name, 63) ?? '',
        claim: text(record(volume.dataVolume).name ?? record(volume.persistentVolumeClaim).claimName),
        canSnapshot: typeof said?.enabled === 'boolean' ? said.enabled : null,
        reason: text(said?.reason, 512),
      };
    }),
    snapshotInProgress: text(status.snapshotInProgress),
    restoreInProgress: text(status.restoreInProgress),
  };
}

export function observeSourceInstance(object: KubeObject): SourceInstance {
  const status = record(object.status);
  const phase = text(status.phase, 32) ?? 'Pending';
  return {
    ...identity(object),
    phase,
    deleting: Boolean(object.metadata.deletionTimestamp),
    alive: phase !== 'Succeeded' && phase !== 'Failed',
    frozen: status.fsFreezeStatus === 'frozen',
    firmwareUuid: firmwareUuidOf(record(object.spec)),
  };
}

const firmwareUuidOf = (spec: Record<string, unknown>): string | null =>
  text(record(record(spec.domain).firmware).uuid, 36);
