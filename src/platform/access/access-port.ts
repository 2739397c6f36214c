import type { Permission } from '../../kernel/permission.js';
import type { Principal, ProjectRef } from '../../kernel/principal.js';

/** A tenant as the guard knows it. */
export interface TenantRef {
  id: string;
  name: string;
}

/**
 * What the one guard asks. The room `access` answers; doors of REST, GraphQL, subscriptions and consoles
 * all go through here, and so do queued jobs.
 */
export abstract class AccessPort {
  /** The principal behind a bearer token; throws auth.unauthenticated. Cheap: answered from memory. */
  abstract authenticate(token: string): Promise<Principal>;
  /** The present rights of a principal, for work that runs later (jobs, streams); null when it is gone. */
  abstract refresh(principal: { id: string; tokenId: string | null }): Promise<Principal | null>;
  /** Throws resource.not_found when the principal may not even see the project, auth.forbidden when it lacks the permission. */
  abstract project(principal: Principal, name: string, permission: Permission): Promise<ProjectRef>;
  abstract tenant(principal: Principal, name: string, permission: Permission): Promise<TenantRef>;
  /** Throws auth.forbidden unless a platform binding gives the permission. */
  abstract platform(principal: Principal, permission: Permission): void;
  /** All projects in which the principal holds the permission, by name. */
  abstract projects(principal: Principal, permission: Permission): Promise<ProjectRef[]>;
  /** Whether it was good once, and may be again: told from memory. */
  remembers(_token: string): boolean {
    return false;
  }
  /** Where the audit files what was refused on a project or tenant of this name; null where there is none. */
  placeOf(
    _kind: 'project' | 'tenant',
    _name: string,
  ): { project: { id: string; name: string } | null; tenantId: string } | null {
    return null;
  }
  /** Project-independent: may the principal do this to that project? */
  abstract allows(principal: Principal, permission: Permission, project: ProjectRef): boolean;
}
