import { canonicalBytes } from '../../../kernel/quantity.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  CLUSTER_INSTANCETYPE,
  CLUSTER_PREFERENCE,
  STORAGE_CLASS,
  STORAGE_PROFILE,
} from '../../../platform/cluster/kinds.js';
import type { InstanceType, Preference } from '../domain/catalog-items.js';

export type InstanceTypeView = Keyed & { item: InstanceType };
export type PreferenceView = Keyed & { item: Preference };

export interface StorageClassView extends Keyed {
  provisioner: string;
  expandable: boolean;
  bindsOnFirstUse: boolean;
  isDefault: boolean;
  isDefaultForMachines: boolean;
  createdAt: string;
}

export interface StorageProfileView extends Keyed {
  sets: readonly { accessModes: readonly string[]; volumeMode: string | null }[];
  cloneStrategy: string | null;
  snapshotClass: string | null;
}

/** Objects are as their operators wrote them: any field may be missing or of another type. */
type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const integer = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
const has = (value: unknown): boolean => value !== undefined && value !== null;

const keyed = ({ metadata }: KubeObject): Keyed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

const label = ({ metadata }: KubeObject, name: string) =>
  text(metadata.labels?.[`instancetype.kubevirt.io/${name}`]);

export const INSTANCE_TYPES: ViewDefinition<InstanceTypeView> = {
  kind: CLUSTER_INSTANCETYPE,
  optional: true,
  project: (object) => {
    const { cpu, memory, gpus } = fields(object.spec);
    const cpus = integer(fields(cpu).guest);
    const guestMemory = canonicalBytes(String(fields(memory).guest ?? ''));
    // Both are required of an instance type; without them there is nothing to offer.
    if (cpus === null || guestMemory === null) return null;
    const { name } = object.metadata;
    return {
      ...keyed(object),
      item: {
        name,
        displayName: text(object.metadata.annotations?.['instancetype.kubevirt.io/displayName']),
        class: label(object, 'class'),
        series: name.includes('.') ? name.slice(0, name.indexOf('.')) : null,
        size: label(object, 'size'),
        cpus,
        memory: guestMemory,
        dedicatedCpus: fields(cpu).dedicatedCPUPlacement === true,
        hugePages: text(fields(fields(memory).hugepages).pageSize),
        gpus: list(gpus).flatMap((gpu) => text(fields(gpu).deviceName) ?? []),
      },
    };
  },
};

export const PREFERENCES: ViewDefinition<PreferenceView> = {
  kind: CLUSTER_PREFERENCE,
  optional: true,
  project: (object) => {
    const { devices, firmware, requirements } = fields(object.spec);
    const efi = fields(firmware).preferredEfi;
    const needs = fields(requirements);
    return {
      ...keyed(object),
      item: {
        name: object.metadata.name,
        displayName: text(object.metadata.annotations?.['openshift.io/display-name']),
        osType: label(object, 'os-type'),
        requiredCpus: integer(fields(needs.cpu).guest),
        requiredMemory: canonicalBytes(String(fields(needs.memory).guest ?? '')),
        diskBus: text(fields(devices).preferredDiskBus),
        interfaceModel: text(fields(devices).preferredInterfaceModel),
        // `preferredUseEfi` is the older spelling.
        efi: has(efi) || fields(firmware).preferredUseEfi === true,
        secureBoot: fields(efi).secureBoot === true || fields(firmware).preferredUseSecureBoot === true,
        tpm: has(fields(devices).preferredTPM),
      },
    };
  },
};

export const STORAGE_CLASSES: ViewDefinition<StorageClassView> = {
  kind: STORAGE_CLASS,
  project: (object) => {
    const { provisioner, allowVolumeExpansion, volumeBindingMode } = object as unknown as Fields;
    const annotations = object.metadata.annotations ?? {};
    return {
      ...keyed(object),
      provisioner: text(provisioner) ?? '',
      expandable: allowVolumeExpansion === true,
      bindsOnFirstUse: volumeBindingMode === 'WaitForFirstConsumer',
      isDefault: annotations['storageclass.kubernetes.io/is-default-class'] === 'true',
      isDefaultForMachines: annotations['storageclass.kubevirt.io/is-default-virt-class'] === 'true',
      createdAt: object.metadata.creationTimestamp ?? '',
    };
  },
};

export const STORAGE_PROFILES: ViewDefinition<StorageProfileView> = {
  kind: STORAGE_PROFILE,
  optional: true,
  project: (object) => {
    const { claimPropertySets, cloneStrategy, snapshotClass } = fields(object.status);
    return {
      ...keyed(object),
      sets: list(claimPropertySets).map((set) => ({
        accessModes: list(fields(set).accessModes).flatMap((mode) => text(mode) ?? []),
        volumeMode: text(fields(set).volumeMode),
      })),
      cloneStrategy: text(cloneStrategy),
      snapshotClass: text(snapshotClass),
    };
  },
};
