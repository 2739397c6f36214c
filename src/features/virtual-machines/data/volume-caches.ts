import { Injectable } from '@nestjs/common';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_INSTANCE } from '../../../platform/cluster/kinds.js';
import { bootVolumeOf, claimOf, emptyDrivesOf, type VolumeStatus } from '../domain/attachment.js';
import { list, record } from './reading.js';

/** The volumes of a machine, or of its instance, and how far the cluster is with each. */
export interface ObservedVolumes extends Keyed {
  volumes: VolumeStatus[];
  bootVolume: string | null;
  /** CD-ROM drives without a disc. */
  emptyDrives: string[];
}

const identity = ({ metadata }: KubeObject): Keyed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

const disksOf = (template: Record<string, unknown>): Record<string, unknown>[] =>
  list(record(record(template.domain).devices).disks)
    .slice(0, 128)
    .map(record);

function volumesOf(template: Record<string, unknown>, status: Record<string, unknown>): VolumeStatus[] {
  const told = list(status.volumeStatus).map(record);
  const disks = disksOf(template);
  return list(template.volumes)
    .slice(0, 128)
    .map(record)
    .map((volume) => {
      const name = cappedText(volume.name, 63) ?? '';
      const source = record(volume.dataVolume ?? volume.persistentVolumeClaim);
      const found = told.find((one) => one.name === name);
      const hotpluggable = source.hotpluggable === true;
      return {
        volume: name,
        claim: claimOf(volume),
        cdrom: disks.some((disk) => disk.name === volume.name && disk.cdrom !== undefined),
        hotpluggable,
        phase: hotpluggable ? (cappedText(found?.phase, 32) ?? 'Pending') : null,
        reason: cappedText(found?.reason, 128),
        message: cappedText(found?.message, 512),
      };
    });
}

const observe = (template: Record<string, unknown>, status: Record<string, unknown>) => ({
  volumes: volumesOf(template, status),
  bootVolume: bootVolumeOf(disksOf(template)),
  emptyDrives: emptyDrivesOf(disksOf(template), list(template.volumes).map(record)),
});

const machineVolumeViews: ViewDefinition<ObservedVolumes> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => ({
    ...identity(object),
    ...observe(record(record(record(object.spec).template).spec), {}),
  }),
};
const instanceVolumeViews: ViewDefinition<ObservedVolumes> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: (object) => ({
    ...identity(object),
    ...observe(record(object.spec), record(object.status)),
  }),
};

/** The live copies of what machines have plugged in. */
@Injectable()
export class VolumeCaches {
  readonly machines: ResourceCache<ObservedVolumes>;
  readonly instances: ResourceCache<ObservedVolumes>;

  constructor(cache: ClusterCache) {
    this.machines = cache.define(machineVolumeViews);
    this.instances = cache.define(instanceVolumeViews);
  }
}
