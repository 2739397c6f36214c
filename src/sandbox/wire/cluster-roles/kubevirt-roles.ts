import type { NewObject } from '../../store/kube-object.js';
import type { PolicyRule } from '../rbac-authorizer.js';
import { clusterRole, clusterRoleBinding, paths, rule } from './role-definition.js';

const KUBEVIRT = { 'kubevirt.io': '' };
const SUBRESOURCES = 'subresources.kubevirt.io';
const READ = 'get list watch';
const WRITE = 'get delete create update patch list watch';
const WRITE_ALL = `${WRITE} deletecollection`;

const vmi = (names: string) =>
  names
    .split(/\s+/)
    .map((name) => `virtualmachineinstances/${name}`)
    .join(' ');
const vm = (names: string) =>
  names
    .split(/\s+/)
    .map((name) => `virtualmachines/${name}`)
    .join(' ');

const GUEST_INFO = vmi(
  'guestosinfo filesystemlist userlist sev/fetchcertchain sev/querylaunchmeasurement objectgraph',
);
// Since v1.9 only `admin` may take screenshots.
const CONSOLES = vmi('console vnc portforward usbredir');
const SCREENSHOT = rule(SUBRESOURCES, 'virtualmachineinstances/vnc/screenshot', 'get');
const VMI_ACTIONS = vmi(
  'pause unpause addvolume removevolume freeze unfreeze softreboot reset sev/setupsession sev/injectlaunchsecret evacuate/cancel',
);
const VM_ACTIONS = vm('start stop restart addvolume removevolume memorydump evacuate/cancel');

const MACHINES =
  'virtualmachines virtualmachineinstances virtualmachineinstancepresets virtualmachineinstancereplicasets';
const FAMILIES: [group: string, resources: string][] = [
  ['kubevirt.io', MACHINES],
  ['snapshot.kubevirt.io', 'virtualmachinesnapshots virtualmachinesnapshotcontents virtualmachinerestores'],
  ['export.kubevirt.io', 'virtualmachineexports'],
  ['clone.kubevirt.io', 'virtualmachineclones'],
  [
    'instancetype.kubevirt.io',
    'virtualmachineinstancetypes virtualmachineclusterinstancetypes virtualmachinepreferences virtualmachineclusterpreferences',
  ],
  ['pool.kubevirt.io', 'virtualmachinepools'],
];
const families = (verbs: string): PolicyRule[] =>
  FAMILIES.map(([group, resources]) => rule(group, resources, verbs));

const SEES_MIGRATIONS = [
  rule('kubevirt.io', 'virtualmachineinstancemigrations', READ),
  rule('migrations.kubevirt.io', 'migrationpolicies', READ),
];
const EXPANDS = rule(SUBRESOURCES, 'expand-vm-spec', 'update');

const acts = (verbs: string): PolicyRule[] => [
  rule(SUBRESOURCES, `${CONSOLES} ${GUEST_INFO} virtualmachines/objectgraph`, 'get'),
  rule(SUBRESOURCES, VMI_ACTIONS, 'update'),
  rule(SUBRESOURCES, 'virtualmachines/expand-spec virtualmachines/portforward', 'get'),
  rule(SUBRESOURCES, VM_ACTIONS, 'update'),
  EXPANDS,
  ...families(verbs),
  ...SEES_MIGRATIONS,
];

const CDI_KINDS =
  'datavolumes dataimportcrons datasources volumeimportsources volumeuploadsources volumeclonesources';
const CDI_WRITE = [
  rule('cdi.kubevirt.io', CDI_KINDS, '*'),
  rule('cdi.kubevirt.io', 'datavolumes/source', 'create'),
  rule('upload.cdi.kubevirt.io', 'uploadtokenrequests', '*'),
];
const CDI_READ = [
  rule('cdi.kubevirt.io', `cdiconfigs ${CDI_KINDS} objecttransfers storageprofiles`, READ),
  rule('cdi.kubevirt.io', 'datavolumes/source', 'create'),
];

/**
 * The ClusterRoles that KubeVirt (since v1.5: `kubevirt.io:migrate` stands apart) and CDI install, taken in by
 * the default roles; facts from pkg/virt-operator/resource/generate/rbac/cluster.go and CDI's
 * pkg/operator/resources/cluster/rbac.go.
 */
export const kubevirtRoles: NewObject[] = [
  clusterRole(
    'kubevirt.io:admin',
    [...acts(WRITE_ALL), SCREENSHOT, rule('kubevirt.io', 'kubevirts', WRITE_ALL)],
    {
      labels: KUBEVIRT,
      aggregateTo: 'admin',
    },
  ),
  clusterRole('kubevirt.io:edit', [...acts(WRITE), rule('kubevirt.io', 'kubevirts', 'get list')], {
    labels: KUBEVIRT,
    aggregateTo: 'edit',
  }),
  clusterRole(
    'kubevirt.io:view',
    [
      rule('kubevirt.io', 'kubevirts', 'get list'),
      rule(SUBRESOURCES, `virtualmachines/expand-spec virtualmachines/objectgraph ${GUEST_INFO}`, 'get'),
      EXPANDS,
      ...families(READ),
      ...SEES_MIGRATIONS,
    ],
    { labels: KUBEVIRT, aggregateTo: 'view' },
  ),
  clusterRole(
    'kubevirt.io:migrate',
    [
      rule(SUBRESOURCES, 'virtualmachines/migrate', 'update'),
      rule('kubevirt.io', 'virtualmachineinstancemigrations', WRITE_ALL),
    ],
    { labels: KUBEVIRT },
  ),
  clusterRole(
    'kubevirt.io:default',
    [
      rule('kubevirt.io', 'kubevirts', 'get list'),
      rule(SUBRESOURCES, 'version guestfs', 'get list'),
      // Discovery of the aggregated API and its version are plain paths to some clients.
      paths(`/apis/${SUBRESOURCES}/*`, 'get'),
    ],
    { labels: { ...KUBEVIRT, 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  ),
  clusterRole(
    'instancetype.kubevirt.io:view',
    [
      rule(
        'instancetype.kubevirt.io',
        'virtualmachineclusterinstancetypes virtualmachineclusterpreferences',
        READ,
      ),
    ],
    { labels: KUBEVIRT },
  ),
  clusterRoleBinding('kubevirt.io:default', 'kubevirt.io:default', ['system:authenticated']),
  clusterRoleBinding('instancetype.kubevirt.io:view', 'instancetype.kubevirt.io:view', [
    'system:authenticated',
  ]),
  clusterRole('cdi.kubevirt.io:admin', CDI_WRITE, { aggregateTo: 'admin' }),
  clusterRole('cdi.kubevirt.io:edit', CDI_WRITE, { aggregateTo: 'edit' }),
  clusterRole('cdi.kubevirt.io:view', CDI_READ, { aggregateTo: 'view' }),
  clusterRole('cdi.kubevirt.io:config-reader', [rule('cdi.kubevirt.io', 'cdiconfigs storageprofiles', READ)]),
  clusterRoleBinding('cdi.kubevirt.io:config-reader', 'cdi.kubevirt.io:config-reader', [
    'system:authenticated',
  ]),
];
