import type { ResourceKind } from './cluster-client.js';

/**
 * The kinds that virtgate speaks, with the versions it can speak, best first. Which one is used is decided by
 * discovery, never here: KubeVirt 1.3 to 1.9 serve different sets.
 */
function kind(
  group: string,
  versions: readonly string[],
  plural: string,
  name: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): ResourceKind {
  return Object.freeze({ group, versions, plural, kind: name, namespaced: scope === 'namespaced' });
}

// Kubernetes core
export const NAMESPACE = kind('', ['v1'], 'namespaces', 'Namespace', 'cluster');
export const NODE = kind('', ['v1'], 'nodes', 'Node', 'cluster');
export const POD = kind('', ['v1'], 'pods', 'Pod');
export const SERVICE = kind('', ['v1'], 'services', 'Service');
export const SECRET = kind('', ['v1'], 'secrets', 'Secret');
export const CONFIG_MAP = kind('', ['v1'], 'configmaps', 'ConfigMap');
export const EVENT = kind('', ['v1'], 'events', 'Event');
export const PERSISTENT_VOLUME_CLAIM = kind('', ['v1'], 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const PERSISTENT_VOLUME = kind('', ['v1'], 'persistentvolumes', 'PersistentVolume', 'cluster');
export const RESOURCE_QUOTA = kind('', ['v1'], 'resourcequotas', 'ResourceQuota');
export const LIMIT_RANGE = kind('', ['v1'], 'limitranges', 'LimitRange');
export const SERVICE_ACCOUNT = kind('', ['v1'], 'serviceaccounts', 'ServiceAccount');

// Kubernetes, named groups
export const ROLE_BINDING = kind('rbac.authorization.k8s.io', ['v1'], 'rolebindings', 'RoleBinding');
export const CLUSTER_ROLE = kind(
  'rbac.authorization.k8s.io',
  ['v1'],
  'clusterroles',
  'ClusterRole',
  'cluster',
);
export const CLUSTER_ROLE_BINDING = kind(
  'rbac.authorization.k8s.io',
  ['v1'],
  'clusterrolebindings',
  'ClusterRoleBinding',
  'cluster',
);
export const TOKEN_REVIEW = kind('authentication.k8s.io', ['v1'], 'tokenreviews', 'TokenReview', 'cluster');
export const STORAGE_CLASS = kind('storage.k8s.io', ['v1'], 'storageclasses', 'StorageClass', 'cluster');
export const VOLUME_SNAPSHOT_CLASS = kind(
  'snapshot.storage.k8s.io',
  ['v1'],
  'volumesnapshotclasses',
  'VolumeSnapshotClass',
  'cluster',
);
export const NETWORK_ATTACHMENT_DEFINITION = kind(
  'k8s.cni.cncf.io',
  ['v1'],
  'network-attachment-definitions',
  'NetworkAttachmentDefinition',
);

// KubeVirt
export const VIRTUAL_MACHINE = kind('kubevirt.io', ['v1'], 'virtualmachines', 'VirtualMachine');
export const VIRTUAL_MACHINE_INSTANCE = kind(
  'kubevirt.io',
  ['v1'],
  'virtualmachineinstances',
  'VirtualMachineInstance',
);
export const VIRTUAL_MACHINE_INSTANCE_MIGRATION = kind(
  'kubevirt.io',
  ['v1'],
  'virtualmachineinstancemigrations',
  'VirtualMachineInstanceMigration',
);
/** The operator's own object; one per cluster, in a namespace of the operator's choice. */
export const KUBEVIRT = kind('kubevirt.io', ['v1'], 'kubevirts', 'KubeVirt');
export const INSTANCETYPE = kind(
  'instancetype.kubevirt.io',
  ['v1beta1'],
  'virtualmachineinstancetypes',
  'VirtualMachineInstancetype',
);
export const CLUSTER_INSTANCETYPE = kind(
  'instancetype.kubevirt.io',
  ['v1beta1'],
  'virtualmachineclusterinstancetypes',
  'VirtualMachineClusterInstancetype',
  'cluster',
);
export const PREFERENCE = kind(
  'instancetype.kubevirt.io',
  ['v1beta1'],
  'virtualmachinepreferences',
  'VirtualMachinePreference',
);
export const CLUSTER_PREFERENCE = kind(
  'instancetype.kubevirt.io',
  ['v1beta1'],
  'virtualmachineclusterpreferences',
  'VirtualMachineClusterPreference',
  'cluster',
);
export const VIRTUAL_MACHINE_SNAPSHOT = kind(
  'snapshot.kubevirt.io',
  ['v1beta1', 'v1alpha1'],
  'virtualmachinesnapshots',
  'VirtualMachineSnapshot',
);
export const VIRTUAL_MACHINE_SNAPSHOT_CONTENT = kind(
  'snapshot.kubevirt.io',
  ['v1beta1', 'v1alpha1'],
  'virtualmachinesnapshotcontents',
  'VirtualMachineSnapshotContent',
);
export const VIRTUAL_MACHINE_RESTORE = kind(
  'snapshot.kubevirt.io',
  ['v1beta1', 'v1alpha1'],
  'virtualmachinerestores',
  'VirtualMachineRestore',
);
export const VIRTUAL_MACHINE_EXPORT = kind(
  'export.kubevirt.io',
  ['v1', 'v1beta1', 'v1alpha1'],
  'virtualmachineexports',
  'VirtualMachineExport',
);
export const VIRTUAL_MACHINE_CLONE = kind(
  'clone.kubevirt.io',
  ['v1beta1', 'v1alpha1'],
  'virtualmachineclones',
  'VirtualMachineClone',
);
export const VIRTUAL_MACHINE_POOL = kind(
  'pool.kubevirt.io',
  ['v1beta1', 'v1alpha1'],
  'virtualmachinepools',
  'VirtualMachinePool',
);
export const MIGRATION_POLICY = kind(
  'migrations.kubevirt.io',
  ['v1alpha1'],
  'migrationpolicies',
  'MigrationPolicy',
  'cluster',
);

// CDI
export const DATA_VOLUME = kind('cdi.kubevirt.io', ['v1beta1'], 'datavolumes', 'DataVolume');
export const DATA_SOURCE = kind('cdi.kubevirt.io', ['v1beta1'], 'datasources', 'DataSource');
export const DATA_IMPORT_CRON = kind('cdi.kubevirt.io', ['v1beta1'], 'dataimportcrons', 'DataImportCron');
export const STORAGE_PROFILE = kind(
  'cdi.kubevirt.io',
  ['v1beta1'],
  'storageprofiles',
  'StorageProfile',
  'cluster',
);
export const CDI_CONFIG = kind('cdi.kubevirt.io', ['v1beta1'], 'cdiconfigs', 'CDIConfig', 'cluster');
export const CDI = kind('cdi.kubevirt.io', ['v1beta1'], 'cdis', 'CDI', 'cluster');
export const UPLOAD_TOKEN_REQUEST = kind(
  'upload.cdi.kubevirt.io',
  ['v1beta1'],
  'uploadtokenrequests',
  'UploadTokenRequest',
);

/** Of the node maintenance operator, where one is installed. */
export const NODE_MAINTENANCE = kind(
  'nodemaintenance.medik8s.io',
  ['v1beta1'],
  'nodemaintenances',
  'NodeMaintenance',
  'cluster',
);
