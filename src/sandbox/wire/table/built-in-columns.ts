import type { KubeObject, Untyped } from '../../store/kube-object.js';
import type { ResourceName } from '../../store/object-store.js';
import { type Column, NAME_COLUMN } from './column.js';
import { ageOf } from './human-duration.js';

type Cell = Column['cell'];

const column = (
  name: string,
  cell: Cell,
  options: { type?: Column['type']; wide?: boolean } = {},
): Column => ({
  name,
  type: options.type ?? 'string',
  format: '',
  description: `${name} of the object.`,
  priority: options.wide ? 1 : 0,
  cell,
});
const wide = (name: string, cell: Cell) => column(name, cell, { wide: true });
const NONE = '<none>';
const AGE = column('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now));
const CREATED_AT = column('Created At', (object) => object.metadata.creationTimestamp);
const count = (map: object | undefined) => Object.keys(map ?? {}).length;
const commaList = (items: readonly string[] | undefined) => (items?.length ? items.join(',') : NONE);

const SHORT_MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const accessModes = (modes: string[] | undefined) =>
  [...new Set(modes)].map((mode) => SHORT_MODES[mode] ?? mode).join(',');

function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  for (const container of pod.status?.containerStatuses ?? []) {
    const reason = container.state?.waiting?.reason ?? container.state?.terminated?.reason;
    if (reason && !(reason === 'Completed' && pod.status?.phase === 'Running')) return reason;
  }
  return pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
}

function nodeStatus(node: KubeObject): string {
  const ready = node.status?.conditions?.find((condition: Untyped) => condition.type === 'Ready');
  const status = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

const ROLE = 'node-role.kubernetes.io/';
const nodeRoles = (node: KubeObject) =>
  commaList(
    Object.entries(node.metadata.labels ?? {})
      .flatMap(([key, value]) => {
        if (key.startsWith(ROLE) && key.length > ROLE.length) return [key.slice(ROLE.length)];
        return key === 'kubernetes.io/role' && value ? [value] : [];
      })
      .sort(),
  );
const nodeAddress =
  (type: string): Cell =>
  (node) =>
    node.status?.addresses?.find((address: Untyped) => address.type === type)?.address ?? NONE;
const nodeInfo =
  (field: string): Cell =>
  (node) =>
    node.status?.nodeInfo?.[field] || '<unknown>';

const servicePorts = (service: KubeObject) =>
  commaList(
    service.spec?.ports?.map(
      (port: Untyped) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol ?? 'TCP'}`,
    ),
  );
const selectorText = (selector: Record<string, string> | undefined) =>
  commaList(Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`));

const subjectsOf =
  (kind: string): Cell =>
  (binding) =>
    (binding.subjects ?? [])
      .filter((subject: Untyped) => subject.kind === kind)
      .map((subject: Untyped) =>
        kind === 'ServiceAccount' ? `${subject.namespace}/${subject.name}` : subject.name,
      )
      .join(', ');
const BINDING = [
  NAME_COLUMN,
  column('Role', (binding) => `${binding.roleRef?.kind}/${binding.roleRef?.name}`),
  AGE,
  wide('Users', subjectsOf('User')),
  wide('Groups', subjectsOf('Group')),
  wide('ServiceAccounts', subjectsOf('ServiceAccount')),
];

