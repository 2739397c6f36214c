import type { Permission } from '../../../kernel/permission.js';
import type { Principal, ProjectRef, RoleBinding, Scope } from '../../../kernel/principal.js';

const NOTHING: ReadonlySet<Permission> = new Set();

/**
 * What a principal may do, worked out once from its bindings and narrowed by its token's scopes: a question is then
 * three set lookups. Grants end when the first of its bindings does; the caller works them out again.
 */
export class Grants {
  readonly platform: ReadonlySet<Permission>;
  /** Milliseconds since the epoch at which a binding expires and these grants no longer hold; Infinity for never. */
  readonly validUntil: number;
  private readonly tenants = new Map<string, Set<Permission>>();
  private readonly projects = new Map<string, Set<Permission>>();
  /** The tenants of `projects`: who has a right in a project may know its tenant. */
  private readonly tenantsOfProjects = new Set<string>();
  private readonly everywhere = new Set<Permission>();

  constructor(bindings: readonly RoleBinding[], scopes: ReadonlySet<Permission> | null, now: Date) {
    const platform = new Set<Permission>();
    let validUntil = Number.POSITIVE_INFINITY;
    for (const binding of bindings) {
      const expiry = binding.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
      if (expiry <= now.getTime()) continue;
      validUntil = Math.min(validUntil, expiry);
      const target = this.setOf(binding.scope, platform);
      for (const permission of binding.permissions) {
        if (scopes && !scopes.has(permission)) continue;
        target.add(permission);
        this.everywhere.add(permission);
        if (binding.scope.level === 'project') this.tenantsOfProjects.add(binding.scope.tenantId);
      }
    }
    this.platform = platform;
    this.validUntil = validUntil;
  }

  inProject(permission: Permission, project: { id: string; tenantId: string }): boolean {
    return (
      this.platform.has(permission) ||
      (this.tenants.get(project.tenantId)?.has(permission) ?? false) ||
      (this.projects.get(project.id)?.has(permission) ?? false)
    );
  }

  inTenant(permission: Permission, tenantId: string): boolean {
    return this.platform.has(permission) || (this.tenants.get(tenantId)?.has(permission) ?? false);
  }

  anywhere(permission: Permission): boolean {
    return this.everywhere.has(permission);
  }

  /** The places in which a permission is held, or any at all (null). */
  reach(permission: Permission | null): { everywhere: boolean; tenantIds: string[]; projectIds: string[] } {
    const holds = (held: ReadonlySet<Permission>) =>
      permission === null ? held.size > 0 : held.has(permission);
    const holding = (places: ReadonlyMap<string, ReadonlySet<Permission>>) =>
      [...places].filter(([, held]) => holds(held)).map(([id]) => id);
    return {
      everywhere: holds(this.platform),
      tenantIds: holding(this.tenants),
      projectIds: holding(this.projects),
    };
  }

  seesProject(project: { id: string; tenantId: string }): boolean {
    return (
      this.platform.size > 0 ||
      (this.tenants.get(project.tenantId)?.size ?? 0) > 0 ||
      (this.projects.get(project.id)?.size ?? 0) > 0
    );
  }

  seesTenant(tenantId: string): boolean {
    return (
      this.platform.size > 0 ||
      (this.tenants.get(tenantId)?.size ?? 0) > 0 ||
      this.tenantsOfProjects.has(tenantId)
    );
  }

  ofProject(project: Pick<ProjectRef, 'id' | 'tenantId'>): ReadonlySet<Permission> {
    return new Set([
      ...this.platform,
      ...(this.tenants.get(project.tenantId) ?? NOTHING),
      ...(this.projects.get(project.id) ?? NOTHING),
    ]);
  }

  /** Those of `permissions` that are not held in all of `scope`. */
  lacking(permissions: Iterable<Permission>, scope: Scope): Permission[] {
    return [...permissions].filter((permission) => !this.holds(permission, scope)).sort();
  }

  private holds(permission: Permission, scope: Scope): boolean {
    if (scope.level === 'platform') return this.platform.has(permission);
    if (scope.level === 'tenant') return this.inTenant(permission, scope.tenantId);
    return this.inProject(permission, { id: scope.projectId, tenantId: scope.tenantId });
  }

  private setOf(scope: Scope, platform: Set<Permission>): Set<Permission> {
    if (scope.level === 'platform') return platform;
    const [map, key] =
      scope.level === 'tenant' ? [this.tenants, scope.tenantId] : [this.projects, scope.projectId];
    const known = map.get(key);
    if (known) return known;
    const made = new Set<Permission>();
    map.set(key, made);
    return made;
  }
}

const known = new WeakMap<Principal, Grants>();

/** The grants of a principal now; remembered with the principal itself until a binding expires. */
export function grantsOf(principal: Principal, now: Date): Grants {
  const remembered = known.get(principal);
  if (remembered && remembered.validUntil > now.getTime()) return remembered;
  const grants = new Grants(principal.bindings, principal.scopes, now);
  known.set(principal, grants);
  return grants;
}
