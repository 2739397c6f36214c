import type { NewObject } from '../../store/kube-object.js';
import type { PolicyRule } from '../rbac-authorizer.js';

export const RBAC_API = 'rbac.authorization.k8s.io';

/** A rule in one line: groups, resources and verbs as words; 'core' for the core group. */
export const rule = (groups: string, resources: string, verbs: string): PolicyRule => ({
  apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(/\s+/),
  verbs: verbs.split(' '),
});

export const paths = (urls: string, verbs: string): PolicyRule => ({
  nonResourceURLs: urls.split(' '),
  verbs: verbs.split(' '),
});

interface RoleTraits {
  /** The default role that takes these rules in: `admin`, `edit` or `view`. */
  aggregateTo?: string;
  labels?: Record<string, string>;
}

export const clusterRole = (name: string, rules: PolicyRule[], traits: RoleTraits = {}): NewObject => ({
  apiVersion: `${RBAC_API}/v1`,
  kind: 'ClusterRole',
  metadata: {
    name,
    labels: {
      ...traits.labels,
      ...(traits.aggregateTo ? { [`${RBAC_API}/aggregate-to-${traits.aggregateTo}`]: 'true' } : {}),
    },
  },
  rules,
});

/** A ClusterRole whose rules are those of every role labelled to be taken in. */
export const aggregatedRole = (name: string, traits: RoleTraits = {}): NewObject => ({
  ...clusterRole(name, [], { ...traits, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }),
  aggregationRule: {
    clusterRoleSelectors: [{ matchLabels: { [`${RBAC_API}/aggregate-to-${name}`]: 'true' } }],
  },
});

export const clusterRoleBinding = (name: string, role: string, groups: string[]): NewObject => ({
  apiVersion: `${RBAC_API}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: RBAC_API, kind: 'ClusterRole', name: role },
  subjects: groups.map((group) => ({ apiGroup: RBAC_API, kind: 'Group', name: group })),
});
