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

export function namespaceManifest(project: Project): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: project.namespace, labels: projectLabels(project) },
  };
}

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
