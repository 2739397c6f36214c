import type { Permission } from '../../../kernel/permission.js';
import { builtInPermissions, type ProjectRole } from './roles.js';

/** Verbs on resources of one API group. Subresources are written with their whole path: `virtualmachines/start`. */
export interface ClusterRight {
  group: string;
  resources: readonly string[];
  verbs: readonly string[];
}

const right = (group: string, resources: readonly string[], verbs: readonly string[]): ClusterRight => ({
  group,
  resources,
  verbs,
});

const SEE = ['get', 'list', 'watch'];
const CHANGE = ['create', 'update', 'patch', 'delete'];
const KUBEVIRT = 'kubevirt.io';
const ACTIONS = 'subresources.kubevirt.io';
const CDI = 'cdi.kubevirt.io';
const SNAPSHOT = 'snapshot.kubevirt.io';
const STORAGE_SNAPSHOT = 'snapshot.storage.k8s.io';

/** virtgate's own records: the cluster is not asked. */
const OWN: readonly ClusterRight[] = [];

const machine = (...actions: string[]) => [
  right(
    ACTIONS,
    actions.map((action) => `virtualmachines/${action}`),
    ['update'],
  ),
];
const instance = (...actions: string[]) => [
  right(
    ACTIONS,
    actions.map((action) => `virtualmachineinstances/${action}`),
    ['update'],
  ),
];

/**
 * What the cluster has to allow for each permission inside of a project's namespace: the one table that the ClusterRoles
 * of deploy/rbac are rendered from. An operation that makes something also takes it away when it fails.
 *
 * KubeVirt 1.5 took the right to migrate out of its own admin role (kubevirt.io:migrate), so it stands apart here. Where
 * a machine runs is the platform's to say: no project's role has `vms:choose-node`. What the platform's own permissions
 * need is not in this table but in own-roles.yaml (virtgate:platform:admin).
 */
