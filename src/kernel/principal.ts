import type { Permission } from './permission.js';

/** Where a role binding holds. A tenant binding holds in all of the tenant's projects. */
export type Scope =
  | { level: 'platform' }
  | { level: 'tenant'; tenantId: string; tenant: string }
  | { level: 'project'; tenantId: string; projectId: string; project: string };

export interface RoleBinding {
  role: string;
  permissions: ReadonlySet<Permission>;
  scope: Scope;
  expiresAt: Date | null;
  /** The group through which it is the principal's; absent where it is given to the principal itself. */
  group?: string;
}

/** Who is asking. Built once per credential and shared by every request that shows it. */
export interface Principal {
  id: string;
  type: 'user' | 'service-account';
  name: string;
  bindings: readonly RoleBinding[];
  /** The token's own narrowing; null means all that the bindings give. */
  scopes: ReadonlySet<Permission> | null;
  tokenId: string | null;
  /** A limit of the token's own, below that of all principals; absent or null for none. */
  requestsPerMinute?: number | null;
  expiresAt: Date | null;
}

/** A tenant's project as rooms pass it around: an address and the namespace it lives in. */
export interface ProjectRef {
  id: string;
  name: string;
  tenantId: string;
  tenant: string;
  namespace: string;
}

/** Stands for the project of what belongs to none: a node, the cluster. No project has this id. */
export const PLATFORM: ProjectRef = Object.freeze({
  id: 'platform',
  name: '',
  tenantId: '',
  tenant: '',
  namespace: '',
});

/** The project to name where what is nobody's project's is told as null. */
export const projectOrNull = <T extends Pick<ProjectRef, 'id'>>(project: T): T | null =>
  project.id === PLATFORM.id ? null : project;
