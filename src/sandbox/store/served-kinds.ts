import { type ResourceKind, ResourceKinds } from './resource-kind.js';

const BUILT_IN_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const ONE_BY_ONE = BUILT_IN_VERBS.filter((verb) => verb !== 'deletecollection');

interface Traits {
  short?: string;
  all?: boolean;
  cluster?: boolean;
  status?: boolean;
  scale?: boolean;
  generation?: boolean;
  singular?: string;
  nameRule?: ResourceKind['nameRule'];
  verbs?: readonly string[];
}

function define(
  custom: boolean,
  group: string,
  versions: string,
  plural: string,
  kind: string,
  traits: Traits,
): ResourceKind {
  return {
    resource: group === '' ? plural : `${plural}.${group}`,
    group,
    plural,
    singular: traits.singular ?? kind.toLowerCase(),
    kind,
    namespaced: !traits.cluster,
    versions: versions.split(' '),
    shortNames: traits.short?.split(' ') ?? [],
    categories: traits.all ? ['all'] : [],
    custom,
    hasStatus: traits.status ?? false,
    hasScale: traits.scale ?? false,
    hasGeneration: custom || (traits.generation ?? false),
    nameRule: traits.nameRule ?? 'subdomain',
    verbs: traits.verbs ?? (custom ? CUSTOM_VERBS : BUILT_IN_VERBS),
  };
}

const builtIn = (group: string, versions: string, plural: string, kind: string, traits: Traits = {}) =>
  define(false, group, versions, plural, kind, traits);
const custom = (group: string, versions: string, plural: string, kind: string, traits: Traits = {}) =>
  define(true, group, versions, plural, kind, traits);

const RBAC: Traits = { nameRule: 'path-segment' };

/**
 * The kinds of the sandbox. Names, scopes, short names and categories as served by Kubernetes and by the CRDs
 * of KubeVirt v1.3 to v1.9, CDI, the CSI snapshotter, Multus and the node maintenance operator; status
 * subresources as in KubeVirt v1.3.1 (a VirtualMachineInstance has none: its status is an ordinary field).
 */
