/** Leaves room for what the namespace's name adds, and for names that rooms derive from a project's. */
export const PROJECT_NAME = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Accounts of people: what an identity provider may call them, mail addresses included. */
export const USER_NAME = /^[a-z0-9]([-a-z0-9._+@]{0,126}[a-z0-9])?$/;

/**
 * A role: built-in or of the platform (`net-ops`), or of a tenant (`acme.net-ops`), so that no tenant's role can be
 * taken for another's.
 */
export const ROLE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/;

export const roleName = (tenant: { name: string } | null, name: string): string =>
  tenant ? `${tenant.name}.${name}` : name;

/** Namespaces in which the cluster, KubeVirt, CDI or virtgate itself live: never a tenant's. */
export const isSystemNamespace = (name: string): boolean =>
  /^(default|cdi|kubevirt|vg-images|virtgate)$|^(kube|openshift|kubevirt|cdi|virtgate|cattle)-/.test(name);

/**
 * The namespace of a project. Part of the id is in it, so that a project made again under an old name never meets
 * what is left of the old namespace.
 */
export function namespaceName(project: { id: string; name: string }): string {
  return `vg-${project.name}-${project.id.slice(0, 5)}`;
}
