import type { Permission } from '../../../kernel/permission.js';
import type { Reach } from '../access.contract.js';
import type { Grants } from '../domain/grants.js';
import type { ProjectRecord } from './access-directory.js';
import type { TenantEntry } from './tenant-entry.js';

interface Reached {
  age: number;
  projects: Map<Permission | null, readonly ProjectRecord[]>;
}

/**
 * Every tenant and project, by all that they are asked by. One that changes is put in its place, so that ten thousand
 * others cost nothing; lists that were given out stay as they were.
 */
export class KnownTenancy {
  private readonly tenantsById: ReadonlyMap<string, TenantEntry>;
  private readonly tenantsByName: ReadonlyMap<string, TenantEntry>;
  private readonly byId = new Map<string, ProjectRecord>();
  private readonly byName = new Map<string, ProjectRecord>();
  private readonly byNamespace = new Map<string, ProjectRecord>();
  private readonly byTenant = new Map<string, Set<ProjectRecord>>();
  private readonly reached = new WeakMap<Grants, Reached>();
  private sorted: readonly ProjectRecord[];
  private age = 0;

  constructor(
    /** Sorted by name, by code unit, as all lists here are. */
    readonly tenants: readonly TenantEntry[],
    projects: readonly ProjectRecord[],
  ) {
    this.tenantsById = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.tenantsByName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
    this.sorted = projects;
    for (const project of projects) this.index(project);
  }

  get projects(): readonly ProjectRecord[] {
    return this.sorted;
  }

  tenant(id: string): TenantEntry | undefined {
    return this.tenantsById.get(id);
  }

  tenantNamed(name: string): TenantEntry | undefined {
    return this.tenantsByName.get(name);
  }

  project(id: string): ProjectRecord | undefined {
    return this.byId.get(id);
  }

  projectNamed(name: string): ProjectRecord | undefined {
    return this.byName.get(name);
  }

  projectIn(namespace: string): ProjectRecord | undefined {
    return this.byNamespace.get(namespace);
  }

  /** Takes a project as it is now; undefined where there is none any more. Null: nothing is different. */
  put(id: string, project: ProjectRecord | undefined): ProjectRecord | null {
    const before = this.byId.get(id);
    if (before?.version === project?.version) return null;
    const rest = before ? this.sorted.toSpliced(placeOf(this.sorted, before.name), 1) : [...this.sorted];
    if (before) this.forget(before);
    if (project) {
      rest.splice(placeOf(rest, project.name), 0, project);
      this.index(project);
    }
    this.sorted = rest;
    this.age += 1;
    return project ?? before ?? null;
  }

  /** What is new here or different; and, as it was, what is here no more. */
  differences(before: KnownTenancy): ProjectRecord[] {
    const fresh = this.sorted.filter(({ id, version }) => before.project(id)?.version !== version);
    return [...fresh, ...before.sorted.filter(({ id }) => !this.byId.has(id))];
  }

  /** Where a permission is held, or any (null). The same array as long as it holds. */
  reachedBy(grants: Grants, permission: Permission | null): readonly ProjectRecord[] {
    let reached = this.reached.get(grants);
    if (reached?.age !== this.age) {
      reached = { age: this.age, projects: new Map() };
      this.reached.set(grants, reached);
    }
    let projects = reached.projects.get(permission);
    if (!projects) {
      projects = this.within(grants.reach(permission));
      reached.projects.set(permission, projects);
    }
    return projects;
  }

  tenantsReachedBy(grants: Grants, permission: Permission): readonly TenantEntry[] {
    const { everywhere, tenantIds } = grants.reach(permission);
    if (everywhere) return this.tenants;
    return tenantIds.flatMap((id) => this.tenantsById.get(id) ?? []).sort(inOrder);
  }

  private within({ everywhere, tenantIds, projectIds }: Reach): readonly ProjectRecord[] {
    if (everywhere) return this.sorted;
    const found = new Set<ProjectRecord>();
    for (const id of tenantIds) for (const project of this.byTenant.get(id) ?? []) found.add(project);
    for (const id of projectIds) {
      const project = this.byId.get(id);
      if (project) found.add(project);
    }
    return [...found].sort(inOrder);
  }

  private index(project: ProjectRecord): void {
    this.byId.set(project.id, project);
    this.byName.set(project.name, project);
    this.byNamespace.set(project.namespace, project);
    const siblings = this.byTenant.get(project.tenantId) ?? new Set();
    this.byTenant.set(project.tenantId, siblings.add(project));
  }

  private forget(project: ProjectRecord): void {
    this.byId.delete(project.id);
    this.byName.delete(project.name);
    this.byNamespace.delete(project.namespace);
    this.byTenant.get(project.tenantId)?.delete(project);
  }
}

export function inOrder(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The index of the first that is not before `name`. */
function placeOf(sorted: readonly { name: string }[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as { name: string }).name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