const quotaPart = (quota: KubeObject, limits: boolean) =>
  Object.keys(quota.status?.hard ?? {})
    .sort()
    .filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${quota.status?.used?.[name] ?? 0}/${quota.status?.hard[name]}`)
    .join(', ');

const lastSeen: Cell = (event, now) =>
  ageOf(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime, now);

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** The columns that Kubernetes' own printers give the built-in kinds (pkg/printers/internalversion). */
export const builtInColumns: Record<ResourceName, Column[]> = {
  namespaces: [NAME_COLUMN, column('Status', (object) => object.status?.phase ?? ''), AGE],
  nodes: [
    NAME_COLUMN,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    column('Version', (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    wide('OS-Image', nodeInfo('osImage')),
    wide('Kernel-Version', nodeInfo('kernelVersion')),
    wide('Container-Runtime', nodeInfo('containerRuntimeVersion')),
  ],
  pods: [
    NAME_COLUMN,
    column('Ready', (pod) => {
      const statuses: Untyped[] = pod.status?.containerStatuses ?? [];
      return `${statuses.filter((status) => status.ready).length}/${pod.spec?.containers?.length ?? 0}`;
    }),
    column('Status', podStatus),
    column('Restarts', (pod) =>
      String(
        (pod.status?.containerStatuses ?? []).reduce(
          (sum: number, s: Untyped) => sum + (s.restartCount ?? 0),
          0,
        ),
      ),
    ),
    AGE,
    wide('IP', (pod) => pod.status?.podIP ?? NONE),
    wide('Node', (pod) => pod.spec?.nodeName ?? NONE),
    wide('Nominated Node', (pod) => pod.status?.nominatedNodeName ?? NONE),
    wide('Readiness Gates', (pod) => {
      const gates: Untyped[] = pod.spec?.readinessGates ?? [];
      if (gates.length === 0) return NONE;
      const isTrue = (gate: Untyped) =>
        pod.status?.conditions?.some((c: Untyped) => c.type === gate.conditionType && c.status === 'True');
      return `${gates.filter(isTrue).length}/${gates.length}`;
    }),
  ],
  services: [
    NAME_COLUMN,
    column('Type', (service) => service.spec?.type ?? 'ClusterIP'),
    column('Cluster-IP', (service) => service.spec?.clusterIP ?? NONE),
    column('External-IP', (service) => commaList(service.spec?.externalIPs)),
    column('Port(s)', servicePorts),
    AGE,
    wide('Selector', (service) => selectorText(service.spec?.selector)),
  ],
  endpoints: [
    NAME_COLUMN,
    column('Endpoints', (object) =>
      commaList(
        (object.subsets ?? []).flatMap((subset: Untyped) =>
          (subset.addresses ?? []).flatMap((address: Untyped) =>
            (subset.ports ?? [{}]).map((port: Untyped) =>
              port.port ? `${address.ip}:${port.port}` : address.ip,
            ),
          ),
        ),
      ),
    ),
    AGE,
  ],
  secrets: [
    NAME_COLUMN,
    column('Type', (secret) => secret.type ?? 'Opaque'),
    column('Data', (secret) => count(secret.data), { type: 'integer' }),
    AGE,
  ],
  configmaps: [
    NAME_COLUMN,
    column('Data', (map) => count(map.data) + count(map.binaryData), { type: 'integer' }),
    AGE,
  ],
  serviceaccounts: [
    NAME_COLUMN,
    column('Secrets', (account) => account.secrets?.length ?? 0, { type: 'integer' }),
    AGE,
  ],
  events: [
    column('Last Seen', lastSeen),
    column('Type', (event) => event.type ?? ''),
    column('Reason', (event) => event.reason ?? ''),
    column(
      'Object',
      (event) =>
        `${String(event.involvedObject?.kind ?? '').toLowerCase()}/${event.involvedObject?.name ?? ''}`,
    ),
    wide('Subobject', (event) => event.involvedObject?.fieldPath ?? ''),
    wide('Source', (event) =>
      [event.source?.component ?? event.reportingComponent, event.source?.host].filter(Boolean).join(', '),
    ),
    column('Message', (event) => String(event.message ?? event.note ?? '').trim()),
    wide('First Seen', (event, now) => ageOf(event.firstTimestamp ?? event.eventTime, now)),
    column('Count', (event) => event.series?.count ?? event.count ?? 1, { type: 'integer', wide: true }),
    { ...NAME_COLUMN, priority: 1 },
  ],
  persistentvolumeclaims: [
    NAME_COLUMN,
    column('Status', (claim) =>
      claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status?.phase ?? ''),
    ),
    column('Volume', (claim) => claim.spec?.volumeName ?? ''),
    column('Capacity', (claim) => (claim.spec?.volumeName ? (claim.status?.capacity?.storage ?? '') : '')),
    column('Access Modes', (claim) => (claim.spec?.volumeName ? accessModes(claim.status?.accessModes) : '')),
    column('StorageClass', (claim) => claim.spec?.storageClassName ?? ''),
    AGE,
    wide('VolumeMode', (claim) => claim.spec?.volumeMode ?? '<unset>'),
  ],
  persistentvolumes: [
    NAME_COLUMN,
    column('Capacity', (volume) => volume.spec?.capacity?.storage ?? ''),
    column('Access Modes', (volume) => accessModes(volume.spec?.accessModes)),
    column('Reclaim Policy', (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', (volume) =>
      volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? ''),
    ),
    column('Claim', ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '')),
    column('StorageClass', (volume) => volume.spec?.storageClassName ?? ''),
    column('Reason', (volume) => volume.status?.reason ?? ''),
    AGE,
    wide('VolumeMode', (volume) => volume.spec?.volumeMode ?? '<unset>'),
  ],
  resourcequotas: [
    NAME_COLUMN,
    AGE,
    column('Request', (quota) => quotaPart(quota, false)),
    column('Limit', (quota) => quotaPart(quota, true)),
  ],
  limitranges: [NAME_COLUMN, CREATED_AT],
  'controllerrevisions.apps': [
    NAME_COLUMN,
    column('Controller', (revision) => {
      const owner = revision.metadata.ownerReferences?.find((reference) => reference.controller);
      if (!owner) return NONE;
      const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
      return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    }),
    column('Revision', (revision) => revision.revision ?? 0, { type: 'integer' }),
    AGE,
  ],
  'clusterrolebindings.rbac.authorization.k8s.io': BINDING,
  'rolebindings.rbac.authorization.k8s.io': BINDING,
  'clusterroles.rbac.authorization.k8s.io': [NAME_COLUMN, CREATED_AT],
  'roles.rbac.authorization.k8s.io': [NAME_COLUMN, CREATED_AT],
  'storageclasses.storage.k8s.io': [
    {
      ...NAME_COLUMN,
      cell: ({ metadata }) =>
        metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${metadata.name} (default)` : metadata.name,
    },
    column('Provisioner', (storage) => storage.provisioner ?? ''),
    column('ReclaimPolicy', (storage) => storage.reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', (storage) => storage.volumeBindingMode ?? 'Immediate'),
    column('AllowVolumeExpansion', (storage) => storage.allowVolumeExpansion ?? false, { type: 'boolean' }),
    AGE,
  ],
  'leases.coordination.k8s.io': [
    NAME_COLUMN,
    column('Holder', (lease) => lease.spec?.holderIdentity ?? ''),
    AGE,
  ],
};
