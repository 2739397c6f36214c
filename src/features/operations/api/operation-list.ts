import { Injectable } from '@nestjs/common';
import { DEFAULT_PAGE_SIZE, type Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { Connection, LazyEdge } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { type OperationFilter, OperationReader } from '../data/operation-reader.js';
import type { OperationState, OperationView } from '../operations.contract.js';
import { OperationAccess } from './operation-access.js';

export interface OperationSearch {
  project?: string | null;
  /** `type/name`, or a name. */
  target?: string | null;
  kind?: string | null;
  state?: OperationState | null;
}

interface Slice {
  rows: OperationView[];
  more: boolean;
  total: number;
  cursorOf: (row: OperationView) => string;
}

/** Newest first, paged by the database: ids sort by time. */
@Injectable()
export class OperationList {
  constructor(
    private readonly reader: OperationReader,
    private readonly access: OperationAccess,
    private readonly pager: Pager,
  ) {}

  async page(
    principal: Principal,
    search: OperationSearch,
    { limit = DEFAULT_PAGE_SIZE, cursor }: { limit?: number; cursor?: string },
  ): Promise<Page<OperationView>> {
    const { rows, more, total, cursorOf } = await this.slice(principal, search, cursor ?? null, limit);
    const last = rows.at(-1);
    return { items: rows, nextCursor: more && last ? cursorOf(last) : null, total };
  }

  async connection(
    principal: Principal,
    search: OperationSearch,
    { first, after }: { first?: number | null; after?: string | null },
  ): Promise<Connection<OperationView>> {
    const slice = await this.slice(principal, search, after ?? null, first ?? DEFAULT_PAGE_SIZE);
    return new Connection(slice.rows, (row) => new LazyEdge(row, slice.cursorOf), {
      total: slice.total,
      hasPrevious: Boolean(after),
      hasNext: slice.more,
    });
  }

  private async slice(
    principal: Principal,
    { project, target, kind, state }: OperationSearch,
    cursor: string | null,
    limit: number,
  ): Promise<Slice> {
    const scope = { order: '-createdAt', filter: { of: 'operations', project, target, kind, state } };
    const after = cursor === null ? null : String(this.pager.decode(cursor, scope)[0]);
    const filter: OperationFilter = {
      projectIds: await this.access.projectIds(principal, project ?? undefined),
      ...targetOf(target),
      kind: kind ?? undefined,
      state: state ?? undefined,
    };
    const [found, total] = await Promise.all([
      this.reader.list(filter, after, limit),
      this.reader.count(filter),
    ]);
    return {
      rows: found.slice(0, limit),
      more: found.length > limit,
      total,
      cursorOf: ({ id }) => this.pager.encode([id], scope),
    };
  }
}

function targetOf(target: string | null | undefined): Pick<OperationFilter, 'targetType' | 'targetName'> {
  if (!target) return {};
  const slash = target.indexOf('/');
  if (slash < 0) return { targetName: target };
  return { targetType: target.slice(0, slash), targetName: target.slice(slash + 1) };
}
