import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ClusterObject } from '../../../platform/cluster/cluster-client.js';
import { PROJECT_ROLES, type ProjectRole } from '../domain/roles.js';

export const PROJECT_LABEL = 'virtgate.io/project';
export const PROJECT_ID_LABEL = 'virtgate.io/project-id';
export const TENANT_LABEL = 'virtgate.io/tenant';

interface Project {
  id: string;
  name: string;
  tenant: string;
  namespace: string;
}

/** How everything of a project is marked in the cluster. */
export function projectLabels(project: Project): Record<string, string> {
  return {
    [PROJECT_LABEL]: project.name,
    [PROJECT_ID_LABEL]: project.id,
    [TENANT_LABEL]: project.tenant,
  };
}

type Labelled = { labels: Readonly<Record<string, string>> };

const OWN_LABEL_PREFIX = 'label.virtgate.io/';
const LONGEST_NAME = 63;

/**
 * The labels that a project's people gave it, as they stand on its namespace: for selectors of the platform's, such as
 * those of migration policies. Under a prefix, for cluster operators act on labels of namespaces; of a key with a prefix
 * of its own the "/" is "_". What is then too long for a label is left out.
 */
export function ownLabels({ labels }: Labelled): Record<string, string> {
  const named = Object.entries(labels).map(([key, value]) => [key.replace('/', '_'), value] as const);
  return Object.fromEntries(
    named
      .filter(([name]) => name.length <= LONGEST_NAME)
      .map(([name, value]) => [`${OWN_LABEL_PREFIX}${name}`, value]),
  );
}

/** Those of them that stand on a namespace. */
export const ownLabelsOn = (labels: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith(OWN_LABEL_PREFIX)));

/** In one comparable line. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

export function namespaceManifest(project: Project & Labelled): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: project.namespace, labels: { ...projectLabels(project), ...ownLabels(project) } },
  };
}

/** A merge patch that makes a namespace's labels those of its project; null where they are. */
export function namespaceLabelPatch(
  project: Project & Labelled,
  present: Readonly<Record<string, string>> = {},
): Record<string, string | null> | null {
  const own = ownLabels(project);
  const agree =
    hasLabels({ metadata: { labels: { ...present } } }, projectLabels(project)) &&
    labelText(ownLabelsOn(present)) === labelText(own);
  if (agree) return null;
  const gone = Object.keys(ownLabelsOn(present)).map((key) => [key, null]);
  return { ...Object.fromEntries(gone), ...own, ...projectLabels(project) };
}

/** A patch of the labels of a namespace that is a project's no more. */
export const withoutProjectLabels = (
  project: Project,
  present: Readonly<Record<string, string>> = {},
): Record<string, null> =>
  Object.fromEntries(
    Object.keys({ ...ownLabelsOn(present), ...projectLabels(project) }).map((label) => [label, null]),
  );

/** Binds the group that tenants are impersonated into to the ClusterRole that deploy/rbac ships. */
export function roleBindingManifest(project: Project, role: ProjectRole): ClusterObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: roleBindingName(role), namespace: project.namespace, labels: projectLabels(project) },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: `virtgate:project:${role}`,
    },
    subjects: [
      {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Group',
        name: `virtgate:project:${project.name}:${role}`,
      },
    ],
  };
}

export function roleBindingName(role: ProjectRole): string {
  return `virtgate-${role}`;
}

export function roleBindingManifests(project: Project): ClusterObject[] {
  return PROJECT_ROLES.map((role) => roleBindingManifest(project, role));
}

interface Named {
  kind?: string;
  name?: string;
}

/** What a RoleBinding gives to whom, in one comparable line. */
export function bindingMeaning(binding: ClusterObject | KubeObject): string {
  const { roleRef, subjects } = binding as { roleRef?: Named; subjects?: Named[] };
  const to = (subjects ?? []).map(({ kind, name }) => `${kind} ${name}`).sort();
  return `${roleRef?.kind} ${roleRef?.name} -> ${to.join(', ')}`;
}

export function hasLabels(
  object: { metadata: { labels?: Record<string, string> } },
  labels: Record<string, string>,
): boolean {
  return Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value);
}
