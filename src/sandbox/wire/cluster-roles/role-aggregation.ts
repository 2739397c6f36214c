import { mutableCopy, sameJson } from '../../store/frozen-copy.js';
import type { KubeObject, NewObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { PolicyRule } from '../rbac-authorizer.js';
import { kubernetesRoles } from './kubernetes-roles.js';
import { kubevirtRoles } from './kubevirt-roles.js';

const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';
const CLUSTER_ROLE_BINDINGS = 'clusterrolebindings.rbac.authorization.k8s.io';

interface LabelSelector {
  matchLabels?: Record<string, string>;
}

const selects = (selector: LabelSelector, role: KubeObject) =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => role.metadata.labels?.[key] === value);

/** Keeps the rules of aggregated ClusterRoles equal to those of the roles they select. Returns the way to stop. */
export function aggregateClusterRoles(store: ObjectStore): () => void {
  const refresh = () => {
    for (const role of store.list(CLUSTER_ROLES)) {
      const selectors: LabelSelector[] | undefined = role.aggregationRule?.clusterRoleSelectors;
      if (!selectors) continue;
      const rules: PolicyRule[] = [];
      for (const other of store.list(CLUSTER_ROLES)) {
        const taken = other.metadata.name !== role.metadata.name && selectors.some((s) => selects(s, other));
        for (const rule of taken ? (other.rules ?? []) : [])
          if (!rules.some((present) => sameJson(present, rule))) rules.push(rule);
      }
      if (!sameJson(rules, role.rules ?? [])) store.update(CLUSTER_ROLES, { ...mutableCopy(role), rules });
    }
  };
  refresh();
  return store.subscribe((event) => {
    if (event.resource === CLUSTER_ROLES) refresh();
  });
}

function ensure(store: ObjectStore, wanted: NewObject): void {
  const resource = wanted.kind === 'ClusterRole' ? CLUSTER_ROLES : CLUSTER_ROLE_BINDINGS;
  const present = store.get(resource, undefined, wanted.metadata.name as string);
  if (!present) store.create(resource, wanted);
  else if (wanted.rules && !wanted.aggregationRule && !sameJson(present.rules, wanted.rules))
    store.update(resource, { ...mutableCopy(present), rules: wanted.rules });
}

/** Lays down the default roles of Kubernetes, KubeVirt and CDI, and brings older ones up to date. */
export function ensureDefaultRoles(store: ObjectStore): void {
  for (const wanted of [...kubernetesRoles, ...kubevirtRoles]) ensure(store, wanted);
}