export const servedKinds = new ResourceKinds([
  builtIn('', 'v1', 'namespaces', 'Namespace', {
    short: 'ns',
    cluster: true,
    status: true,
    nameRule: 'label',
    verbs: ONE_BY_ONE,
  }),
  builtIn('', 'v1', 'nodes', 'Node', { short: 'no', cluster: true, status: true }),
  builtIn('', 'v1', 'pods', 'Pod', { short: 'po', all: true, status: true }),
  builtIn('', 'v1', 'services', 'Service', {
    short: 'svc',
    all: true,
    status: true,
    nameRule: 'service',
    verbs: ONE_BY_ONE,
  }),
  builtIn('', 'v1', 'endpoints', 'Endpoints', { short: 'ep' }),
  builtIn('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  builtIn('', 'v1', 'secrets', 'Secret'),
  builtIn('', 'v1', 'configmaps', 'ConfigMap', { short: 'cm' }),
  builtIn('', 'v1', 'serviceaccounts', 'ServiceAccount', { short: 'sa' }),
  builtIn('', 'v1', 'events', 'Event', { short: 'ev' }),
  builtIn('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { short: 'pvc', status: true }),
  builtIn('', 'v1', 'persistentvolumes', 'PersistentVolume', { short: 'pv', cluster: true, status: true }),
  builtIn('', 'v1', 'resourcequotas', 'ResourceQuota', { short: 'quota', status: true }),
  builtIn('', 'v1', 'limitranges', 'LimitRange', { short: 'limits' }),
  builtIn('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    short: 'pdb',
    status: true,
    generation: true,
  }),
  builtIn('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  builtIn('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', {
    ...RBAC,
    cluster: true,
  }),
  builtIn('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', { ...RBAC, cluster: true }),
  builtIn('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding', RBAC),
  builtIn('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', RBAC),
  builtIn('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', { short: 'sc', cluster: true }),
  builtIn('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  custom('k8s.cni.cncf.io', 'v1', 'network-attachment-definitions', 'NetworkAttachmentDefinition', {
    short: 'net-attach-def',
    singular: 'network-attachment-definition',
  }),
  custom('kubevirt.io', 'v1 v1alpha3', 'virtualmachines', 'VirtualMachine', {
    short: 'vm vms',
    all: true,
    status: true,
  }),
  custom(
    'kubevirt.io',
    'v1 v1alpha3',
    'virtualmachineinstancereplicasets',
    'VirtualMachineInstanceReplicaSet',
    {
      short: 'vmirs vmirss',
      all: true,
      status: true,
      scale: true,
    },
  ),
  custom('kubevirt.io', 'v1 v1alpha3', 'virtualmachineinstances', 'VirtualMachineInstance', {
    short: 'vmi vmis',
    all: true,
  }),
  custom('kubevirt.io', 'v1 v1alpha3', 'virtualmachineinstancepresets', 'VirtualMachineInstancePreset', {
    short: 'vmipreset vmipresets',
    all: true,
  }),
  custom(
    'kubevirt.io',
    'v1 v1alpha3',
    'virtualmachineinstancemigrations',
    'VirtualMachineInstanceMigration',
    {
      short: 'vmim vmims',
      all: true,
      status: true,
    },
  ),
  custom('kubevirt.io', 'v1 v1alpha3', 'kubevirts', 'KubeVirt', { short: 'kv kvs', all: true, status: true }),
  custom('snapshot.storage.k8s.io', 'v1', 'volumesnapshotclasses', 'VolumeSnapshotClass', {
    short: 'vsclass vsclasses',
    cluster: true,
  }),
  custom('snapshot.storage.k8s.io', 'v1', 'volumesnapshotcontents', 'VolumeSnapshotContent', {
    short: 'vsc vscs',
    cluster: true,
    status: true,
  }),
  custom('snapshot.storage.k8s.io', 'v1', 'volumesnapshots', 'VolumeSnapshot', { short: 'vs', status: true }),
  custom('clone.kubevirt.io', 'v1beta1 v1alpha1', 'virtualmachineclones', 'VirtualMachineClone', {
    short: 'vmclone vmclones',
    all: true,
    status: true,
  }),
  custom('export.kubevirt.io', 'v1 v1beta1 v1alpha1', 'virtualmachineexports', 'VirtualMachineExport', {
    short: 'vmexport vmexports',
    all: true,
  }),
  custom(
    'instancetype.kubevirt.io',
    'v1beta1',
    'virtualmachineclusterinstancetypes',
    'VirtualMachineClusterInstancetype',
    { short: 'vmclusterinstancetype vmclusterinstancetypes vmcf vmcfs', cluster: true },
  ),
  custom('instancetype.kubevirt.io', 'v1beta1', 'virtualmachineinstancetypes', 'VirtualMachineInstancetype', {
    short: 'vminstancetype vminstancetypes vmf vmfs',
    all: true,
  }),
  custom(
    'instancetype.kubevirt.io',
    'v1beta1',
    'virtualmachineclusterpreferences',
    'VirtualMachineClusterPreference',
    { short: 'vmcp vmcps', cluster: true },
  ),
  custom('instancetype.kubevirt.io', 'v1beta1', 'virtualmachinepreferences', 'VirtualMachinePreference', {
    short: 'vmpref vmprefs vmp vmps',
    all: true,
  }),
  custom('migrations.kubevirt.io', 'v1alpha1', 'migrationpolicies', 'MigrationPolicy', {
    cluster: true,
    all: true,
    status: true,
  }),
  custom('pool.kubevirt.io', 'v1beta1 v1alpha1', 'virtualmachinepools', 'VirtualMachinePool', {
    short: 'vmpool vmpools',
    all: true,
    status: true,
    scale: true,
  }),
  custom('snapshot.kubevirt.io', 'v1beta1 v1alpha1', 'virtualmachinesnapshots', 'VirtualMachineSnapshot', {
    short: 'vmsnapshot vmsnapshots',
    all: true,
  }),
  custom(
    'snapshot.kubevirt.io',
    'v1beta1 v1alpha1',
    'virtualmachinesnapshotcontents',
    'VirtualMachineSnapshotContent',
    { short: 'vmsnapshotcontent vmsnapshotcontents', all: true },
  ),
  custom('snapshot.kubevirt.io', 'v1beta1 v1alpha1', 'virtualmachinerestores', 'VirtualMachineRestore', {
    short: 'vmrestore vmrestores',
    all: true,
  }),
  custom('cdi.kubevirt.io', 'v1beta1', 'datavolumes', 'DataVolume', {
    short: 'dv dvs',
    all: true,
    status: true,
  }),
  custom('cdi.kubevirt.io', 'v1beta1', 'datasources', 'DataSource', { short: 'das', all: true }),
  custom('cdi.kubevirt.io', 'v1beta1', 'dataimportcrons', 'DataImportCron', { short: 'dic dics', all: true }),
  custom('cdi.kubevirt.io', 'v1beta1', 'volumeimportsources', 'VolumeImportSource'),
  custom('cdi.kubevirt.io', 'v1beta1', 'volumeuploadsources', 'VolumeUploadSource'),
  custom('cdi.kubevirt.io', 'v1beta1', 'volumeclonesources', 'VolumeCloneSource'),
  custom('cdi.kubevirt.io', 'v1beta1', 'storageprofiles', 'StorageProfile', { cluster: true }),
  custom('cdi.kubevirt.io', 'v1beta1', 'cdiconfigs', 'CDIConfig', { cluster: true }),
  custom('cdi.kubevirt.io', 'v1beta1', 'cdis', 'CDI', { short: 'cdi cdis', cluster: true }),
  custom('nodemaintenance.medik8s.io', 'v1beta1', 'nodemaintenances', 'NodeMaintenance', {
    short: 'nm',
    cluster: true,
    status: true,
  }),
]);
