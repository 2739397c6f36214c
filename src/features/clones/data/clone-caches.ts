import { Injectable } from '@nestjs/common';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { DATA_VOLUME, VIRTUAL_MACHINE_CLONE } from '../../../platform/cluster/kinds.js';
import { waitsForLostSource } from '../../../platform/import-policy/import-failure.js';
import {
  ANNOTATION,
  identity,
  record,
  records,
  saidBy,
  text,
} from '../../snapshots/cluster-reading.contract.js';
import type { ObservedClone, ObservedCopy } from '../domain/observed.js';

const cloneViews: ViewDefinition<ObservedClone> = {
  kind: VIRTUAL_MACHINE_CLONE,
  project: observeClone,
  optional: true,
};

const copyViews: ViewDefinition<ObservedCopy> = {
  kind: DATA_VOLUME,
  project: observeCopy,
  optional: true,
};

export function observeClone(object: KubeObject): ObservedClone {
  const status = record(object.status);
  const failed = records(status.conditions).find(
    ({ type, status: is }) => type === 'Ready' && is === 'False',
  );
  return {
    ...identity(object),
    target: text(record(record(object.spec).target).name) ?? '',
    operationId: object.metadata.annotations?.[ANNOTATION.operationId] ?? null,
    phase: text(status.phase, 64) ?? 'Unknown',
    message:
      saidBy(status.conditions, 'Progressing') ?? text(failed?.message, 512) ?? text(failed?.reason, 512),
    deleting: Boolean(object.metadata.deletionTimestamp),
  };
}

export function observeCopy(object: KubeObject): ObservedCopy | null {
  const status = record(object.status);
  const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine');
  if (!owner) return null;
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(status.progress ?? ''));
  const running = records(status.conditions).find(({ type }) => type === 'Running');
  const phase = text(status.phase, 64) ?? 'Pending';
  return {
    ...identity(object),
    owner: owner.name,
    phase,
    progress: percent ? Math.min(100, Number(percent[1])) : null,
    message: text(running?.message, 512),
    orphaned: waitsForLostSource({
      phase,
      running: {
        status: text(running?.status, 16) ?? '',
        reason: text(running?.reason, 128) ?? '',
        message: '',
      },
    }),
  };
}

/** The live copies of clones and of the disks that are being copied. */
@Injectable()
export class CloneCaches {
  readonly clones: ResourceCache<ObservedClone>;
  readonly copies: ResourceCache<ObservedCopy>;

  constructor(cache: ClusterCache) {
    this.clones = cache.define(cloneViews);
    this.copies = cache.define(copyViews);
  }

  /** Told with namespace and name of the machine that is being made. */
  onChange(listener: (namespace: string, machine: string) => void): () => void {
    const stops = [
      this.clones.onChange(({ view }) => listener(view.namespace, view.target)),
      this.copies.onChange(({ view }) => listener(view.namespace, view.owner)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
