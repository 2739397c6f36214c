import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import type { Permission } from '../../../kernel/permission.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory, type ProjectEntry, type ProjectListener } from '../access.contract.js';
import type { Grants } from '../domain/grants.js';
import type { TrashSetting } from '../trash.contract.js';
import type { AccessTables, ProjectTable, TenantTable } from './access-tables.js';
import { inOrder, KnownTenancy } from './known-tenancy.js';
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

/**
 * Every tenant and project in memory: asked at each request, changed rarely. A signal about a project has that one read
 * again; one about a tenant, or age, all, unless a digest says that nothing is different. While the database is away it
 * goes on answering with what it has.
 */
@Injectable()
export class AccessDirectory extends ProjectDirectory implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('access');
  private readonly listeners = new Set<ProjectListener>();
  private known: KnownTenancy | null = null;
  private digest: string | null = null;
  private readonly told = new Set<string>();
  private turn: Promise<void> = Promise.resolve();
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
      const [noun, id] = payload?.split('/') ?? [];
      if (noun === 'project' && id && this.known) this.readProjectInBackground(id);
      else if (payload === null || noun === 'tenant' || noun === 'project') this.rereadInBackground();
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
    return this.known?.projectIn(namespace);
  }

  byName(name: string): ProjectRecord | undefined {
    return this.known?.projectNamed(name);
  }

  byId(id: string): ProjectRecord | undefined {
    return this.known?.project(id);
  }

  all(): readonly ProjectRecord[] {
    return this.known?.projects ?? [];
  }

  tenants(): readonly TenantEntry[] {
    return this.known?.tenants ?? [];
  }

  tenantById(id: string): TenantEntry | undefined {
    return this.known?.tenant(id);
  }

  tenantByName(name: string): TenantEntry | undefined {
    return this.known?.tenantNamed(name);
  }

  /** The projects in which these rights have a permission, or any (null), by name. */
  reachedBy(grants: Grants, permission: Permission | null): readonly ProjectRecord[] {
    return this.known?.reachedBy(grants, permission) ?? [];
  }

  /** The tenants in all of which these rights have a permission, by name. */
  tenantsReachedBy(grants: Grants, permission: Permission): readonly TenantEntry[] {
    return this.known?.tenantsReachedBy(grants, permission) ?? [];
  }

  namespaceReady(project: { id: string }): boolean {
    return this.byId(project.id)?.state === 'Active';
  }

  async whenLoaded(): Promise<void> {
    while (!this.known && !this.stopped) {
      await this.refresh().catch(() => new Promise((again) => setTimeout(again, RETRY_MS).unref()));
    }
  }

  onChange(listener: ProjectListener): () => void {
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
    if (row) await this.readProject(row.id);
    return this.byName(name);
  }

  async findTenant(name: string): Promise<TenantEntry | undefined> {
    await this.ensureLoaded();
    const known = this.known?.tenantNamed(name);
    if (known) return known;
    const row = await this.tables
      .selectFrom('tenant')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    if (row) await this.refresh();
    return this.known?.tenantNamed(name);
  }

  async ensureLoaded(): Promise<void> {
    if (!this.known) await this.refresh();
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

  /** Reads one project again, for whoever has just changed it. */
  async readProject(id: string): Promise<void> {
    if (!this.known) return this.refresh();
    await this.readProjects([id]);
  }

  /** Those that are told of while others are read go together. */
  private readProjectInBackground(id: string): void {
    const first = this.told.size === 0;
    this.told.add(id);
    if (!first || this.stopped) return;
    setImmediate(() => {
      const ids = [...this.told];
      this.told.clear();
      this.readProjects(ids).catch((error) => this.logger.debug(`projects not read: ${error}`));
    });
  }

  /** One after the other, so that an older answer never comes after a newer. */
  private readProjects(ids: readonly string[]): Promise<void> {
    const turn = this.turn.then(() => this.readThese(ids));
    this.turn = turn.catch(() => {});
    return turn;
  }

  private async readThese(ids: readonly string[]): Promise<void> {
    // What is read in whole meanwhile may be newer.
    await this.reading?.catch(() => {});
    const known = this.known;
    const rows = new Map((await this.projects(ids)).map((row) => [row.id, row]));
    const strange = [...rows.values()].some(({ tenantId }) => !known?.tenant(tenantId));
    if (this.known !== known || !known || strange) return this.refresh();
    const changed = ids.flatMap((id) => known.put(id, rows.get(id)) ?? []);
    if (changed.length > 0) this.tellAll(changed);
  }

  private async read(): Promise<void> {
    const digest = await this.digestNow();
    if (!this.known || digest !== this.digest) {
      const tenants = await this.tables.selectFrom('tenant').selectAll().execute();
      const projects = await this.projects(null);
      const before = this.known;
      this.known = new KnownTenancy(tenants.map(tenantOf).sort(inOrder), projects.sort(inOrder));
      // Of before the read: what came in between differs from it, and is read the next time.
      this.digest = digest;
      const changed = before && this.known.differences(before);
      if (changed === null || changed.length > 0) this.tellAll(changed);
    }
    this.readAt = Date.now();
  }

  private async projects(ids: readonly string[] | null): Promise<ProjectRecord[]> {
    const query = this.tables
      .selectFrom('project')
      .innerJoin('tenant', 'tenant.id', 'project.tenant_id')
      .selectAll('project')
      .select('tenant.name as tenant');
    const rows = await (ids === null ? query : query.where('project.id', 'in', [...ids])).execute();
    return rows.map(projectOf);
  }

  /** Changes whenever a row does: each change of a row counts its version up. */
  private async digestNow(): Promise<string> {
    const { rows } = await sql<{ digest: string }>`
      SELECT (SELECT coalesce(sum(hashtextextended(id, version)), 0) FROM tenant)
        || '/' || (SELECT coalesce(sum(hashtextextended(id, version)), 0) FROM project) AS digest
    `.execute(this.tables);
    return rows[0]?.digest ?? '';
  }

  private tellAll(changed: readonly ProjectRecord[] | null): void {
    for (const listener of this.listeners) {
      try {
        listener(changed);
      } catch (error) {
        this.logger.error(error);
      }
    }
  }
}

export const trashOf = (row: { trash_retention_seconds: number | null }): TrashSetting | null =>
  row.trash_retention_seconds === null ? null : { retentionSeconds: row.trash_retention_seconds };

const tenantOf = (row: Selectable<TenantTable>): TenantEntry => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const projectOf = (row: Selectable<ProjectTable> & { tenant: string }): ProjectRecord => ({
  id: row.id,
  name: row.name,
  tenantId: row.tenant_id,
  tenant: row.tenant,
  namespace: row.namespace,
  displayName: row.display_name,
  labels: row.labels,
  trash: trashOf(row),
  state: row.state,
  stateReason: row.state_reason,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