export const CLUSTER_RIGHTS: Readonly<Record<Permission, readonly ClusterRight[]>> = {
  'tenants:read': OWN,
  'users:read': OWN,
  'users:manage': OWN,
  // By virtgate itself, which owns the labels of namespaces.
  'namespaces:adopt': OWN,
  'tenants:create': OWN,
  'tenants:update': OWN,
  'tenants:delete': OWN,
  'projects:read': OWN,
  'projects:create': OWN,
  'projects:update': OWN,
  'projects:delete': OWN,
  'members:read': OWN,
  'members:manage': OWN,
  'service-accounts:read': OWN,
  'service-accounts:manage': OWN,
  'tokens:create': OWN,
  'roles:manage': OWN,
  'quotas:read': [right('', ['resourcequotas'], SEE)],
  'quotas:manage': OWN,
  'audit:read': OWN,
  'operations:read': OWN,
  'operations:cancel': OWN,
  'catalog:read': OWN,
  'vms:read': [
    right(KUBEVIRT, ['virtualmachines', 'virtualmachineinstances', 'virtualmachineinstancemigrations'], SEE),
    right('clone.kubevirt.io', ['virtualmachineclones'], SEE),
    right('', ['events'], SEE),
    right(
      ACTIONS,
      [
        'virtualmachines/expand-spec',
        'virtualmachineinstances/guestosinfo',
        'virtualmachineinstances/userlist',
        'virtualmachineinstances/filesystemlist',
      ],
      ['get'],
    ),
  ],
  'vms:create': [
    right(KUBEVIRT, ['virtualmachines'], CHANGE),
    // Owning an object by a machine, where the cluster enforces owner references (OpenShift does).
    right(KUBEVIRT, ['virtualmachines/finalizers'], ['update']),
    right(CDI, ['datavolumes'], CHANGE),
    // From an image or a disk of another namespace.
    right(CDI, ['datavolumes/source'], ['create']),
    // cloud-init data goes in and never comes back out: no get, list or watch.
    right('', ['secrets'], ['create', 'patch', 'delete']),
    right(ACTIONS, ['expand-vm-spec'], ['update']),
  ],
  'vms:update': [
    right(KUBEVIRT, ['virtualmachines'], ['update', 'patch']),
    // Owning a service by a machine, where the cluster enforces owner references (OpenShift does).
    right(KUBEVIRT, ['virtualmachines/finalizers'], ['update']),
    right('', ['services'], ['create', 'delete']),
    right('', ['secrets'], ['create', 'patch', 'delete']),
  ],
  'vms:delete': [
    right(KUBEVIRT, ['virtualmachines'], ['update', 'patch', 'delete']),
    right(CDI, ['datavolumes'], ['update', 'patch', 'delete']),
    right('', ['persistentvolumeclaims'], ['update', 'patch', 'delete']),
    right('', ['secrets'], ['delete']),
  ],
  'vms:start': machine('start'),
  'vms:stop': machine('stop'),
  'vms:restart': machine('restart'),
  'vms:pause': instance('pause'),
  'vms:unpause': instance('unpause'),
  'vms:soft-reboot': instance('softreboot'),
  'vms:reset': instance('reset'),
  'vms:clone': [
    right('clone.kubevirt.io', ['virtualmachineclones'], CHANGE),
    right(KUBEVIRT, ['virtualmachines'], CHANGE),
    right(CDI, ['datavolumes'], CHANGE),
    right(CDI, ['datavolumes/source'], ['create']),
    right('', ['secrets'], ['create', 'patch', 'delete']),
  ],
  'vms:migrate': [
    right(KUBEVIRT, ['virtualmachineinstancemigrations'], ['get', 'list', 'watch', 'create', 'delete']),
  ],
  'vms:choose-node': OWN,
  // KubeVirt asks for "get" to open one.
  'consoles:open': [
    right(
      ACTIONS,
      [
        'virtualmachineinstances/console',
        'virtualmachineinstances/vnc',
        'virtualmachineinstances/vnc/screenshot',
        'virtualmachineinstances/portforward',
        'virtualmachines/portforward',
      ],
      ['get'],
    ),
  ],
  // A picture of the screen, and what the serial port printed: the log of a container of the launcher's pod.
  'consoles:view': [
    right(ACTIONS, ['virtualmachineinstances/vnc', 'virtualmachineinstances/vnc/screenshot'], ['get']),
    right('', ['pods'], ['get', 'list']),
    right('', ['pods/log'], ['get']),
  ],
  'disks:read': [right(CDI, ['datavolumes'], SEE), right('', ['persistentvolumeclaims'], SEE)],
  'disks:create': [
    right(CDI, ['datavolumes'], CHANGE),
    right(CDI, ['datavolumes/source'], ['create']),
    right('', ['persistentvolumeclaims'], CHANGE),
    // What an import signs in with, and the certificates that it trusts.
    right('', ['secrets', 'configmaps'], ['create', 'patch', 'delete']),
  ],
  'disks:update': [
    right(CDI, ['datavolumes'], ['update', 'patch']),
    right('', ['persistentvolumeclaims'], ['update', 'patch']),
  ],
  'disks:delete': [
    right(CDI, ['datavolumes'], ['delete']),
    right('', ['persistentvolumeclaims'], ['delete']),
  ],
  'disks:upload': [right('upload.cdi.kubevirt.io', ['uploadtokenrequests'], ['create'])],
  'disks:attach': [
    right(KUBEVIRT, ['virtualmachines'], ['update', 'patch']),
    ...machine('addvolume', 'removevolume'),
    ...instance('addvolume', 'removevolume'),
  ],
  'images:read': [right(CDI, ['datasources', 'dataimportcrons'], SEE)],
  'images:create': [
    right(CDI, ['datavolumes', 'datasources', 'dataimportcrons'], CHANGE),
    right(CDI, ['datavolumes/source'], ['create']),
    right('', ['secrets', 'configmaps'], ['create', 'patch', 'delete']),
  ],
  'images:update': [
    right(CDI, ['datasources', 'dataimportcrons'], CHANGE),
    right(CDI, ['datavolumes'], ['update', 'patch']),
  ],
  'images:delete': [
    right(CDI, ['datavolumes', 'datasources', 'dataimportcrons'], ['update', 'patch', 'delete']),
  ],
  // The shared copies lie in a namespace of virtgate's own, under a group of its own.
  'images:share': OWN,
  'snapshots:read': [
    right(
      SNAPSHOT,
      ['virtualmachinesnapshots', 'virtualmachinesnapshotcontents', 'virtualmachinerestores'],
      SEE,
    ),
    right(STORAGE_SNAPSHOT, ['volumesnapshots'], SEE),
  ],
  'snapshots:create': [
    right(SNAPSHOT, ['virtualmachinesnapshots'], CHANGE),
    right(STORAGE_SNAPSHOT, ['volumesnapshots'], CHANGE),
    ...instance('freeze', 'unfreeze'),
  ],
  'snapshots:delete': [
    right(SNAPSHOT, ['virtualmachinesnapshots'], ['update', 'patch', 'delete']),
    right(STORAGE_SNAPSHOT, ['volumesnapshots'], ['delete']),
  ],
  'snapshots:restore': [
    right(SNAPSHOT, ['virtualmachinesnapshots', 'virtualmachinerestores'], CHANGE),
    right(KUBEVIRT, ['virtualmachines'], CHANGE),
    right('', ['secrets'], ['create', 'patch', 'delete']),
  ],
  'exports:read': [right('export.kubevirt.io', ['virtualmachineexports'], SEE)],
  'exports:create': [
    right('export.kubevirt.io', ['virtualmachineexports'], CHANGE),
    right('', ['secrets'], ['create', 'patch', 'delete']),
    right('', ['persistentvolumeclaims'], CHANGE),
    ...machine('memorydump', 'removememorydump'),
  ],
  'exports:delete': [right('export.kubevirt.io', ['virtualmachineexports'], ['update', 'patch', 'delete'])],
  'exports:download': OWN,
  'exports:secrets': OWN,
  'ssh-keys:read': OWN,
  'ssh-keys:manage': OWN,
  'schedules:read': OWN,
  'schedules:manage': OWN,
  'migrations:read': OWN,
  'migrations:manage': OWN,
  'nodes:read': OWN,
  'nodes:manage': OWN,
};

/** Everything that a project's role has in the cluster: of each group and resource the verbs, each once. */
export function rightsOf(role: ProjectRole): ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> {
  const groups = new Map<string, Map<string, Set<string>>>();
  for (const permission of builtInPermissions(role) ?? []) {
    for (const { group, resources, verbs } of CLUSTER_RIGHTS[permission]) {
      const byResource = groups.get(group) ?? new Map<string, Set<string>>();
      groups.set(group, byResource);
      for (const resource of resources) {
        byResource.set(resource, new Set([...(byResource.get(resource) ?? []), ...verbs]));
      }
    }
  }
  return groups;
}
