import type { CreatedBy } from '../../../kernel/created-by.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { SSH_ANNOTATION } from '../../ssh-keys/ssh-access.contract.js';
import { accessCredentials } from '../ssh-secret.contract.js';
import type { BootVolumeSource } from './boot-source.js';
import { EMPTY_USER_DATA } from './cloud-init.js';
import type { VirtualMachineSpec } from './create-body.js';
import { firmwareManifest, tpmPatch } from './firmware.js';
import { interfaceManifest } from './interfaces.js';
import { merged, withoutNulls } from './machine-features.js';
import {
  ANNOTATION,
  cloudInitSecretName,
  DELETE_PROTECTION_LABEL,
  firstSshSecretName,
  provenanceAnnotations,
  rootDiskName,
  sysprepSecretName,
} from './names.js';

export const ROOT_VOLUME = 'rootdisk';
export const CLOUD_INIT_VOLUME = 'cloudinitdisk';
export const SYSPREP_VOLUME = 'sysprep';

/** For whom and under which operation the objects are made. */
export interface Provenance {
  namespace: string;
  operationId: string;
  requestId: string;
  requestedBy: CreatedBy;
}

export interface ManifestObject extends KubeObject {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is proven against KubeVirt's published schemas instead.
  spec?: any;
  data?: Record<string, string>;
}

/**
 * The VirtualMachine of a checked spec. Only what is written here ever reaches the cluster: no field of a request
 * is copied through, so no volume type, annotation or pod setting that a tenant must not choose can be smuggled in.
 */
export function virtualMachineManifest(spec: VirtualMachineSpec, from: Provenance): ManifestObject {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: spec.name,
      namespace: from.namespace,
      labels: { ...spec.labels, ...(spec.deleteProtection && { [DELETE_PROTECTION_LABEL]: 'true' }) },
      annotations: {
        ...(spec.displayName !== null && { [ANNOTATION.displayName]: spec.displayName }),
        ...(spec.wantedRunStrategy !== null && { [ANNOTATION.runStrategy]: spec.wantedRunStrategy }),
        ...(spec.sshAccess && { [SSH_ANNOTATION]: JSON.stringify(spec.sshAccess) }),
        ...provenanceAnnotations(from),
      },
    },
    spec: {
      runStrategy: spec.runStrategy,
      ...('instanceType' in spec.size && { instancetype: instanceTypeMatcher(spec.size.instanceType) }),
      ...(spec.preference !== null && { preference: preferenceMatcher(spec.preference) }),
      dataVolumeTemplates: [rootDiskTemplate(spec, from)],
      template: {
        // On the instance too: there selectors look, of migration policies and services.
        metadata: { labels: { ...spec.labels, 'kubevirt.io/domain': spec.name } },
        spec: templateSpec(spec, from),
      },
    },
  };
}

export const instanceTypeMatcher = (name: string) => ({ kind: 'VirtualMachineClusterInstancetype', name });
const preferenceMatcher = (name: string) => ({ kind: 'VirtualMachineClusterPreference', name });

function rootDiskTemplate({ name, bootDisk, start }: VirtualMachineSpec, { namespace }: Provenance) {
  const { source, size, storageClass } = bootDisk;
  return {
    metadata: {
      name: rootDiskName(name),
      // Storage that waits for its first consumer would wait for as long as the machine is off.
      ...(!start && { annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' } }),
    },
    spec: {
      ...volumeSource(source, namespace),
      storage: {
        resources: { requests: { storage: size } },
        ...(storageClass !== null && { storageClassName: storageClass }),
      },
    },
  };
}

/** CDI's field for each source; an image is referred to, so that it may be a volume or a snapshot. */
function volumeSource(source: BootVolumeSource, namespace: string) {
  if ('dataSource' in source) return { sourceRef: { kind: 'DataSource', ...source.dataSource } };
  if ('registry' in source) return { source: { registry: { url: source.registry } } };
  if ('claim' in source) return { source: { pvc: { namespace, name: source.claim } } };
  if ('volumeSnapshot' in source) return { source: { snapshot: { namespace, name: source.volumeSnapshot } } };
  return { source: 'url' in source ? { http: { url: source.url } } : { blank: {} } };
}

function templateSpec(spec: VirtualMachineSpec, from: Provenance) {
  const cloudInit = cloudInitVolume(spec, from);
  // A preference may choose bus and model; without one, they are virtio.
  const bus = spec.preference === null ? { bus: 'virtio' } : {};
  const model = spec.preference === null ? 'virtio' : null;
  const nics = spec.interfaces.map((one) => interfaceManifest(one, from.operationId, model));
  const template = {
    domain: {
      ...('cpus' in spec.size && {
        cpu: cpuTopology(spec.size.cpus),
        memory: { guest: spec.size.memory },
      }),
      ...firmwareManifest(spec.firmware),
      devices: {
        autoattachSerialConsole: true,
        disks: [
          { name: ROOT_VOLUME, bootOrder: spec.bootDisk.bootOrder, disk: { ...bus } },
          ...(cloudInit ? [{ name: CLOUD_INIT_VOLUME, disk: { ...bus } }] : []),
          ...(spec.sysprep
            ? [{ name: SYSPREP_VOLUME, cdrom: spec.preference === null ? { bus: 'sata' } : {} }]
            : []),
        ],
        ...(nics.length > 0
          ? { interfaces: nics.map(({ device }) => device) }
          : { autoattachPodInterface: false }),
        rng: {},
        ...(withoutNulls(tpmPatch(spec.tpm, spec.preference)) as object),
      },
    },
    ...(nics.length > 0 && { networks: nics.map(({ network }) => network) }),
    volumes: [
      { name: ROOT_VOLUME, dataVolume: { name: rootDiskName(spec.name) } },
      ...(cloudInit ? [cloudInit] : []),
      ...(spec.sysprep ? [sysprepVolume(spec, from)] : []),
    ],
    ...(spec.sshAccess && {
      accessCredentials: accessCredentials(
        [],
        firstSshSecretName(spec.name, from.operationId),
        spec.sshAccess.user,
      ),
    }),
  };
  return merged(template, spec.features);
}

/** One socket per cpu: sockets are what KubeVirt can add to a running machine. */
export const cpuTopology = (cpus: number) => ({ sockets: cpus, cores: 1, threads: 1 });

/** An image learns its host name from the datasource, so it gets one even where there is no user data. */
function cloudInitVolume(spec: VirtualMachineSpec, from: Provenance) {
  if (spec.userData !== null) {
    const secretRef = { name: cloudInitSecretName(spec.name, from.operationId) };
    const networkDataSecretRef = spec.networkData === null ? {} : { networkDataSecretRef: secretRef };
    return { name: CLOUD_INIT_VOLUME, cloudInitNoCloud: { secretRef, ...networkDataSecretRef } };
  }
  if ('blank' in spec.bootDisk.source) return null;
  return { name: CLOUD_INIT_VOLUME, cloudInitNoCloud: { userData: EMPTY_USER_DATA } };
}

/** A CD, where Windows' setup looks for answers. */
const sysprepVolume = ({ name }: VirtualMachineSpec, { operationId }: Provenance) => ({
  name: SYSPREP_VOLUME,
  sysprep: { secret: { name: sysprepSecretName(name, operationId) } },
});
