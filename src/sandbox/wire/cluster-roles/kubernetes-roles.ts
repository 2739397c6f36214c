import type { NewObject } from '../../store/kube-object.js';
import { aggregatedRole, clusterRole, clusterRoleBinding, paths, rule } from './role-definition.js';

const BOOTSTRAP = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } };
const READ = 'get list watch';
const WRITE = 'create delete deletecollection patch update';
const ALL = '*';

const VIEW = [
  rule(
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods serviceaccounts services services/status',
    READ,
  ),
  rule(
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status resourcequotas resourcequotas/status',
    READ,
  ),
  rule('core', 'namespaces', READ),
  rule('apps', 'controllerrevisions', READ),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', READ),
];

const EDIT = [
  rule('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', READ),
  rule('core', 'serviceaccounts', 'impersonate'),
  rule('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', WRITE),
  rule('core', 'pods/eviction', 'create'),
  rule(
    'core',
    'configmaps endpoints persistentvolumeclaims secrets serviceaccounts services services/proxy',
    WRITE,
  ),
  rule('core', 'serviceaccounts/token', 'create'),
  rule('coordination.k8s.io', 'leases', `${READ} ${WRITE}`),
  rule('policy', 'poddisruptionbudgets', WRITE),
];

const ADMIN = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', 'create'),
  rule('rbac.authorization.k8s.io', 'rolebindings roles', `${READ} ${WRITE}`),
];

/** The default ClusterRoles and bindings of Kubernetes, for the kinds that are served here. */
export const kubernetesRoles: NewObject[] = [
  clusterRole('cluster-admin', [rule(ALL, ALL, ALL), paths(ALL, ALL)], BOOTSTRAP),
  aggregatedRole('admin'),
  aggregatedRole('edit', { aggregateTo: 'admin' }),
  aggregatedRole('view', { aggregateTo: 'edit' }),
  clusterRole('system:aggregate-to-admin', ADMIN, { ...BOOTSTRAP, aggregateTo: 'admin' }),
  clusterRole('system:aggregate-to-edit', EDIT, { ...BOOTSTRAP, aggregateTo: 'edit' }),
  clusterRole('system:aggregate-to-view', VIEW, { ...BOOTSTRAP, aggregateTo: 'view' }),
  clusterRole(
    'system:discovery',
    [
      paths(
        '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/',
        'get',
      ),
    ],
    BOOTSTRAP,
  ),
  clusterRole(
    'system:public-info-viewer',
    [paths('/healthz /livez /readyz /version /version/', 'get')],
    BOOTSTRAP,
  ),
  clusterRole(
    'system:basic-user',
    [
      rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
      rule('authentication.k8s.io', 'selfsubjectreviews', 'create'),
    ],
    BOOTSTRAP,
  ),
  clusterRole(
    'system:auth-delegator',
    [
      rule('authentication.k8s.io', 'tokenreviews', 'create'),
      rule('authorization.k8s.io', 'subjectaccessreviews', 'create'),
    ],
    BOOTSTRAP,
  ),
  clusterRoleBinding('cluster-admin', 'cluster-admin', ['system:masters']),
  clusterRoleBinding('system:discovery', 'system:discovery', ['system:authenticated']),
  clusterRoleBinding('system:basic-user', 'system:basic-user', ['system:authenticated']),
  clusterRoleBinding('system:public-info-viewer', 'system:public-info-viewer', [
    'system:authenticated',
    'system:unauthenticated',
  ]),
];
