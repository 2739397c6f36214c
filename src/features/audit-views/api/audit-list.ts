import { Injectable } from '@nestjs/common';
import { DEFAULT_PAGE_SIZE, type Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { Connection, LazyEdge } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import { type AuditFilter, AuditReader, type AuditRow } from '../data/audit-reader.js';
import type { AuditRecordView, AuditSearch } from './audit.dto.js';

/** Records of one read of the database while exporting. */
const BATCH = 500;

/** What the doors of REST and GraphQL show of the audit log: only where its reader holds `audit:read`. */
@Injectable()
export class AuditList {
  constructor(
    private readonly reader: AuditReader,
    private readonly access: AccessPort,
    private readonly reaches: AccessContract,
    private readonly projects: ProjectDirectory,
    private readonly pager: Pager,
  ) {}

  async page(
    principal: Principal,
    { limit = DEFAULT_PAGE_SIZE, cursor, ...search }: AuditSearch & { limit?: number; cursor?: string },
  ): Promise<Page<AuditRecordView>> {
    const { rows, more, total, cursorOf } = await this.slice(principal, search, cursor ?? null, limit);
    const last = rows.at(-1);
    return { items: rows, nextCursor: more && last ? cursorOf(last) : null, total };
  }

  async connection(
    principal: Principal,
    search: AuditSearch,
    { first, after }: { first?: number | null; after?: string | null },
  ): Promise<Connection<AuditRecordView>> {
    const slice = await this.slice(principal, search, after ?? null, first ?? DEFAULT_PAGE_SIZE);
    return new Connection(slice.rows, (row) => new LazyEdge(row, slice.cursorOf), {
      total: slice.total,
      hasPrevious: Boolean(after),
      hasNext: slice.more,
    });
  }

  /** All of it, oldest first, as JSON lines. The right is asked again at each batch, and without it the text ends. */
  async *lines(principal: Principal, search: AuditSearch): AsyncGenerator<string> {
    let after: string | null = null;
    for (;;) {
      const present = await this.access.refresh(principal);
      if (!present) throw new Error('The right to read the audit log is gone.');
      const rows: AuditRow[] = await this.reader.oldest(this.filter(present, search), after, BATCH);
      if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(this.view(row))}\n`).join('');
      if (rows.length < BATCH) return;
      after = rows.at(-1)?.id ?? null;
    }
  }

  private async slice(principal: Principal, search: AuditSearch, cursor: string | null, limit: number) {
    const scope = { order: '-at', filter: { of: 'audit', ...search } };
    const before = cursor === null ? null : String(this.pager.decode(cursor, scope)[0]);
    const filter = this.filter(principal, search);
    const [found, total] = await Promise.all([
      this.reader.newest(filter, before, limit),
      this.reader.count(filter),
    ]);
    return {
      rows: found.slice(0, limit).map((row) => this.view(row)),
      more: found.length > limit,
      total,
      cursorOf: ({ id }: AuditRecordView) => this.pager.encode([id], scope),
    };
  }

  private filter(principal: Principal, search: AuditSearch): AuditFilter {
    const { tenant, project } = search;
    return {
      reach: this.reaches.reachOf(principal, 'audit:read'),
      // What is gone is asked for by its id.
      ...(tenant ? { tenantId: this.access.placeOf('tenant', tenant)?.tenantId ?? tenant } : {}),
      ...(project ? { projectId: this.projects.byName(project)?.id ?? project } : {}),
      actor: search.actor ?? undefined,
      action: search.action ?? undefined,
      result: search.result ?? undefined,
      requestId: search.requestId ?? undefined,
      ...(search.from ? { from: new Date(search.from) } : {}),
      ...(search.to ? { to: new Date(search.to) } : {}),
    };
  }

  private view(row: AuditRow): AuditRecordView {
    return {
      id: row.id,
      at: row.at.toISOString(),
      actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name, tokenId: row.token_id },
      action: row.action,
      target: { type: row.target_type, name: row.target_name },
      tenantId: row.tenant_id,
      projectId: row.project_id,
      project: row.project_id === null ? null : (this.projects.byId(row.project_id)?.name ?? null),
      result: row.result,
      requestId: row.request_id,
      sourceAddress: row.source_address,
      details: row.details,
    };
  }
}
