import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory, type ProjectEntry, type ProjectState } from '../access.contract.js';
import type { TrashSetting } from '../trash.contract.js';
import type { AccessTables } from './access-tables.js';
import type { TenantEntry } from './tenant-entry.js';

/** A lost signal is made up for after this long. */
const REREAD_AFTER_MS = 15_000;
const RETRY_MS = 1_000;

/** A project with all that its doors show. */
export interface ProjectRecord extends ProjectEntry {
  stateReason: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

class Snapshot {
  readonly tenantsById: ReadonlyMap<string, TenantEntry>;
  readonly tenantsByName: ReadonlyMap<string, TenantEntry>;
  readonly projectsById: ReadonlyMap<string, ProjectRecord>;
  readonly projectsByName: ReadonlyMap<string, ProjectRecord>;
  readonly projectsByNamespace: ReadonlyMap<string, ProjectRecord>;

  /** Both sorted by name, by code unit. */
  constructor(
    readonly tenants: readonly TenantEntry[],
    readonly projects: readonly ProjectRecord[],
  ) {
    this.tenantsById = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.tenantsByName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
    this.projectsById = new Map(projects.map((project) => [project.id, project]));
    this.projectsByName = new Map(projects.map((project) => [project.name, project]));
    this.projectsByNamespace = new Map(projects.map((project) => [project.namespace, project]));
  }

  get state(): string {
    return JSON.stringify([
      this.tenants.map(({ id, version }) => [id, version]),
      this.projects.map(({ id, version }) => [id, version]),
    ]);
  }
}

/**
 * Every tenant and project in memory: asked at each request, changed rarely. A signal or its age makes it read again,
 * all of it in one go; while the database is away it goes on answering with what it has.
 */
@Injectable()
export class AccessDirectory extends ProjectDirectory implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('access');
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot | null = null;
  private readAt = 0;
  private reading: Promise<void> | null = null;
  private readAgain: Promise<void> | null = null;
  private stopped = false;
  private timer: NodeJS.Timeout | null = null;
  private silence: (() => void) | null = null;

  constructor(private readonly database: Database) {
    super();
  }

  onModuleInit(): void {
    this.silence = this.database.listen('access', (payload) => {
      if (payload === null || payload.startsWith('tenant/') || payload.startsWith('project/')) {
        this.rereadInBackground();
      }
    });
    this.timer = setInterval(() => {
      if (Date.now() - this.readAt >= REREAD_AFTER_MS) this.rereadInBackground();
    }, RETRY_MS);
    this.timer.unref();
    this.rereadInBackground();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    this.silence?.();
    if (this.timer) clearInterval(this.timer);
  }

  byNamespace(namespace: string): ProjectRecord | undefined {
    return this.snapshot?.projectsByNamespace.get(namespace);
  }

  byName(name: string): ProjectRecord | undefined {
    return this.snapshot?.projectsByName.get(name);
  }

  byId(id: string): ProjectRecord | undefined {
    return this.snapshot?.projectsById.get(id);
  }

  all(): readonly ProjectRecord[] {
    return this.snapshot?.projects ?? [];
  }

  tenants(): readonly TenantEntry[] {
    return this.snapshot?.tenants ?? [];
  }

  tenantById(id: string): TenantEntry | undefined {
    return this.snapshot?.tenantsById.get(id);
  }

  tenantByName(name: string): TenantEntry | undefined {
    return this.snapshot?.tenantsByName.get(name);
  }

  namespaceReady(project: { id: string }): boolean {
    return this.byId(project.id)?.state === 'Active';
  }

  async whenLoaded(): Promise<void> {
    while (!this.snapshot && !this.stopped) {
      await this.refresh().catch(() => new Promise((again) => setTimeout(again, RETRY_MS).unref()));
    }
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Also finds what another process has made a moment ago; throws service.unavailable when it cannot tell. */
  async findProject(name: string): Promise<ProjectRecord | undefined> {
    await this.ensureLoaded();
    const known = this.byName(name);
    if (known) return known;
    const row = await this.tables
      .selectFrom('project')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    if (row) await this.refresh();
    return this.byName(name);
  }

  async findTenant(name: string): Promise<TenantEntry | undefined> {
    await this.ensureLoaded();
    const known = this.snapshot?.tenantsByName.get(name);
    if (known) return known;
    const row = await this.tables
      .selectFrom('tenant')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    if (row) await this.refresh();
    return this.snapshot?.tenantsByName.get(name);
  }

  async ensureLoaded(): Promise<void> {
    if (!this.snapshot) await this.refresh();
  }

  /** Reads everything again. Whoever calls while a read is running gets one that begins after the call. */
  refresh(): Promise<void> {
    if (!this.reading) {
      this.reading = this.read().finally(() => {
        this.reading = null;
      });
      return this.reading;
    }
    this.readAgain ??= this.reading
      .catch(() => {})
      .then(() => {
        this.readAgain = null;
        return this.refresh();
      });
    return this.readAgain;
  }

  private get tables() {
    return this.database.tables<AccessTables>();
  }

  private rereadInBackground(): void {
    if (this.stopped) return;
    this.refresh().catch((error) => this.logger.debug(`directory not read: ${error}`));
  }

  private async read(): Promise<void> {
    const tenants = await this.tables.selectFrom('tenant').selectAll().execute();
    const projects = await this.tables
      .selectFrom('project')
      .innerJoin('tenant', 'tenant.id', 'project.tenant_id')
      .selectAll('project')
      .select('tenant.name as tenant')
      .execute();
    const before = this.snapshot?.state;
    this.snapshot = new Snapshot(
      tenants
        .map((row) => ({
          id: row.id,
          name: row.name,
          displayName: row.display_name,
          version: row.version,
          createdAt: row.created_at,
          updatedAt: row.updated_at,
        }))
        .sort(byName),
      projects
        .map((row) => ({
          id: row.id,
          name: row.name,
          tenantId: row.tenant_id,
          tenant: row.tenant,
          namespace: row.namespace,
          displayName: row.display_name,
          labels: row.labels,
          trash: trashOf(row),
          state: row.state as ProjectState,
          stateReason: row.state_reason,
          version: row.version,
          createdAt: row.created_at,
          updatedAt: row.updated_at,
        }))
        .sort(byName),
    );
    this.readAt = Date.now();
    if (before !== this.snapshot.state) for (const listener of this.listeners) this.tell(listener);
  }

  private tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.logger.error(error);
    }
  }
}

export const trashOf = (row: { trash_retention_seconds: number | null }): TrashSetting | null =>
  row.trash_retention_seconds === null ? null : { retentionSeconds: row.trash_retention_seconds };

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
