import { mutableCopy, sameJson } from '../../store/frozen-copy.js';
import type { KubeObject, NewObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { PolicyRule } from '../rbac-authorizer.js';
import { kubernetesRoles } from './kubernetes-roles.js';
import { kubevirtRoles } from './kubevirt-roles.js';

const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';
const CLUSTER_ROLE_BINDINGS = 'clusterrolebindings.rbac.authorization.k8s.io';

/** Roles that take each other in settle long before; this only bounds what nobody foresaw. */
const MOST_ROUNDS = 1000;

interface LabelSelector {
  matchLabels?: Record<string, string>;
}

const selects = (selector: LabelSelector, role: KubeObject) =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => role.metadata.labels?.[key] === value);

/** The rules of all roles that an aggregated role takes in. */
function collectedRules(
  role: KubeObject,
  selectors: LabelSelector[],
  all: readonly KubeObject[],
): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const other of all) {
    const taken = other.metadata.name !== role.metadata.name && selectors.some((s) => selects(s, other));
    for (const rule of taken ? (other.rules ?? []) : [])
      if (!rules.some((present) => sameJson(present, rule))) rules.push(rule);
  }
  return rules;
}

/** Brings the first role that is behind up to date; false if none is. */
function refreshOne(store: ObjectStore): boolean {
  const all = store.list(CLUSTER_ROLES);
  for (const role of all) {
    const selectors: LabelSelector[] | undefined = role.aggregationRule?.clusterRoleSelectors;
    if (!selectors) continue;
    const rules = collectedRules(role, selectors, all);
    if (sameJson(rules, role.rules ?? [])) continue;
    store.update(CLUSTER_ROLES, { ...mutableCopy(role), rules });
    return true;
  }
  return false;
}

/**
 * Keeps the rules of aggregated ClusterRoles equal to those of the roles they select, which may be aggregated
 * in turn (admin takes in edit, which takes in view). Returns the way to stop.
 */
export function aggregateClusterRoles(store: ObjectStore): () => void {
  let refreshing = false;
  const refresh = () => {
    // Our own updates are told to this very listener, in the middle of the loop.
    if (refreshing) return;
    refreshing = true;
    try {
      for (let round = 0; round < MOST_ROUNDS && refreshOne(store); round++);
    } finally {
      refreshing = false;
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
