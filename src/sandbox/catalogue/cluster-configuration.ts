import type { NewObject, Untyped } from '../store/kube-object.js';

export const KUBEVIRT_VERSION = 'v1.9.0';
export const CDI_VERSION = 'v1.66.0';
export const STORAGE_CLASS = 'sandbox-local';
/** What local disks are like on many a cluster: one node, a filesystem, made on first use, no snapshots, no growth. */
export const PLAIN_STORAGE_CLASS = 'sandbox-plain';
export const SNAPSHOT_CLASS = 'sandbox-local';

const CDI_LABELS = {
  app: 'containerized-data-importer',
  'app.kubernetes.io/component': 'storage',
  'app.kubernetes.io/managed-by': 'cdi-controller',
  'cdi.kubevirt.io': '',
};

/** One object that every sandbox has, and the resource it is kept under. */
export interface SeedObject {
  resource: string;
  object: NewObject;
}

/** What operators would have installed: KubeVirt, CDI, a storage class with its profile, a snapshot class. */
export function clusterConfiguration(
  { provisioner, plainProvisioner }: { provisioner: string; plainProvisioner: string },
  now: string,
  { uploadProxyUrl }: { uploadProxyUrl?: string } = {},
): SeedObject[] {
  return [
    ...['default', 'kube-system', 'kubevirt', 'cdi'].map((name) => ({
      resource: 'namespaces',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    })),
    { resource: 'storageclasses.storage.k8s.io', object: storageClass(provisioner) },
    { resource: 'storageclasses.storage.k8s.io', object: plainStorageClass(plainProvisioner) },
    { resource: 'volumesnapshotclasses.snapshot.storage.k8s.io', object: snapshotClass(provisioner) },
    { resource: 'cdis.cdi.kubevirt.io', object: cdi(now) },
    { resource: 'cdiconfigs.cdi.kubevirt.io', object: cdiConfig(uploadProxyUrl) },
    { resource: 'storageprofiles.cdi.kubevirt.io', object: storageProfile(provisioner) },
    { resource: 'storageprofiles.cdi.kubevirt.io', object: plainStorageProfile(plainProvisioner) },
    { resource: 'kubevirts.kubevirt.io', object: kubevirt(now) },
  ];
}

function storageClass(provisioner: string): NewObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: STORAGE_CLASS,
      annotations: {
        'storageclass.kubernetes.io/is-default-class': 'true',
        'storageclass.kubevirt.io/is-default-virt-class': 'true',
      },
    },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    allowVolumeExpansion: true,
  };
}

function plainStorageClass(provisioner: string): NewObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: PLAIN_STORAGE_CLASS },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: false,
  };
}

function plainStorageProfile(provisioner: string): NewObject {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'StorageProfile',
    metadata: { name: PLAIN_STORAGE_CLASS, labels: CDI_LABELS },
    spec: {},
    status: {
      claimPropertySets: [{ accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }],
      cloneStrategy: 'copy',
      dataImportCronSourceFormat: 'pvc',
      provisioner,
      storageClass: PLAIN_STORAGE_CLASS,
    },
  };
}

function snapshotClass(provisioner: string): NewObject {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: {
      name: SNAPSHOT_CLASS,
      annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
    driver: provisioner,
    deletionPolicy: 'Delete',
  };
}

/** All nodes are this machine, so every disk can be shared between them. */
function storageProfile(provisioner: string): NewObject {
  const claimPropertySets = [
    { accessModes: ['ReadWriteMany'], volumeMode: 'Block' },
    { accessModes: ['ReadWriteOnce'], volumeMode: 'Block' },
    { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem' },
    { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
  ];
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'StorageProfile',
    metadata: { name: STORAGE_CLASS, labels: CDI_LABELS },
    spec: {},
    status: {
      claimPropertySets,
      cloneStrategy: 'snapshot',
      dataImportCronSourceFormat: 'pvc',
      provisioner,
      snapshotClass: SNAPSHOT_CLASS,
      storageClass: STORAGE_CLASS,
    },
  };
}

function cdi(now: string): NewObject {
  const condition = (type: string, status: string): Untyped => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    ...(type === 'Available' ? { reason: 'DeployCompleted', message: 'Deployment Completed' } : {}),
  });
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'CDI',
    metadata: { name: 'cdi', annotations: { 'cdi.kubevirt.io/configAuthority': '' } },
    spec: { config: { featureGates: ['HonorWaitForFirstConsumer'] }, imagePullPolicy: 'IfNotPresent' },
    status: {
      conditions: [
        condition('Available', 'True'),
        condition('Progressing', 'False'),
        condition('Degraded', 'False'),
      ],
      observedVersion: CDI_VERSION,
      operatorVersion: CDI_VERSION,
      targetVersion: CDI_VERSION,
      phase: 'Deployed',
    },
  };
}

function cdiConfig(uploadProxyUrl: string | undefined): NewObject {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'CDIConfig',
    metadata: { name: 'config', labels: CDI_LABELS },
    spec: { featureGates: ['HonorWaitForFirstConsumer'] },
    status: {
      // CDI's own default (pkg/common, DefaultGlobalOverhead); the disks of the sandbox's own class need none.
      filesystemOverhead: {
        global: '0.06',
        storageClass: { [STORAGE_CLASS]: '0', [PLAIN_STORAGE_CLASS]: '0.06' },
      },
      scratchSpaceStorageClass: STORAGE_CLASS,
      importProxy: {},
      ...(uploadProxyUrl ? { uploadProxyURL: uploadProxyUrl } : {}),
    },
  };
}

function kubevirt(now: string): NewObject {
  const condition = (type: string, status: string, what: string): Untyped => ({
    type,
    status,
    reason: `All${what}`,
    message: what === 'ComponentsReady' ? 'All components are ready.' : 'All resources were created.',
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: {
      certificateRotateStrategy: {},
      configuration: {
        // Beta gates are on from 1.9; these name what the sandbox does not do, so that clients can tell.
        developerConfiguration: {
          featureGates: [],
          disabledFeatureGates: ['Template'],
        },
        vmRolloutStrategy: 'LiveUpdate',
      },
      customizeComponents: {},
      imagePullPolicy: 'IfNotPresent',
      workloadUpdateStrategy: { workloadUpdateMethods: ['LiveMigrate'] },
    },
    status: {
      conditions: [
        condition('Available', 'True', 'ComponentsReady'),
        condition('Progressing', 'False', 'ComponentsReady'),
        condition('Degraded', 'False', 'ComponentsReady'),
        condition('Created', 'True', 'ResourcesCreated'),
      ],
      defaultArchitecture: 'amd64',
      observedGeneration: 1,
      observedKubeVirtRegistry: 'quay.io/kubevirt',
      observedKubeVirtVersion: KUBEVIRT_VERSION,
      operatorVersion: KUBEVIRT_VERSION,
      targetKubeVirtRegistry: 'quay.io/kubevirt',
      targetKubeVirtVersion: KUBEVIRT_VERSION,
      outdatedVirtualMachineInstanceWorkloads: 0,
      phase: 'Deployed',
    },
  };
}
