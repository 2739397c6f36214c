import { parseBytes } from '../../../kernel/quantity.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { CLUSTER_INSTANCETYPE, INSTANCETYPE, STORAGE_CLASS } from '../../../platform/cluster/kinds.js';
import { identity, integer, record, text } from './reading.js';

/** How large a machine of the type is. */
export interface TypeSize extends Keyed {
  vcpus: bigint;
  memory: bigint;
}

export interface ClassView extends Keyed {
  isDefault: boolean;
  isDefaultForMachines: boolean;
  createdAt: string;
}

function typeSize(object: KubeObject): TypeSize {
  const { cpu, memory } = record(object.spec);
  return {
    ...identity(object),
    vcpus: BigInt(integer(record(cpu).guest) ?? 0),
    memory: parseBytes(String(record(memory).guest ?? '')) ?? 0n,
  };
}

export const CLUSTER_TYPE_SIZES: ViewDefinition<TypeSize> = {
  kind: CLUSTER_INSTANCETYPE,
  optional: true,
  project: typeSize,
};
export const TYPE_SIZES: ViewDefinition<TypeSize> = { kind: INSTANCETYPE, optional: true, project: typeSize };

export const CLASSES: ViewDefinition<ClassView> = {
  kind: STORAGE_CLASS,
  project: (object) => {
    const annotations = object.metadata.annotations ?? {};
    return {
      ...identity(object),
      isDefault: annotations['storageclass.kubernetes.io/is-default-class'] === 'true',
      isDefaultForMachines: annotations['storageclass.kubevirt.io/is-default-virt-class'] === 'true',
      createdAt: text(object.metadata.creationTimestamp) ?? '',
    };
  },
};
